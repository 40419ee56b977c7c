-- Requests larger than any program makes: refused in words, not with an error of
-- Postgres.
\a
\t
\i test/fixtures/library.sql
-- the error of a request of n pieces, or how much it answers
CREATE FUNCTION pg_temp.size(query text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(r #>> '{errors,0,message}', 'answered ' || (r -> 'data' IS NOT NULL))
	FROM (SELECT graphql.execute('{}', query) AS r) AS answer
$$;
CREATE FUNCTION pg_temp.repeat(pattern text, n int, glue text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format(pattern, i), glue) FROM generate_series(1, n) AS i
$$;

-- fields of a row: a column costs nothing, everything else is a value
SELECT pg_temp.size('{ author { ' || pg_temp.repeat('a%s: id', 50000, ' ') || '} }');
SELECT pg_temp.size('{ author { ' || pg_temp.repeat('a%s: articles { id }', 1500, ' ') || '} }');
SELECT pg_temp.size('{ author { ' || pg_temp.repeat('a%s: articles { id }', 20000, ' ') || '} }');
SELECT pg_temp.size('{ author { articles { ' || pg_temp.repeat('a%s: comments { id }', 2000, ' ') || '} } }');
SELECT pg_temp.size('{ author_aggregate { aggregate { ' || pg_temp.repeat('a%s: count', 2000, ' ') || '} } }');
SELECT pg_temp.size('{ author_aggregate { aggregate { max { ' || pg_temp.repeat('a%s: id', 2000, ' ') || '} } } }');
-- values
SELECT pg_temp.size('{ author(where: {id: {_in: [' || pg_temp.repeat('%s', 100000, ',') || ']}}) { id } }');
SELECT pg_temp.size('{ author(where: {_or: [' || pg_temp.repeat('{id:{_eq:%s}}', 20000, ',') || ']}) { id } }');
SELECT pg_temp.size('{ author(where: {_or: [' || pg_temp.repeat('{id:{_eq:%s}}', 70000, ',') || ']}) { id } }');
-- conditions that all must hold, told apart from those of which one is enough
SELECT pg_temp.size('{ author(where: {_and: [' || pg_temp.repeat('{id:{_gt:%s}}', 2000, ',') || ']}) { id } }');
SELECT pg_temp.size('{ author(where: {_and: [' || pg_temp.repeat('{_and:[{id:{_gt:%s}}]}', 2001, ',') || ']}) { id } }');
SELECT pg_temp.size('{ author(where: {_not: {_or: [' || pg_temp.repeat('{id:{_gt:%s}}', 2001, ',') || ']}}) { id } }');
SELECT pg_temp.size('{ author(where: {_not: {_and: [{id:{_gt:1}}, {_or: [' || pg_temp.repeat('{id:{_gt:%s}}', 2001, ',') || ']}]}}) { id } }');
-- what Postgres would take minutes to plan
SET statement_timeout = '20s';
SELECT pg_temp.size('{ author(where: {_and: [' || pg_temp.repeat('{articles: {id: {_gt: %s}}}', 200, ',') || ']}) { id } }');
SELECT pg_temp.size('{ author(where: ' || repeat('{_or: [{id: {_gt: 1}}, {articles: {_or: [{id: {_gt: 2}}, {author: ', 30) || '{}' || repeat('}]}}]}', 30) || ') { id } }');
SELECT pg_temp.size('{ author(where: ' || repeat('{articles: {author: ', 40) || '{}' || repeat('}}', 40) || ') { id } }');
SELECT pg_temp.size('{ author(where: ' || repeat('{_not: {articles: {_not: {author: ', 4) || '{}' || repeat('}}}}', 4) || ') { id } }');
RESET statement_timeout;

DROP TABLE author, article, comment CASCADE;
DELETE FROM gqle.tables;
