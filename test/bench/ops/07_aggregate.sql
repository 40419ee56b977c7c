\set id random(1, 25)
SELECT json_build_object('aggregate', json_build_object('count', count(*),
	'sum', json_build_object('milliseconds', sum(milliseconds)),
	'avg', json_build_object('milliseconds', avg(milliseconds)),
	'max', json_build_object('unit_price', max(unit_price))))
FROM track WHERE genre_id = :id;
