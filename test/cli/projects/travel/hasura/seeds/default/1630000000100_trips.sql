INSERT INTO city VALUES (1, 'Lisbon', 'LIS'), (2, 'Bergen', 'BGO'), (3, 'Sintra', NULL);
INSERT INTO trip (city_id, starts_on, price) VALUES (1, '2024-06-01', 420), (2, '2024-07-01', 690.50);
