DROP VIEW customer_totals;
DROP TABLE purchase_line, purchase, stock.article, customer, order_state;
DROP SCHEMA stock;
