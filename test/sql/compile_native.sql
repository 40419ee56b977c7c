-- The SQL of native queries: the text in a subquery, arguments as parameters.
\a
\t
\i test/fixtures/library.sql
CREATE FUNCTION pg_temp.m(type text, args json) RETURNS void LANGUAGE sql AS
	$$ SELECT gqle.metadata(json_build_object('type', type, 'args', args)::jsonb) $$;
SELECT pg_temp.m('pg_track_logical_model', '{"source": "default", "name": "short", "fields": [{"name": "id", "type": "integer"}, {"name": "author_id", "type": "integer"}, {"name": "start", "type": "text", "nullable": true}]}');
SELECT pg_temp.m('pg_create_logical_model_select_permission', '{"source": "default", "name": "short", "role": "user", "permission": {"columns": ["id", "start"], "filter": {"author_id": {"_eq": "X-Hasura-User-Id"}}, "limit": 10}}');
SELECT pg_temp.m('pg_track_native_query', '{"source": "default", "root_field_name": "starts", "returns": "short", "code": "SELECT id, author_id, left(title, {{n}}) AS start\nFROM article\nWHERE length(title) > {{n}} OR {{all}}; ", "arguments": {"n": {"type": "integer"}, "all": {"type": "boolean", "nullable": true}}, "object_relationships": [{"name": "author", "using": {"column_mapping": {"author_id": "id"}, "remote_table": "author"}}]}');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "starts", "using": {"manual_configuration": {"column_mapping": {"id": "author_id"}, "remote_native_query": "starts"}}}');

-- one parameter for both uses; what is left out is null
SELECT graphql.explain('{}', '{ starts(args: {n: 3}, where: {start: {_like: "A%"}}, order_by: {id: asc}, limit: 2) { id start } }');
SELECT graphql.explain('{}', 'query ($n: Int!, $all: Boolean) { starts(args: {n: $n, all: $all}, distinct_on: author_id) { id author { name } } }', '{"n": 1}');
-- of a table's rows: run once for all of them, or for each
SELECT graphql.explain('{}', '{ author { name starts(args: {n: 1}) { start } } }');
SELECT graphql.explain('{}', '{ author { name starts(args: {n: 1}, limit: 1) { start } } }');
-- permissions
SELECT graphql.explain('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ starts(args: {n: 1}) { start } }');
-- an index is reached through the text
SET enable_seqscan = off;
SELECT regexp_replace(graphql.explain('{}', '{ starts(args: {n: 1}, where: {id: {_eq: 1}}) { start } }', '{}', NULL, 'plan'), '  \(cost[^)]*\)', '', 'g');
RESET enable_seqscan;
-- the same statement for other values: planned once
SELECT graphql.execute('{}', '{ starts(args: {n: 1}, where: {id: {_eq: 1}}) { start } }') IS NOT NULL, gqle_internal.shares_operation('{}', 'query ($n: Int!) { starts(args: {n: $n}) { id } }', '{"n": 1}', '{"n": 2}');
SELECT gqle.clear_metadata();
SET client_min_messages = warning;
DROP TABLE comment, article, author CASCADE;
