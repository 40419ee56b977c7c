-- Objects outside of tables: stored, refused and listed as inconsistent.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args text, path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.part(key text) RETURNS json LANGUAGE sql AS $$ SELECT gqle.export_metadata()->key $$;

CREATE TABLE author (id int PRIMARY KEY, name text);
SELECT gqle.track_table('author');

-- query collections and the allow list
SELECT pg_temp.m('create_query_collection', '{"name": "c", "comment": "x", "definition": {"queries": [{"name": "q", "query": "query { author { id } }"}]}}');
SELECT pg_temp.m('create_query_collection', '{"name": "c", "definition": {"queries": []}}');
SELECT pg_temp.m('create_query_collection', '{"name": "", "definition": {"queries": []}}', '/v1/query');
SELECT pg_temp.m('add_query_to_collection', '{"collection_name": "c", "query_name": "s", "query": "subscription { author { id } }"}');
SELECT pg_temp.m('add_query_to_collection', '{"collection_name": "c", "query_name": "s", "query": "{ author { id } }"}');
SELECT pg_temp.m('drop_query_from_collection', '{"collection_name": "c", "query_name": "nothing"}');
SELECT pg_temp.m('add_collection_to_allowlist', '{"collection": "nothing"}');
SELECT pg_temp.m('add_collection_to_allowlist', '{"collection": "c"}');
SELECT pg_temp.m('add_collection_to_allowlist', '{"collection": "c"}');
SELECT pg_temp.m('update_scope_of_collection_in_allowlist', '{"collection": "c", "scope": {"global": true, "roles": ["a"]}}');
SELECT pg_temp.m('update_scope_of_collection_in_allowlist', '{"collection": "c", "scope": {"global": false, "roles": ["a", "a"]}}');
SELECT pg_temp.m('update_scope_of_collection_in_allowlist', '{"collection": "c", "scope": {"global": false, "roles": []}}');
SELECT pg_temp.m('update_scope_of_collection_in_allowlist', '{"collection": "c", "scope": {"global": false, "roles": ["a"]}}');
SELECT pg_temp.part('allowlist');
SELECT pg_temp.m('drop_query_collection', '{"collection": "c"}');
SELECT pg_temp.m('drop_query_collection', '{"collection": "c", "cascade": false}');

-- REST endpoints
SELECT pg_temp.m('create_rest_endpoint', '{"name": "e", "url": "e/:id", "methods": ["GET", "POST"], "definition": {"query": {"collection_name": "c", "query_name": "q"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "e", "url": "x", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "q"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "f", "url": "e/x", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "q"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "f", "url": "e/x", "methods": ["PUT"], "definition": {"query": {"collection_name": "c", "query_name": "q"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "g", "url": "g//x", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "q"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "g", "url": "g/:a/:a", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "q"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "g", "url": "g", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "s"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "g", "url": "g", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "nothing"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "g", "url": "g", "methods": ["GET"], "definition": {"query": {"collection_name": "d", "query_name": "q"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "g", "url": "", "methods": ["GET"], "definition": {"query": {"collection_name": "d", "query_name": "q"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "g", "url": "g", "methods": ["LOOK"], "definition": {"query": {"collection_name": "d", "query_name": "q"}}}');
-- of queries that can't be run the path is not looked at, and its mistakes are told each
SELECT pg_temp.m('add_query_to_collection', '{"collection_name": "c", "query_name": "short", "query": "{ author { id } }"}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "g", "url": "e/x", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "short"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "g", "url": "g//:a/:a", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "short"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "g", "url": "g//:a/:a", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "q"}}}');
-- ambiguous ones go by the first of their names
SELECT pg_temp.m('create_rest_endpoint', '{"name": "a", "url": "e/y", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "q"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "z", "url": "e/y", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "q"}}}');
SELECT pg_temp.m('drop_query_from_collection', '{"collection_name": "c", "query_name": "q"}');
SELECT pg_temp.m('rename_query_collection', '{"name": "c", "new_name": "d"}');
SELECT pg_temp.part('rest_endpoints');
SELECT pg_temp.m('drop_rest_endpoint', '{"name": "nothing"}');
SELECT pg_temp.m('drop_rest_endpoint', '{"name": "e"}');
SELECT pg_temp.m('drop_rest_endpoint', '{"name": "f"}');
SELECT pg_temp.m('drop_query_collection', '{"collection": "d", "cascade": true}');

