DROP FUNCTION place_purchase, stock.find_articles, lines_above, full_name;
