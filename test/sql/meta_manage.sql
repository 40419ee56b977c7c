-- The metadata as a whole: export, replace, versions, conflicts, inconsistencies,
-- bulks.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.r(request text, path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, request) $$;
CREATE FUNCTION pg_temp.version() RETURNS bigint LANGUAGE sql AS
	$$ SELECT resource_version FROM gqle.metadata_version $$;

CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author);
CREATE FUNCTION author_label(author) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.name $$;
CREATE FUNCTION authors() RETURNS SETOF author LANGUAGE sql STABLE AS 'SELECT * FROM author';

-- a document with something of everything, loosely written
CREATE TEMP TABLE doc (d json);
INSERT INTO doc VALUES ('{
 "inherited_roles": [{"role_set": ["user", "other"], "role_name": "everybody"}, {"role_set": ["user"], "role_name": "other"}],
 "version": 3,
 "sources": [{
  "configuration": {"connection_info": {"database_url": {"from_env": "URL"}, "pool_settings": {"retries": 2, "max_connections": 50}}},
  "kind": "postgres", "name": "default",
  "customization": {"root_fields": {}, "naming_convention": "hasura-default"},
  "functions": [{"function": "authors", "permissions": [{"role": "user"}], "configuration": {"exposed_as": "query"}}],
  "tables": [
   {"table": "author", "is_enum": false,
    "select_permissions": [{"permission": {"filter": {}, "columns": "*", "allow_aggregations": true}, "role": "user", "comment": null}],
    "array_relationships": [{"using": {"foreign_key_constraint_on": {"columns": ["author_id"], "table": "article"}}, "name": "articles"}],
    "computed_fields": [{"definition": {"function": "author_label"}, "name": "label", "comment": ""}],
    "event_triggers": [{"name": "changed", "definition": {"update": {"columns": ["name"]}, "insert": {"columns": "*"}}, "webhook": "http://x", "retry_conf": {"num_retries": 3, "interval_sec": 10}, "headers": []}],
    "remote_relationships": [{"name": "weather", "definition": {"to_remote_schema": {"remote_field": {"person": {"arguments": {"name": "$name"}}}, "lhs_fields": ["name"], "remote_schema": "world"}}}]},
   {"table": {"name": "article"}, "object_relationships": [{"name": "author", "using": {"foreign_key_constraint_on": "author_id"}, "comment": "who"}],
    "configuration": {"column_config": {"author_id": {"custom_name": "authorId"}}}}]}],
 "remote_schemas": [{"name": "world", "definition": {"url": "http://x", "forward_client_headers": false, "headers": [{"name": "a", "value_from_env": "PATH"}]}, "comment": "w"}],
 "query_collections": [{"name": "c", "definition": {"queries": [{"query": "query { author { id } }", "name": "q"}]}}],
 "allowlist": [{"collection": "c"}],
 "rest_endpoints": [{"name": "e", "url": "e/:id", "methods": ["GET"], "definition": {"query": {"query_name": "q", "collection_name": "c"}}}],
 "actions": [{"name": "act", "definition": {"handler": "http://x", "output_type": "Out", "arguments": [{"name": "a", "type": "Int!"}], "kind": "synchronous", "timeout": 30}, "permissions": [{"role": "user"}]}],
 "custom_types": {"enums": [], "objects": [{"name": "Out", "fields": [{"name": "id", "type": "Int!"}]}]},
 "cron_triggers": [{"name": "daily", "webhook": "http://x", "schedule": "0 0 * * *", "include_in_metadata": true, "retry_conf": {"num_retries": 0}}],
 "network": {"tls_allowlist": [{"host": "h", "suffix": "1"}]},
 "graphql_schema_introspection": {"disabled_for_roles": ["anonymous"]},
 "metrics_config": {"analyze_query_variables": false, "analyze_response_body": false},
 "opentelemetry": {"status": "disabled", "data_types": ["traces"]}
}');
\i test/fixtures/remote.sql
SELECT pg_temp.keep_answer('world', '{"url": "http://x", "headers": [{"name": "a", "value_from_env": "PATH"}]}');
SELECT gqle.replace_metadata((SELECT d::jsonb FROM doc));
SELECT gqle.export_metadata();

-- what comes out goes in and comes out again
CREATE TEMP TABLE first AS SELECT gqle.export_metadata()::text AS t;
SELECT gqle.replace_metadata((SELECT t::jsonb FROM first));
SELECT gqle.export_metadata()::text = t FROM first;
SELECT gqle.clear_metadata();
SELECT gqle.export_metadata();
SELECT pg_temp.keep_answer('world', '{"url": "http://x", "headers": [{"name": "a", "value_from_env": "PATH"}]}');
SELECT pg_temp.r(format('{"type": "replace_metadata", "args": %s}', t)) FROM first;
SELECT gqle.export_metadata()::text = t FROM first;
SELECT type, name FROM gqle.not_yet_active ORDER BY 1, 2;