-- custom types and actions
SELECT pg_temp.m('set_custom_types', '{"objects": [{"name": "Out", "fields": [{"name": "id", "type": "Int!"}, {"name": "at", "type": "timestamptz"}], "relationships": [{"name": "author", "type": "object", "remote_table": "author", "field_mapping": {"id": "id"}}]}],
	"input_objects": [{"name": "In", "fields": [{"name": "a", "type": "[Color!]"}]}], "enums": [{"name": "Color", "values": [{"value": "RED"}]}], "scalars": [{"name": "Odd"}]}');
SELECT pg_temp.m('create_action', '{"name": "act", "definition": {"handler": "http://x", "output_type": "[Out!]", "arguments": [{"name": "a", "type": "In!"}, {"name": "b", "type": "uuid"}]}}');
SELECT pg_temp.part('actions');
SELECT pg_temp.m('create_action', '{"name": "act", "definition": {"handler": "http://x", "output_type": "Out"}}');
SELECT pg_temp.m('create_action', '{"name": "b", "definition": {"handler": "http://x", "output_type": "Nothing"}}');
SELECT pg_temp.m('create_action', '{"name": "b", "definition": {"handler": "http://x", "output_type": "Out", "arguments": [{"name": "a", "type": "Out"}]}}');
SELECT pg_temp.m('create_action', '{"name": "b", "definition": {"handler": "{{GQLE_NO_SUCH_VARIABLE}}/x", "output_type": "Out"}}');
SELECT pg_temp.m('create_action', '{"name": "insert_author", "definition": {"handler": "http://x", "output_type": "Out"}}');
SELECT pg_temp.m('update_action', '{"name": "act", "definition": {"handler": "http://y", "output_type": "Out", "type": "query"}}');
SELECT pg_temp.m('update_action', '{"name": "act", "definition": {"handler": "http://y", "output_type": "Out", "type": "query", "kind": ""}}');
SELECT pg_temp.m('update_action', '{"name": "act", "definition": {"handler": "http://y", "output_type": "Out", "kind": ""}}');
SELECT pg_temp.m('create_action_permission', '{"action": "act", "role": "user"}');
SELECT pg_temp.m('create_action_permission', '{"action": "act", "role": "user"}');
SELECT pg_temp.m('drop_action_permission', '{"action": "act", "role": "nobody"}');
SELECT pg_temp.m('create_action_permission', '{"action": "act", "role": "visitor"}');
SELECT pg_temp.part('actions')->0->'permissions';
SELECT pg_temp.m('set_custom_types', '{}');
SELECT pg_temp.m('set_custom_types', '{"objects": [{"name": "Out", "fields": [{"name": "id", "type": "What"}, {"name": "id", "type": "Int"}], "relationships": [{"name": "a", "type": "object", "remote_table": "nothing", "field_mapping": {"x": "id"}}]}]}');
SELECT pg_temp.m('drop_action', '{"name": "nothing"}');
SELECT pg_temp.m('drop_action', '{"name": "act"}');
SELECT pg_temp.m('set_custom_types', '{}');

