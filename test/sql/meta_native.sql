-- Tracking native queries and logical models: how they are written down, what is
-- refused, and in which words.
\a
\t
SET client_min_messages = warning;
CREATE TABLE thing (id int PRIMARY KEY, label varchar, at timestamptz);
CREATE FUNCTION pg_temp.m(type text, args json) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	message text;
BEGIN
	RETURN gqle.metadata(json_build_object('type', type, 'args', args)::jsonb);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, message = MESSAGE_TEXT;
	RETURN message || ' ' || detail;
END $$;
CREATE FUNCTION pg_temp.q(code text, more json DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.m('pg_track_native_query', ('{"source": "default", "root_field_name": "q", "returns": "thing"}'::jsonb
		|| jsonb_build_object('code', code) || more::jsonb)::json)
$$;

-- both spellings of fields, types under one name
SELECT pg_temp.m('pg_track_logical_model', '{"source": "default", "name": "thing", "fields": [{"name": "id", "type": "INT4"}, {"name": "label", "type": "character varying(20)", "nullable": true, "description": "d"}, {"name": "at", "type": {"scalar": "timestamp with time zone", "nullable": true}}]}');
SELECT pg_temp.m('pg_track_logical_model', '{"source": "default", "name": "bad", "fields": [{"name": "id", "type": "number"}]}');
SELECT pg_temp.m('pg_track_logical_model', '{"source": "default", "name": "bad", "fields": [{"name": "id", "type": {"scalar": "numeric(3)"}}]}');
SELECT pg_temp.m('pg_track_logical_model', '{"source": "default", "name": "bad", "fields": [{"name": "id", "type": {"logical_model": "nobody"}}]}');
SELECT pg_temp.m('pg_track_logical_model', '{"source": "default", "name": "nested", "fields": [{"name": "thing", "type": {"logical_model": "thing", "nullable": true}}, {"name": "things", "type": {"array": {"logical_model": "thing"}}}, {"name": "tags", "type": {"array": {"scalar": "text"}}}]}');
SELECT pg_temp.m('pg_get_logical_model', '{"source": "default"}');

-- the text
SELECT pg_temp.q('SELECT id, label, at FROM thing WHERE id = {{id');
SELECT pg_temp.q('SELECT id, label, at FROM thing WHERE id = {{id}} AND label = {{label}}');
SELECT pg_temp.q('SELECT id, label, at FROM thing', '{"arguments": {"id": {"type": "integer"}, "a": {"type": "text"}}}');
SELECT pg_temp.q('SELECT id, label, at FROM thing WHERE id = {{id}}', '{"arguments": {"id": {"type": "whatever"}}}');
SELECT pg_temp.q('SELECT id, label FROM thing');
SELECT pg_temp.q('SELECT id, label, at FROM nowhere WHERE {{n}} = 1', '{"arguments": {"n": {"type": "integer"}}}');
SELECT pg_temp.q('SELEKT');
SELECT pg_temp.q('SELECT id, label::text, at FROM thing');
SELECT pg_temp.q('DELETE FROM thing RETURNING *');
SELECT pg_temp.q('SELECT 1; DROP TABLE thing');
SELECT pg_temp.q('SELECT id, label, at FROM thing', '{"returns": "nobody"}');
SELECT pg_temp.q('SELECT NULL', '{"returns": "nested"}');
SELECT pg_temp.q('SELECT id, label, at FROM thing', '{"array_relationships": [{"name": "x", "using": {"column_mapping": {"id": "id"}, "remote_native_query": "none"}}]}');
SELECT pg_temp.q('SELECT id, label, at FROM thing', '{"array_relationships": [{"name": "x", "using": {"column_mapping": {"id": "id"}, "remote_table": "thing"}}]}');
SELECT pg_temp.q('SELECT id, label, at FROM thing', '{"array_relationships": [{"name": "x", "using": {"column_mapping": {"nope": "id"}, "remote_native_query": "q"}}]}');
SELECT pg_temp.q('SELECT id, label, at FROM thing', '{"array_relationships": [{"name": "x", "using": {"column_mapping": {"id": "id"}, "remote_native_query": "q"}}], "object_relationships": [{"name": "x", "using": {"column_mapping": {"id": "id"}, "remote_native_query": "q"}}]}');

-- right ones, as they are exported and imported again
SELECT pg_temp.q('SELECT id, label, at FROM thing WHERE id > {{least}} OR label = {{label}}', '{"arguments": {"least": {"type": "int"}, "label": {"type": "text", "nullable": true, "description": "or this"}}, "array_relationships": [{"name": "same", "using": {"column_mapping": {"id": "id"}, "remote_native_query": "q"}}], "description": "Things"}');
SELECT pg_temp.m('pg_track_native_query', '{"source": "default", "root_field_name": "inline", "returns": {"fields": [{"name": "n", "type": "bigint"}], "select_permissions": [{"role": "user", "permission": {"columns": "*", "filter": {"n": {"_gt": 0}}}}]}, "code": "SELECT 1::bigint AS n"}');
SELECT pg_temp.m('pg_create_logical_model_select_permission', '{"source": "default", "name": "thing", "role": "user", "permission": {"columns": ["id"], "filter": {"label": {"_eq": "X-Hasura-Label"}}}}');
SELECT pg_temp.m('pg_create_logical_model_select_permission', '{"source": "default", "name": "thing", "role": "other", "permission": {"columns": ["id", "nope"], "filter": {}}}');
SELECT pg_temp.m('pg_create_logical_model_select_permission', '{"source": "default", "name": "thing", "role": "other", "permission": {"columns": "*", "filter": {"nope": {"_eq": 1}}}}');
SELECT pg_temp.m('pg_get_native_query', '{"source": "default"}');
SELECT pg_temp.m('pg_get_logical_model', '{"source": "default"}');
SELECT gqle.metadata('{"type": "export_metadata", "args": {}}') AS first \gset
SELECT gqle.metadata(jsonb_build_object('type', 'replace_metadata', 'args', :'first'::jsonb));
SELECT gqle.metadata('{"type": "export_metadata", "args": {}}')::text = :'first' AS same;

-- names of root fields are taken once
SELECT pg_temp.m('pg_track_table', '{"table": "thing", "configuration": {"custom_root_fields": {"select": "q"}}}');
SELECT pg_temp.m('pg_track_table', '{"table": "thing", "configuration": {"custom_name": "tbl"}}');
SELECT pg_temp.m('pg_track_native_query', '{"source": "default", "root_field_name": "tbl", "returns": "thing", "code": "SELECT id, label, at FROM thing"}');

-- what something else needs stays
-- permissions are replaced, and dropped whether they were there or not; also of what a query has within it
SELECT pg_temp.m('pg_create_logical_model_select_permission', '{"source": "default", "name": "thing", "role": "again", "permission": {"columns": [], "filter": {}}}');
SELECT pg_temp.m('pg_create_logical_model_select_permission', '{"source": "default", "name": "thing", "role": "again", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('pg_drop_logical_model_select_permission', '{"source": "default", "name": "thing", "role": "again"}') FROM generate_series(1, 2);
SELECT pg_temp.m('pg_create_logical_model_select_permission', '{"source": "other", "name": "thing", "role": "again", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('pg_create_logical_model_select_permission', '{"source": "default", "type": "native_query", "name": "nothing", "role": "again", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('pg_create_logical_model_select_permission', '{"source": "default", "type": "table", "name": "nothing", "role": "again", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('pg_create_logical_model_select_permission', '{"name": "thing", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('pg_track_native_query', '{"source": "default", "root_field_name": "within", "code": "SELECT 1 AS id", "returns": {"fields": [{"name": "id", "type": {"scalar": "integer"}}]}}');
SELECT pg_temp.m('pg_create_logical_model_select_permission', format('{"source": "default", "type": "native_query", "name": "within", "role": "%s", "permission": {"columns": ["id"], "filter": {}}}', r)::json) FROM unnest(ARRAY['b', 'a', 'b']) AS r;
SELECT pg_temp.m('pg_create_logical_model_select_permission', '{"source": "default", "type": "native_query", "name": "within", "role": "c", "permission": {"columns": ["no"], "filter": {}}}');
SELECT definition->'returns' FROM gqle.native_queries WHERE root_field_name = 'within';
SELECT pg_temp.m('pg_drop_logical_model_select_permission', '{"source": "default", "type": "native_query", "name": "within", "role": "b"}');
SELECT definition->'returns'->'select_permissions' FROM gqle.native_queries WHERE root_field_name = 'within';
SELECT pg_temp.m('pg_untrack_native_query', '{"source": "default", "root_field_name": "within"}');
SELECT pg_temp.m('pg_get_native_query', '{"source": "other"}');
SELECT pg_temp.m('pg_get_logical_model', '{"source": "other"}');
SELECT pg_temp.m('pg_untrack_logical_model', '{"source": "default", "name": "thing"}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "thing", "name": "q", "using": {"manual_configuration": {"column_mapping": {"id": "id"}, "remote_native_query": "q"}}}');
SELECT pg_temp.m('pg_untrack_native_query', '{"source": "default", "root_field_name": "q"}');

-- rows that other programs write may lack anything, or have another form
SELECT gqle.clear_metadata();
INSERT INTO gqle.logical_models (source, name, definition) VALUES
	('default', 'm_empty', '{}'),
	('default', 'm_fields', '{"fields": {"id": "integer"}}'),
	('default', 'm_names', '{"fields": [{"type": "integer"}]}'),
	('default', 'm_old', '{"fields": [{"name": "id", "type": "int4"}, {"name": "label", "type": "varchar", "nullable": true}]}'),
	('default', 'm_type', '{"fields": [{"name": "id"}]}'),
	('default', 'm_types', '{"fields": [{"name": "id", "type": {}}]}');
INSERT INTO gqle.native_queries (source, root_field_name, definition)
SELECT 'default', name, '{"code": "SELECT id, label FROM thing", "returns": "m_old"}'::jsonb || more::jsonb FROM (VALUES
	('n_arguments', '{"arguments": []}'), ('n_argument', '{"arguments": {"a": {}}}'), ('n_code', '{"code": null}'),
	('n_inline', '{"returns": {"fields": [{"name": "id", "type": "integer"}]}}'),
	('n_inline_fields', '{"returns": {}}'), ('n_model', '{"returns": "m_empty"}'), ('n_old', '{}'),
	('n_returns', '{"returns": 1}'), ('n_rel', '{"array_relationships": {}}'), ('n_rel_name', '{"object_relationships": [{}]}'),
	('n_rel_null', '{"object_relationships": null}'),
	('n_rel_to', '{"array_relationships": [{"name": "r", "using": {"remote_native_query": "n_returns", "column_mapping": {"id": "id"}}}]}'),
	('n_rel_using', '{"array_relationships": [{"name": "r"}]}')) rows (name, more);
SELECT object->>'type' AS type, object->>'name' AS name, object->>'reason' AS reason
FROM json_array_elements(gqle.metadata('{"type": "get_inconsistent_metadata", "args": {}}')::json->'inconsistent_objects') object
ORDER BY 1, 2, 3;
SELECT graphql.execute('{"x-hasura-role": "admin"}', '{ n_old { id label } n_inline { id } n_rel_null { id } }');
SELECT graphql.execute('{"x-hasura-role": "admin"}', '{ n_returns { id } }');
DELETE FROM gqle.native_queries;
DELETE FROM gqle.logical_models;

SELECT gqle.clear_metadata();
DROP TABLE thing;
