INSERT INTO stock.article VALUES (1, 'Kettle', 24.90, '["kitchen"]'), (2, 'Lamp', 39.00, '[]');
INSERT INTO customer VALUES ('11111111-1111-4111-8111-111111111111', 'Ada', 'Okafor', 'ada@example.com', '1990-02-03');
