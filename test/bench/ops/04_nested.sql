\set id random(1, 347)
SELECT row_to_json(a)
FROM (
	SELECT id, title,
		(SELECT row_to_json(r) FROM (SELECT id, name FROM artist WHERE id = album.artist_id) AS r) AS artist,
		(SELECT coalesce(json_agg(row_to_json(t)), '[]')
			FROM (SELECT id, name, milliseconds FROM track WHERE album_id = album.id) AS t) AS tracks
	FROM album WHERE id = :id
) AS a;