-- event triggers
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "t", "table": "author", "webhook": "http://x", "insert": {"columns": "*"}, "update": {"columns": ["name"], "payload": "*"}}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "t", "table": "author", "webhook": "http://x", "insert": {"columns": "*"}}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "nothing", "table": "author", "webhook": "http://y", "insert": {"columns": "*"}, "replace": true}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "p", "table": "author", "webhook": "http://y", "insert": {"columns": "*", "payload": ["nope"]}}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "t", "table": "author", "webhook": "http://y", "insert": {"columns": "*"}, "replace": true, "retry_conf": {"num_retries": 2}}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "t", "table": "author", "webhook": "http://y", "insert": {"columns": "*"}, "replace": true, "retry_conf": {"num_retries": 2, "interval_sec": 5}}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "no good", "table": "author", "webhook": "http://x", "insert": {"columns": "*"}}');
SELECT pg_temp.m('create_event_trigger', '{"name": "", "table": "author", "webhook": "http://x", "insert": {"columns": "*"}}', '/v1/query');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "u", "table": "author", "webhook": "http://x"}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "u", "table": "author", "insert": {"columns": "*"}}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "u", "table": "author", "webhook": "http://x", "webhook_from_env": "X", "insert": {"columns": "*"}}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "u", "table": "author", "webhook_from_env": "GQLE_NO_SUCH_VARIABLE", "insert": {"columns": "*"}}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "u", "table": "author", "webhook": "http://x", "update": {"columns": ["nope"]}}');
SELECT pg_temp.part('sources')->0->'tables';
SELECT pg_temp.m('pg_delete_event_trigger', '{"name": "nothing"}');
SELECT pg_temp.m('pg_delete_event_trigger', '{"name": "t"}');

-- cron triggers
SELECT pg_temp.m('create_cron_trigger', '{"name": "n", "webhook": {"from_env": "PATH"}, "schedule": "* * * * *", "include_in_metadata": false, "payload": {"b": 1, "a": 2}}');
SELECT pg_temp.m('create_cron_trigger', '{"name": "n", "webhook": "http://x", "schedule": "* * * * *", "include_in_metadata": true}');
SELECT pg_temp.m('create_cron_trigger', '{"name": "m", "webhook": "http://x", "schedule": "* * * * *"}');
SELECT pg_temp.m('get_cron_triggers', '{}');
SELECT pg_temp.part('cron_triggers');
SELECT pg_temp.m('delete_cron_trigger', '{"name": "m"}');
SELECT pg_temp.m('delete_cron_trigger', '{"name": "n"}');
SELECT pg_temp.m('create_scheduled_event', '{}');

-- remote schemas
\i test/fixtures/remote.sql
SELECT pg_temp.add_remote('r', '{"url": "http://x", "headers": [{"name": "a", "value": "b"}], "timeout_seconds": 5}');
SELECT pg_temp.m('add_remote_schema', '{"name": "r", "definition": {"url": "http://x"}}');
SELECT pg_temp.m('add_remote_schema', '{"name": "s", "definition": {}}');
SELECT pg_temp.m('add_remote_schema', '{"name": "s", "definition": {"url": "http://x", "url_from_env": "X"}}');
SELECT pg_temp.m('add_remote_schema', '{"name": "s", "definition": {"url": "http://x", "headers": [{"name": "a", "value_from_env": "HASURA_GRAPHQL_ADMIN_SECRET"}]}}');
SELECT pg_temp.m('add_remote_schema', '{"name": "s", "definition": {"url_from_env": "GQLE_NO_SUCH_VARIABLE"}}');
SELECT pg_temp.m('pg_create_remote_relationship', '{"table": "author", "name": "weather", "definition": {"to_remote_schema": {"remote_schema": "r", "lhs_fields": ["name"], "remote_field": {"version": {"arguments": {}}}}}}');
SELECT pg_temp.m('create_remote_relationship', '{"table": "author", "name": "old", "remote_schema": "r", "hasura_fields": ["id"], "remote_field": {"film": {"arguments": {"id": "$id"}}}}', '/v1/query');
SELECT pg_temp.m('pg_create_remote_relationship', '{"table": "author", "name": "x"}');
SELECT pg_temp.part('sources')->0->'tables';
SELECT pg_temp.m('remove_remote_schema', '{"name": "r"}');
SELECT pg_temp.m('pg_delete_remote_relationship', '{"table": "author", "name": "weather"}');
SELECT pg_temp.m('pg_delete_remote_relationship', '{"table": "author", "name": "old"}');
SELECT pg_temp.m('pg_delete_remote_relationship', '{"table": "author", "name": "id"}');
SELECT pg_temp.m('remove_remote_schema', '{"name": "r"}');
SELECT pg_temp.m('remove_remote_schema', '{"name": "r"}');

