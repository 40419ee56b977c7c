SELECT coalesce(json_agg(row_to_json(t)), '[]')
FROM (SELECT id, name, album_id, media_type_id, genre_id, composer, milliseconds, unit_price FROM track ORDER BY id LIMIT 1000) AS t;
