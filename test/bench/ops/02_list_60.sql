\set genre_id 10
SELECT coalesce(json_agg(row_to_json(t)), '[]')
FROM (SELECT id, name, composer, milliseconds, unit_price FROM track WHERE genre_id = :genre_id ORDER BY id LIMIT 60) AS t;
