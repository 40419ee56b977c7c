INSERT INTO purchase (customer_id, placed_at) VALUES ('11111111-1111-4111-8111-111111111111', '2024-01-01 12:00+00');
INSERT INTO purchase_line SELECT id, 1, 2 FROM purchase;