-- documents that are refused
SELECT pg_temp.r('{"type": "replace_metadata", "args": {"version": 4, "sources": []}}');
SELECT pg_temp.r('{"type": "replace_metadata", "args": {"version": 3}}');
SELECT pg_temp.r('{"type": "replace_metadata", "args": {"metadata": {"version": 3, "sources": [{"name": "default", "kind": "postgres", "configuration": {}, "tables": []}]}}}');
SELECT pg_temp.r('{"type": "replace_metadata", "args": {"tables": [{"table": "author", "foo": 1, "bar": 2}]}}');
SELECT pg_temp.r('{"type": "replace_metadata", "args": {"tables": [{"table": "author", "object_relationships": [
	{"name": "a", "using": {"foreign_key_constraint_on": "x"}}, {"name": "a", "using": {"foreign_key_constraint_on": "y"}}]}]}}');
SELECT pg_temp.r('{"type": "replace_metadata", "args": {"tables": [{"table": "nothing"}]}}');
SELECT pg_temp.r('{"type": "replace_metadata", "args": {"metadata": {"tables": [{"table": "nothing"}, {"table": "author"}]}, "allow_inconsistent_metadata": true}}');
SELECT pg_temp.r('{"type": "get_inconsistent_metadata", "args": {}}');
SELECT pg_temp.r('{"type": "reload_metadata", "args": {}}');
SELECT pg_temp.r('{"type": "reload_metadata", "args": {"reload_sources": ["x"]}}');
SELECT pg_temp.r('{"type": "drop_inconsistent_metadata", "args": {}}');
SELECT gqle.export_metadata();
SELECT pg_temp.r('{"type": "set_api_limits", "args": {"time_limit": {"global": 3}}}');

-- versions count by request, and guard it
SELECT pg_temp.version() AS before \gset
SELECT pg_temp.r('{"type": "bulk", "args": [{"type": "pg_track_table", "args": {"table": "article"}}, {"type": "pg_untrack_table", "args": {"table": "article"}}]}');
SELECT pg_temp.version() - :before;
SELECT pg_temp.r('{"type": "bulk", "args": [{"type": "export_metadata", "args": {}}, {"type": "get_catalog_state", "args": {}}]}') ~ '^200';
SELECT pg_temp.version() - :before;
SELECT pg_temp.r('{"type": "clear_metadata", "args": {}, "resource_version": 0}');
SELECT pg_temp.r(format('{"type": "clear_metadata", "args": {}, "resource_version": %s}', pg_temp.version()));
SELECT (gqle.metadata('{"type": "export_metadata", "version": 2, "args": {}}')->>'resource_version')::bigint = pg_temp.version();

-- bulks
SELECT pg_temp.r('{"type": "bulk", "args": [{"type": "pg_track_table", "args": {"table": "author"}}, {"type": "pg_track_table", "args": {"table": "nothing"}}]}');
SELECT pg_temp.r('{"type": "bulk", "args": [{"type": "pg_track_table", "args": {"table": "author"}}, {"type": "pg_track_table", "args": {}}]}');
SELECT pg_temp.r('{"type": "bulk", "args": [{"type": "bulk", "args": [{"type": "pg_track_table", "args": {"table": 1}}]}]}');
SELECT count(*) FROM gqle.tables;
SELECT pg_temp.r('{"type": "bulk_keep_going", "args": [{"type": "pg_track_table", "args": {"table": "nothing"}}, {"type": "pg_track_table", "args": {"table": "author"}}]}');
SELECT count(*) FROM gqle.tables;
SELECT pg_temp.r('{"type": "bulk_atomic", "args": [{"type": "pg_track_table", "args": {"table": "article"}}]}');
SELECT pg_temp.r('{"type": "bulk", "args": {}}');

-- requests that are none
SELECT pg_temp.r('{');
SELECT pg_temp.r('[]');
SELECT pg_temp.r('{"args": {}}');
SELECT pg_temp.r('{"type": 1, "args": {}}');
SELECT pg_temp.r('{"type": "clear_metadata"}');
SELECT pg_temp.r('{"type": "clear_metadata", "args": {}, "version": 3}');
SELECT pg_temp.r('{"type": "nonsense", "args": {}}');
SELECT pg_temp.r('{"type": "foo_bar", "args": {}}');
SELECT pg_temp.r('{"type": "nonsense", "args": {}}', '/v2/query');

-- state of tools
SELECT pg_temp.r('{"type": "set_catalog_state", "args": {"type": "cli", "state": {"b": 1, "a": 2}}}');
SELECT pg_temp.r('{"type": "set_catalog_state", "args": {"type": "phone", "state": {}}}');
SELECT gqle.metadata('{"type": "get_catalog_state", "args": {}}')->'cli_state', gqle.metadata('{"type": "get_catalog_state", "args": {}}')->'console_state';
SELECT pg_temp.r('{"type": "set_catalog_state", "args": {"type": "cli", "state": {}}}');

-- part of the caller's transaction
BEGIN;
ALTER TABLE author ADD nick text;
SELECT gqle.create_select_permission('author', 'nick', '{"columns": ["nick"], "filter": {}}');
ROLLBACK;
SELECT count(*) FROM gqle.permissions;

SELECT gqle.clear_metadata();
DROP TABLE article, author CASCADE;
