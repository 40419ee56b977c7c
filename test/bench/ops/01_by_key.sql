\set id random(1, 3503)
SELECT row_to_json(t) FROM (SELECT id, name, milliseconds, unit_price FROM track WHERE id = :id) AS t;
