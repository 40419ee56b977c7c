-- The SQL of tracked functions and computed fields, and what they answer.
\a
\t
\i test/fixtures/library.sql
CREATE FUNCTION search_articles(term text, most numeric DEFAULT 100, INOUT_only boolean DEFAULT NULL)
	RETURNS SETOF article LANGUAGE sql STABLE AS $$
	SELECT * FROM article
	WHERE title ILIKE '%' || term || '%' AND coalesce(price, 0) <= most
		AND (INOUT_only IS NULL OR published = INOUT_only)
$$;
CREATE FUNCTION whoami(hasura_session json) RETURNS SETOF author LANGUAGE sql STABLE AS $$
	SELECT * FROM author WHERE id = (hasura_session ->> 'x-hasura-user-id')::int
$$;
CREATE FUNCTION one_author(which int) RETURNS author LANGUAGE sql STABLE AS $$
	SELECT * FROM author WHERE id = which
$$;
CREATE FUNCTION author_label(a author, greeting text DEFAULT 'Hi') RETURNS text LANGUAGE sql STABLE AS $$
	SELECT greeting || ' ' || a.name
$$;
CREATE FUNCTION author_upper(a author) RETURNS text LANGUAGE sql STABLE AS $$ SELECT upper(a.name) $$;
CREATE FUNCTION author_mine(a author, session json) RETURNS boolean LANGUAGE sql STABLE AS $$
	SELECT a.id = (session ->> 'x-hasura-user-id')::int
$$;
CREATE FUNCTION author_cheap(a author, most numeric) RETURNS SETOF article LANGUAGE sql STABLE AS $$
	SELECT * FROM article WHERE author_id = a.id AND price <= most
$$;
CREATE FUNCTION author_articles_all(a author) RETURNS SETOF article LANGUAGE sql STABLE AS $$
	SELECT * FROM article WHERE author_id = a.id
$$;
CREATE FUNCTION author_fixed(a author) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 7 $$;
CREATE FUNCTION author_info(a author) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT a.info $$;
INSERT INTO gqle.functions (source, schema_name, function_name, configuration) VALUES
	('default', 'public', 'search_articles', NULL),
	('default', 'public', 'whoami', '{"session_argument": "hasura_session"}'),
	('default', 'public', 'one_author', NULL);
INSERT INTO gqle.computed_fields (source, schema_name, table_name, name, definition) VALUES
	('default', 'public', 'author', 'label', '{"function": "author_label"}'),
	('default', 'public', 'author', 'upper', '{"function": "author_upper"}'),
	('default', 'public', 'author', 'mine', '{"function": "author_mine", "session_argument": "session"}'),
	('default', 'public', 'author', 'cheap', '{"function": "author_cheap"}'),
	('default', 'public', 'author', 'all_articles', '{"function": "author_articles_all"}'),
	('default', 'public', 'author', 'fixed', '{"function": "author_fixed"}'),
	('default', 'public', 'author', 'json', '{"function": "author_info"}');
CREATE FUNCTION pg_temp.ask(query text, session jsonb DEFAULT '{}', variables jsonb DEFAULT '{}') RETURNS text
LANGUAGE sql AS $$
	SELECT graphql.explain(session, query, variables) || graphql.execute(session, query, variables)
$$;

-- functions: rows like a table's; by position up to the first default, then by name
SELECT pg_temp.ask('{ search_articles(args: {term: "e"}, where: {published: {_eq: true}}, order_by: {id: desc}, limit: 1) { id author { name } } }');
SELECT pg_temp.ask('query ($t: String) { search_articles(args: {inout_only: true, term: $t}, order_by: {id: asc}) { id } }', '{}', '{"t": "e"}');
SELECT pg_temp.ask('{ search_articles(args: {term: "e", most: null}) { id } }');
SELECT pg_temp.ask('{ search_articles_aggregate(args: {term: "n"}) { aggregate { count max { price } } nodes { title } } }');
SELECT graphql.execute('{}', '{ search_articles(args: {most: 3}) { id } }');
-- the session; one row; the role's rule on the table that is returned
SELECT pg_temp.ask('{ whoami { name } }', '{"x-hasura-role": "admin", "x-hasura-user-id": "2"}');
SELECT pg_temp.ask('{ one_author(args: {which: 3}) { name } none: one_author(args: {which: 9}) { name } }');
SELECT pg_temp.ask('{ search_articles(args: {term: ""}, order_by: {id: asc}) { id } }', '{"x-hasura-role": "user", "x-hasura-user-id": "1"}');

-- computed fields: selected, compared, ordered by, aggregated
SELECT pg_temp.ask('{ author(where: {upper: {_like: "%D%"}}, order_by: {upper: desc}) { label hello: label(args: {greeting: "Hello"}) mine } }', '{"x-hasura-role": "admin", "x-hasura-user-id": "1"}');
SELECT pg_temp.ask('{ author_by_pk(id: 1) { json(path: "langs[1]") whole: json cheap(args: {most: "15"}) { id title } } }');
SELECT pg_temp.ask('{ author(where: {all_articles: {published: {_eq: true}}}, order_by: [{all_articles_aggregate: {max: {price: desc_nulls_last}}}]) { id } }');
SELECT pg_temp.ask('{ author_aggregate { aggregate { max { upper label(args: {greeting: "a"}) } } } }');
-- of a row that is seen from outside the subquery that slices it
SELECT pg_temp.ask('{ author(order_by: {id: asc}, offset: 1, limit: 1) { upper all_articles(order_by: {id: desc}, limit: 1) { id } } }');
SELECT pg_temp.ask('{ article(order_by: {id: asc}, limit: 1, offset: 2) { author { upper } } }');
-- of a related row that is not there: null
SELECT pg_temp.ask('{ article(order_by: [{reviewer: {fixed: asc}}, {id: asc}]) { id reviewer { fixed } } }');
SELECT pg_temp.ask('{ article(order_by: [{reviewer: {all_articles_aggregate: {count: asc}}}, {id: asc}]) { id } }');

DELETE FROM gqle.functions;
DROP TABLE author, article, comment CASCADE;
DELETE FROM gqle.tables;