-- settings
SELECT pg_temp.m('add_host_to_tls_allowlist', '{"host": "h", "suffix": "8080", "permissions": ["self-signed"]}');
SELECT pg_temp.m('add_host_to_tls_allowlist', '{"host": "h", "suffix": "8080"}');
SELECT pg_temp.m('add_host_to_tls_allowlist', '{"host": ""}');
SELECT pg_temp.m('drop_host_from_tls_allowlist', '{"host": "i"}');
SELECT pg_temp.part('network');
SELECT pg_temp.m('drop_host_from_tls_allowlist', '{"host": "h", "suffix": "8080"}');
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "enabled", "exporter_otlp": {"protocol": "http/json"}}');
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "perhaps"}');
SELECT pg_temp.m('set_opentelemetry_config', '{"data_types": ["traces"], "exporter_otlp": {"otlp_traces_endpoint": "http://x"}}');
SELECT pg_temp.m('set_opentelemetry_status', '"enabled"');
SELECT pg_temp.part('opentelemetry');
SELECT pg_temp.m('set_graphql_schema_introspection_options', '{"disabled_for_roles": ["user"]}');
SELECT pg_temp.part('graphql_schema_introspection');
SELECT pg_temp.m('set_metrics_config', '{"analyze_query_variables": true, "analyze_response_body": false}');
SELECT pg_temp.m('remove_metrics_config', '{}');
SELECT pg_temp.m('set_api_limits', '{"disabled": true, "rate_limit": {"global": {"max_reqs_per_min": 1, "unique_params": "ip"}}, "depth_limit": {"per_role": {"user": 3}}}');
SELECT pg_temp.m('set_api_limits', '{"rate_limit": {"global": {"max_reqs_per_min": 1, "unique_params": 3}}}');
SELECT pg_temp.part('api_limits');
SELECT pg_temp.m('remove_api_limits', '{}');

-- sources
SELECT pg_temp.m('pg_add_source', '{"name": "default", "configuration": {"connection_info": {"database_url": "postgres://x"}}}');
SELECT pg_temp.m('pg_add_source', '{"name": "other", "configuration": {"connection_info": {"database_url": {"from_env": "X"}}}}');
SELECT pg_temp.m('pg_add_source', '{"name": "other", "configuration": {"connection_info": {"database_url": {}}}}');
SELECT pg_temp.m('pg_update_source', '{"name": "default", "customization": {"root_fields": {"prefix": "p_"}}}');
SELECT pg_temp.part('sources')->0->'customization';
SELECT pg_temp.m('pg_update_source', '{"name": "default", "customization": {}}');
SELECT pg_temp.m('rename_source', '{"name": "default", "new_name": "main"}');
SELECT pg_temp.m('pg_untrack_table', '{"table": "author", "source": "main"}');
SELECT pg_temp.m('pg_track_table', '{"table": "author", "source": "main"}');
SELECT pg_temp.m('rename_source', '{"name": "main", "new_name": "default"}');
SELECT pg_temp.m('rename_source', '{"name": "main", "new_name": "default"}');
SELECT pg_temp.m('list_source_kinds', '{}');
SELECT pg_temp.m('get_source_kind_capabilities', '{"name": "pg"}');
SELECT pg_temp.m('pg_get_source_tables', '{"source": "default"}');
SELECT pg_temp.m('pg_get_table_info', '{"source": "default", "table": "author"}');
SELECT pg_temp.m('pg_get_table_info', '{"source": "default", "table": "nothing"}');

