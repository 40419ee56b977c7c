-- The Relay schema: nodes, connections, cursors and their errors.
\a
\t
\i test/fixtures/library.sql
CREATE FUNCTION pg_temp.q(query text, variables jsonb DEFAULT '{}', session jsonb DEFAULT '{}') RETURNS json
LANGUAGE sql AS 'SELECT graphql.execute_relay(session, query, variables)';
CREATE FUNCTION pg_temp.id(VARIADIC parts text[]) RETURNS text
LANGUAGE sql AS $$SELECT encode(convert_to('[' || array_to_string(parts, ', ') || ']', 'UTF8'), 'base64')$$;

-- nodes
SELECT pg_temp.q('{ author_connection { edges { node { id name __typename } __typename } __typename } }');
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id __typename ... on article { title author { id name } } ... on author { born } } }',
	jsonb_build_object('id', pg_temp.id('1', '"public"', '"article"', '1')));
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id __typename ... on author { born } ...more } } fragment more on Node { key: id ... on author { name } }',
	jsonb_build_object('id', pg_temp.id('1', '"public"', '"author"', '1')));
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id __typename ... on author { born } } }',
	jsonb_build_object('id', pg_temp.id('1', '"public"', '"comment"', '3')));

-- no such row, or none the role may see
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id } }', jsonb_build_object('id', pg_temp.id('1', '"public"', '"article"', '99')));
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id } }', jsonb_build_object('id', pg_temp.id('1', '"public"', '"article"', '2')),
	'{"x-hasura-role": "user", "x-hasura-user-id": "2"}');
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id } }', jsonb_build_object('id', pg_temp.id('1', '"public"', '"comment"', '1')),
	'{"x-hasura-role": "user", "x-hasura-user-id": "2"}');

-- bad ids and selections
SELECT pg_temp.q('{ node(id: "") { id } }');
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id } }', jsonb_build_object('id', pg_temp.id('1', '"public"', '"nothing"', '1')));
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id } }', jsonb_build_object('id', pg_temp.id('1', '"public"', '"author"', '1', '2')));
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id } }', jsonb_build_object('id', pg_temp.id('1', '"public"', '"author"', 'true')));
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id } }', jsonb_build_object('id', encode('[]', 'base64')));
SELECT pg_temp.q('{ node(id: "WzEsICJwdWJsaWMiLCAiYXV0aG9yIiwgMV0=") { name } }');
SELECT pg_temp.q('{ node(id: "WzEsICJwdWJsaWMiLCAiYXV0aG9yIiwgMV0=") { ... on article { name } } }');
SELECT pg_temp.q('{ author { id } }');
SELECT pg_temp.q('{ author_by_pk(id: 1) { id } }');

