-- Native queries: arguments, conditions, orders, slices, relationships in both
-- directions, types and descriptions, and what follows changes of the database.
\a
\t
SET client_min_messages = warning;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author, title text, content text);
INSERT INTO author VALUES (1, 'Ada'), (2, 'Bob');
INSERT INTO article VALUES (1, 1, 'Dogs', 'I like to eat dog food'), (2, 1, 'Cats', 'Meow'), (3, 2, 'Rats', 'Squeak, squeak');
CREATE FUNCTION pg_temp.m(type text, args json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	PERFORM gqle.metadata(json_build_object('type', type, 'args', args)::jsonb);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RAISE WARNING '% %', SQLERRM, detail;
END $$;
CREATE FUNCTION pg_temp.ask(query text, variables json DEFAULT '{}') RETURNS text LANGUAGE sql AS
	$$ SELECT graphql.execute('{"x-hasura-role": "admin"}', query, variables::jsonb)::text $$;
SELECT pg_temp.m('pg_track_table', '{"table": "author"}');
SELECT pg_temp.m('pg_track_table', '{"table": "article"}');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "articles", "using": {"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}}');

-- the text may end in spaces, a semicolon, a comment
SELECT pg_temp.m('pg_track_logical_model', '{"source": "default", "name": "hello", "fields": [{"name": "one", "type": "text"}, {"name": "two", "type": {"scalar": "text", "nullable": true}, "description": "The second"}], "description": "Two words"}');
SELECT pg_temp.m('pg_track_native_query', '{"source": "default", "root_field_name": "greet", "returns": "hello", "code": "SELECT * FROM (VALUES (''hello'', ''world''), (''hello'', ''friend''), (''welcome'', NULL)) AS t (\"one\", \"two\");  \n"}');
SELECT pg_temp.m('pg_track_native_query', '{"source": "default", "root_field_name": "Comment", "returns": "hello", "code": "SELECT ''a''::text AS one, ''b''::text AS two -- my query", "description": "With a comment"}');
SELECT pg_temp.ask('{ greet { one two __typename } Comment { one } }');
SELECT pg_temp.ask('{ greet(where: {two: {_eq: "world"}}) { two } all: greet(order_by: [{one: desc}, {two: asc_nulls_first}], limit: 2, offset: 1) { one two } d: greet(distinct_on: one, order_by: {one: asc}) { one } }');
SELECT pg_temp.ask('subscription { greet(where: {_not: {two: {_is_null: true}}}) { two } }');

-- arguments are values, used as often as the text likes; null where it may be
SELECT pg_temp.m('pg_track_native_query', '{"source": "default", "root_field_name": "excerpt", "arguments": {"length": {"type": "int4"}, "rest": {"type": "text", "nullable": true, "description": "What replaces the rest"}}, "returns": {"fields": [{"name": "id", "type": "integer"}, {"name": "excerpt", "type": "text"}]}, "code": "SELECT id, substring(content, 1, {{length}}) || CASE WHEN length(content) < {{length}} THEN '''' ELSE coalesce({{rest}}, ''...'') END AS excerpt FROM article"}');
SELECT pg_temp.ask('{ a: excerpt(args: {length: 6}, order_by: {id: asc}) { id excerpt } b: excerpt(args: {length: 5, rest: "''; DROP TABLE article --"}, where: {id: {_eq: 1}}) { excerpt __typename } c: excerpt(args: {length: 1, rest: null}, where: {id: {_eq: 1}}) { excerpt } }');
SELECT pg_temp.ask('query ($n: Int!, $w: excerpt_bool_exp_bool_exp) { excerpt(args: {length: $n}, where: $w) { excerpt } }', '{"n": 3, "w": {"id": {"_gte": 2}}}');
SELECT pg_temp.ask('{ excerpt { id } }');
SELECT pg_temp.ask('{ excerpt(args: {}) { id } }');
SELECT pg_temp.ask('{ excerpt(args: {length: null}) { id } }');
SELECT pg_temp.ask('{ excerpt(args: {length: "x"}) { id } }');
SELECT pg_temp.ask('{ excerpt(args: {length: 1, other: 2}) { id } }');
SELECT pg_temp.ask('{ greet_aggregate { aggregate { count } } }');

-- relationships: to tables, from tables, between native queries, in circles
SELECT pg_temp.m('bulk_atomic', '[
 {"type": "pg_track_logical_model", "args": {"source": "default", "name": "writer", "fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "text"}]}},
 {"type": "pg_track_logical_model", "args": {"source": "default", "name": "piece", "fields": [{"name": "id", "type": "integer"}, {"name": "writer_id", "type": "integer", "nullable": true}, {"name": "title", "type": "text"}, {"name": "writer", "type": {"logical_model": "writer"}}]}},
 {"type": "pg_track_native_query", "args": {"source": "default", "root_field_name": "writers", "returns": "writer", "code": "SELECT id, name FROM author", "array_relationships": [{"name": "pieces", "using": {"column_mapping": {"id": "writer_id"}, "remote_native_query": "pieces"}}, {"name": "articles", "using": {"column_mapping": {"id": "author_id"}, "remote_table": "article"}}]}},
 {"type": "pg_track_native_query", "args": {"source": "default", "root_field_name": "pieces", "returns": "piece", "code": "SELECT id, author_id AS writer_id, left(title, {{n}}) AS title FROM article WHERE {{n}} > 0", "arguments": {"n": {"type": "integer"}}, "object_relationships": [{"name": "writer", "using": {"column_mapping": {"writer_id": "id"}, "remote_native_query": "writers"}}, {"name": "author", "using": {"column_mapping": {"writer_id": "id"}, "remote_table": "author"}}]}}
]');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "pieces", "using": {"manual_configuration": {"column_mapping": {"id": "writer_id"}, "remote_native_query": "pieces"}}}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "article", "name": "writer", "using": {"manual_configuration": {"column_mapping": {"author_id": "id"}, "remote_native_query": "writers"}}}');
SELECT pg_temp.ask('{ writers(order_by: {id: asc}) { name pieces(args: {n: 2}, order_by: {id: desc}) { title writer { name articles(where: {id: {_gt: 1}}) { title } } } none: pieces(args: {n: 0}) { id } } }');
SELECT pg_temp.ask('{ pieces(args: {n: 3}, where: {id: {_eq: 3}}) { title author { name articles { id } } writer { name __typename } __typename } }');
SELECT pg_temp.ask('{ author(order_by: {id: asc}) { name pieces(args: {n: 1}, limit: 1, order_by: {id: asc}) { title } } }');
-- rows of a query without arguments are a condition, too; others are none
SELECT pg_temp.ask('{ article(where: {writer: {name: {_eq: "Bob"}}}) { title writer { name } } }');
SELECT pg_temp.ask('{ author(where: {pieces: {}}) { id } }');
SELECT pg_temp.ask('{ article(order_by: {writer: {name: asc}}) { id } }');

-- the schema
SELECT gqle_internal.schema_type('admin', t) FROM unnest(ARRAY['hello', 'hello_bool_exp_bool_exp', 'hello_order_by', 'hello_enum_name', 'excerpt_arguments', 'writers', 'pieces_arguments']) AS t;
SELECT pg_temp.ask('{ __type(name: "query_root") { fields { name description args { name type { kind ofType { name } } } } } }')::json->'data'->'__type'->'fields'->i FROM generate_series(0, 30) AS i WHERE pg_temp.ask('{ __type(name: "query_root") { fields { name } } }')::json->'data'->'__type'->'fields'->i->>'name' IN ('Comment', 'excerpt');

-- what the database does is seen at once, by whoever uses it
ALTER TABLE article RENAME COLUMN title TO headline;
SELECT pg_temp.ask('{ pieces(args: {n: 1}) { id } }');
SELECT pg_temp.ask('{ author { pieces(args: {n: 1}) { id } } }');
SELECT pg_temp.ask('{ writers { pieces(args: {n: 1}) { id } } }');
SELECT type, name, reason FROM gqle.inconsistent_metadata();
ALTER TABLE article RENAME COLUMN headline TO title;
SELECT pg_temp.ask('{ pieces(args: {n: 1}, where: {id: {_eq: 1}}) { title } }');
ALTER TABLE article ALTER COLUMN content TYPE varchar;
SELECT pg_temp.ask('{ excerpt(args: {length: 2}, where: {id: {_eq: 1}}) { excerpt } }');
SELECT count(*) FROM gqle.inconsistent_metadata();

SELECT gqle.clear_metadata();
DROP TABLE article, author;