-- functions, computed fields
CREATE FUNCTION f(a author) RETURNS text LANGUAGE sql STABLE AS 'SELECT a.name';
CREATE FUNCTION g() RETURNS SETOF author LANGUAGE sql STABLE AS 'SELECT * FROM author';
CREATE FUNCTION h() RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT pg_temp.m('pg_add_computed_field', '{"table": "author", "name": "f", "definition": {"function": "f"}, "comment": "c"}');
SELECT pg_temp.m('pg_add_computed_field', '{"table": "author", "name": "name", "definition": {"function": "f"}}');
SELECT pg_temp.m('pg_add_computed_field', '{"table": "author", "name": "k", "definition": {"function": "h"}}');
SELECT pg_temp.m('pg_drop_computed_field', '{"table": "author", "name": "name"}');
SELECT pg_temp.m('pg_drop_computed_field', '{"table": "author", "name": "nothing"}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "user", "permission": {"columns": "*", "computed_fields": ["f"], "filter": {}}}');
SELECT pg_temp.m('pg_drop_computed_field', '{"table": "author", "name": "f"}');
SELECT pg_temp.m('pg_track_function', '{"function": "g", "configuration": {"custom_name": "gg"}}');
SELECT pg_temp.m('track_function', '{"name": "g"}', '/v1/query');
SELECT pg_temp.m('pg_track_function', '{"function": "h"}');
CREATE FUNCTION "h-i"() RETURNS SETOF author LANGUAGE sql STABLE AS 'SELECT * FROM author';
SELECT pg_temp.m('pg_track_function', '{"function": "h-i", "configuration": {"custom_name": "hi"}}');
DROP FUNCTION "h-i";
SELECT pg_temp.m('pg_track_function', '{"function": "nothing"}');
SELECT pg_temp.m('pg_create_function_permission', '{"function": "g", "role": "user"}');
SELECT pg_temp.m('pg_create_function_permission', '{"function": "g", "role": "user"}');
SELECT pg_temp.m('pg_create_function_permission', '{"function": "g", "role": "nobody"}');
SELECT pg_temp.m('pg_drop_function_permission', '{"function": "g", "role": "nobody"}');
SELECT pg_temp.part('sources')->0->'functions';
SELECT pg_temp.m('pg_untrack_table', '{"table": "author"}');
SELECT pg_temp.m('pg_untrack_function', '"g"');
SELECT pg_temp.m('pg_untrack_function', '{"function": "g"}');

-- native queries
SELECT pg_temp.m('pg_track_logical_model', '{"source": "default", "name": "row", "fields": [{"name": "a", "type": {"scalar": "integer"}}]}');
SELECT pg_temp.m('pg_track_native_query', '{"source": "default", "root_field_name": "n", "code": "SELECT 1 AS a", "returns": "row"}');
SELECT pg_temp.m('pg_track_native_query', '{"source": "default", "root_field_name": "n", "code": "SELECT 1 AS a", "returns": "row"}');
SELECT pg_temp.m('pg_untrack_logical_model', '{"source": "default", "name": "row"}');
SELECT pg_temp.m('pg_get_native_query', '{"source": "default"}');
SELECT pg_temp.m('pg_untrack_native_query', '{"source": "default", "root_field_name": "n"}');
SELECT pg_temp.m('pg_untrack_logical_model', '{"source": "default", "name": "row"}');

SELECT gqle.clear_metadata();
SELECT gqle.metadata('{"type": "pg_update_source", "args": {"name": "default", "configuration": {"connection_info": {"database_url": {"from_env": "HASURA_GRAPHQL_DATABASE_URL"}}}}}');
DROP TABLE author CASCADE;
DROP FUNCTION h;
