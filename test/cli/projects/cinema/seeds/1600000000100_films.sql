INSERT INTO film (title, minutes, rating) VALUES ('The Long Corridor', 92, 'PG'), ('Harvest', 118, 'U');
INSERT INTO screening (film_id, starts_at) SELECT id, '2024-05-01 20:00+00' FROM film;