-- orders and what their cursors hold
SELECT e->'node'->>'title', convert_from(decode(e->>'cursor', 'base64'), 'UTF8')
FROM json_array_elements(pg_temp.q('{ article_connection(order_by: {price: desc}) { edges { cursor node { title } } } }')
	#> '{data,article_connection,edges}') AS e;
SELECT e->'node'->>'title', convert_from(decode(e->>'cursor', 'base64'), 'UTF8')
FROM json_array_elements(pg_temp.q('{ article_connection(order_by: [{author: {name: desc, born: asc}}, {comments_aggregate: {count: desc, max: {body: asc}}}]) { edges { cursor node { title } } } }')
	#> '{data,article_connection,edges}') AS e;
SELECT pg_temp.q('{ article_connection(distinct_on: author_id, order_by: [{author_id: asc}, {title: desc}], first: 5) { edges { node { title } } pageInfo { hasNextPage hasPreviousPage } } }');

-- every way to page goes through all rows: by pages of each size, forwards and
-- backwards, with everything asked about the page or only where it ends
CREATE FUNCTION pg_temp.walk(args text, size int, forward bool, page_info text, session jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	page json;
	cursor text;
	seen text := '';
	more text := CASE WHEN forward THEN 'hasNextPage' ELSE 'hasPreviousPage' END;
BEGIN
	LOOP
		page := pg_temp.q(format('query ($c: String) { article_connection(%s %s: %s %s: $c) { edges { node { key: id } } pageInfo { %s } } }',
								 args, CASE WHEN forward THEN 'first' ELSE 'last' END, size,
								 CASE WHEN forward THEN 'after' ELSE 'before' END, page_info),
						  jsonb_build_object('c', cursor), session) -> 'data' -> 'article_connection';
		seen := seen || COALESCE((SELECT string_agg((convert_from(decode(e->'node'->>'key', 'base64'), 'UTF8')::json ->> 3), ',')
								  FROM json_array_elements(page->'edges') e), '-') || ' ';
		cursor := page->'pageInfo'->>CASE WHEN forward THEN 'endCursor' ELSE 'startCursor' END;
		EXIT WHEN (page->'pageInfo'->>more)::bool IS NOT TRUE OR length(seen) > 60;
	END LOOP;
	RETURN seen || COALESCE(more || ' ' || (page->'pageInfo'->>more), '?');
END $$;
SELECT args, size, forward,
	pg_temp.walk(args, size, forward, 'endCursor startCursor hasNextPage hasPreviousPage', session),
	pg_temp.walk(args, size, forward, CASE WHEN forward THEN 'endCursor hasNextPage' ELSE 'startCursor hasPreviousPage' END, session)
FROM (VALUES ('', '{}'::jsonb), ('order_by: {author_id: desc}', '{}'), ('order_by: {author: {name: desc}}', '{}'),
	('order_by: {comments_aggregate: {count: desc}}', '{}'), ('where: {id: {_neq: 2}}', '{}'),
	('', '{"x-hasura-role": "user", "x-hasura-user-id": "1"}')) AS a(args, session),
	generate_series(1, 3) AS size, (VALUES (true), (false)) AS f(forward)
ORDER BY args, session, forward, size;

-- nulls are on neither side of a cursor
SELECT pg_temp.q(format('{ article_connection(order_by: {price: asc}, after: "%s") { edges { node { title price } } pageInfo { hasNextPage hasPreviousPage } } }',
	encode('{"price": 10, "id": 1}', 'base64')));
SELECT pg_temp.q(format('{ article_connection(order_by: {price: asc}, after: "%s") { edges { node { title } } } }',
	encode('{"price": null, "id": 1}', 'base64')));

-- empty pages
SELECT pg_temp.q('{ article_connection(first: 0) { edges { cursor } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }');
SELECT pg_temp.q('{ article_connection(where: {id: {_lt: 0}}, last: 1) { edges { cursor } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }');
SELECT pg_temp.q('{ article_connection { __typename } }');

-- within rows
SELECT pg_temp.q('{ author_connection(order_by: {name: desc}) { edges { node { name articles_connection(first: 1, order_by: {title: desc}) { edges { node { title comments_connection { edges { node { body } } } reviewer { name } } } pageInfo { hasNextPage } } articles_aggregate { aggregate { count } } } } } }');

-- mistakes
SELECT pg_temp.q('{ article_connection(first: 1, last: 1) { edges { cursor } } }');
SELECT pg_temp.q('{ article_connection(after: "a", before: "b") { edges { cursor } } }');
SELECT pg_temp.q('{ article_connection(after: "abc") { edges { cursor } } }');
SELECT pg_temp.q(format('{ article_connection(after: "%s", order_by: {title: asc}) { edges { cursor } } }', encode('{"id": 1}', 'base64')));
SELECT pg_temp.q(format('{ article_connection(after: "%s") { edges { cursor } } }', encode('{"id": true}', 'base64')));
SELECT pg_temp.q('{ article_connection(limit: 1) { edges { cursor } } }');
SELECT pg_temp.q('{ article_connection(first: -1) { edges { cursor } } }');

-- the schema
SELECT pg_temp.q('{ __schema { queryType { fields { name args { name type { name kind ofType { name } } } } } } node: __type(name: "Node") { kind description fields { name } possibleTypes { name } } author: __type(name: "author") { interfaces { name } fields { name } } edge: __type(name: "articleEdge") { fields { name } } }');
SELECT pg_temp.q('{ __type(name: "Node") { possibleTypes { name } } }', '{}', '{"x-hasura-role": "user"}');
SELECT pg_temp.q('{ no_queries_available }', '{}', '{"x-hasura-role": "nobody"}');

-- roots: connections as permitted, nodes for whoever has any permission
CREATE FUNCTION pg_temp.roots(role text) RETURNS json LANGUAGE sql AS $$
	SELECT pg_temp.q('{ __schema { queryType { fields { name } } subscriptionType { fields { name } } } }', '{}', jsonb_build_object('x-hasura-role', role)) $$;
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'author', 'some', 'select', '{"columns": ["id"], "filter": {}, "query_root_fields": []}'),
	('default', 'public', 'article', 'some', 'select', '{"columns": ["id"], "filter": {}, "subscription_root_fields": ["select_by_pk"]}'),
	('default', 'public', 'author', 'eraser', 'delete', '{"filter": {}}');
SELECT pg_temp.roots('some');
SELECT pg_temp.q('{ author_connection { edges { cursor } } }', '{}', '{"x-hasura-role": "some"}');
SELECT pg_temp.roots('eraser');
SELECT pg_temp.roots('nobody');
-- a namespace holds connections, not nodes
UPDATE gqle.sources SET customization = '{"root_fields": {"namespace": "lib"}}';
SELECT pg_temp.roots('some');
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id } lib { author_connection(first: 1) { edges { node { name } } } } }',
	jsonb_build_object('id', pg_temp.id('1', '"public"', '"author"', '1')));
UPDATE gqle.sources SET customization = NULL;
-- a table the role can't select is no table
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { id } }', jsonb_build_object('id', pg_temp.id('1', '"public"', '"author"', '1')),
	'{"x-hasura-role": "eraser"}');
-- a function that returns one row has a connection, too; a comment is no description
CREATE FUNCTION first_author() RETURNS author STABLE LANGUAGE sql AS 'SELECT * FROM author WHERE id = 1';
INSERT INTO gqle.functions (source, schema_name, function_name, comment) VALUES ('default', 'public', 'first_author', 'who');
SELECT pg_temp.q('{ first_author_connection { edges { node { name } } } }');
SELECT m[1] FROM regexp_matches(pg_temp.q('{ __type(name: "query_root") { fields { name description } } }')::text, '("name":"first[^}]*)', 'g') m;
DELETE FROM gqle.functions;
DROP FUNCTION first_author;

-- keys are read in the order of the columns, whatever that of the index
CREATE TABLE pair (a int, b int, c text, PRIMARY KEY (b, a));
INSERT INTO pair VALUES (1, 20, 'x'), (2, 10, 'y');
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'pair');
SELECT convert_from(decode(e->>'cursor', 'base64'), 'UTF8'), convert_from(decode(e->'node'->>'id', 'base64'), 'UTF8'), e->'node'->>'c'
FROM json_array_elements(pg_temp.q('{ pair_connection { edges { cursor node { id c } } } }') #> '{data,pair_connection,edges}') AS e;
SELECT pg_temp.q('query ($id: ID!) { node(id: $id) { ... on pair { c } } }', jsonb_build_object('id', pg_temp.id('1', '"public"', '"pair"', '2', '10')));

DELETE FROM gqle.tables;
DROP TABLE author, article, comment, pair CASCADE;
