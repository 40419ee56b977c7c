-- Permissions of tables as metadata: canonical form, refusals, drop, comment.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args text, path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.tables() RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(t::text, E'\n') FROM json_array_elements(gqle.export_metadata()->'sources'->0->'tables') AS t $$;

CREATE TABLE author (id int PRIMARY KEY, name text, made int GENERATED ALWAYS AS (1) STORED);
SELECT gqle.track_table('author');

-- keys in order, defaults left out
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "user", "comment": "c", "permission": {"allow_aggregations": false, "limit": 5, "computed_fields": [], "filter": {"name": {"_eq": "b", "_gt": "a"}, "id": {"_eq": "X-Hasura-User-Id"}}, "columns": ["name", "id"]}}');
SELECT pg_temp.m('pg_create_insert_permission', '{"table": "author", "role": "user", "permission": {"columns": "*", "set": {}, "backend_only": true, "check": {}}}');
SELECT pg_temp.m('pg_create_update_permission', '{"table": "author", "role": "user", "permission": {"columns": ["name"], "set": {"id": "x-hasura-user-id"}, "filter": {}}}');
SELECT pg_temp.m('pg_create_delete_permission', '{"table": "author", "role": "user", "permission": {"filter": {}, "backend_only": false}}');
SELECT pg_temp.m('pg_create_delete_permission', '{"table": "author", "role": "r", "permission": {"filter": {}, "validate_input": {"type": "http", "definition": {"url": "http://x"}}}}');
SELECT pg_temp.tables();

-- what is wrong
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "user", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "admin", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "nothing", "role": "r", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": ["nope"], "filter": {}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": "*", "filter": {"nope": 1}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": "*", "filter": {}, "limit": -1}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": "*", "filter": {}, "limit": "1"}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": "*", "filter": {}, "query_root_fields": ["select_aggregate"]}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": "*"}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('create_insert_permission', '{"table": "author", "role": "", "permission": {"check": {}}}', '/v1/query');
SELECT pg_temp.m('pg_create_insert_permission', '{"table": "author", "role": "r", "permission": {"check": {}, "columns": ["made"]}}');
SELECT pg_temp.m('pg_create_insert_permission', '{"table": "author", "role": "r", "permission": {"check": {}, "validate_input": {"type": "smtp", "definition": {"url": "http://x"}}}}');

-- comment and drop
SELECT pg_temp.m('pg_set_permission_comment', '{"table": "author", "role": "user", "permission": "select", "comment": "d"}');
SELECT pg_temp.m('pg_set_permission_comment', '{"table": "author", "role": "nobody", "permission": "select"}');
SELECT pg_temp.m('pg_set_permission_comment', '{"table": "author", "role": "user", "permission": "read"}');
SELECT pg_temp.m('pg_drop_select_permission', '{"table": "author", "role": "nobody"}');
SELECT pg_temp.m('pg_drop_insert_permission', '{"table": "author", "role": "user"}');
SELECT pg_temp.m('pg_drop_update_permission', '{"table": "author", "role": "user"}');
SELECT pg_temp.m('pg_drop_delete_permission', '{"table": "author", "role": "user"}');
SELECT pg_temp.tables();
SELECT pg_temp.m('pg_drop_select_permission', '{"table": "author", "role": "user"}');

-- inherited roles
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "user", "permission": {"columns": ["id"], "filter": {}}}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "both", "role_set": ["user", "b"]}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "b", "role_set": ["user"]}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "both", "role_set": ["user", "b"]}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "b", "role_set": ["both"]}');
SELECT pg_temp.m('drop_inherited_role', '{"role_name": "b"}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "both", "role_set": ["both", "b"]}');
SELECT pg_temp.m('drop_inherited_role', '{"role_name": "nobody"}');
SELECT pg_temp.m('drop_inherited_role', '{"role_name": "both"}');

SELECT gqle.clear_metadata();
DROP TABLE author;
