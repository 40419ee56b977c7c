-- The envelope of requests: unknown types, malformed ones, versions, bulks, modes.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.r(request text, path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, request) $$;
CREATE FUNCTION pg_temp.m(type text, args text, path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT pg_temp.r(format('{"type": "%s", "args": %s}', type, args), path) $$;
CREATE FUNCTION pg_temp.bulk(kind text, VARIADIC items text[]) RETURNS text LANGUAGE sql AS
	$$ SELECT pg_temp.m(kind, '[' || array_to_string(items, ',') || ']') $$;
CREATE FUNCTION pg_temp.item(type text, args text) RETURNS text LANGUAGE sql AS
	$$ SELECT format('{"type": "%s", "args": %s}', type, args) $$;

CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author);
SELECT gqle.track_table('author');
SELECT gqle.track_table('article');

-- types that are no command
SELECT regexp_replace(pg_temp.r(r, p), 'use_prepared_statements":\w+', 'use_prepared_statements":…') FROM unnest(ARRAY['{"type": "foo", "args": {}}', '{"type": "foo_bar", "args": {}}',
	'{"type": "pg_foo", "args": {}}', '{"type": "pg", "args": {}}', '{"type": "foo", "version": 2, "args": {}}',
	'{"type": 5, "args": {}}', '{"args": {}}', '[]', '{"type": "bulk", "args": [1]}', '{"type": "bulk", "args": [{"type": "foo"}]}',
	'{"type": "export_metadata", "version": 3, "args": {}}', '{"type": "export_metadata", "resource_version": "1", "args": {}}']) AS r,
	unnest(ARRAY['/v1/metadata', '/v1/query', '/v2/query']) AS p;

-- what others broke stays out of the way of commands on one table
CREATE TABLE gone (id int PRIMARY KEY);
SELECT gqle.track_table('gone');
DROP TABLE gone;
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": ["id"], "filter": {}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "s", "permission": {"columns": ["nope"], "filter": {}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"source": "other", "table": "author", "role": "s", "permission": {"columns": ["id"], "filter": {}}}');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "articles", "using": {"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}}');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "wrong", "using": {"foreign_key_constraint_on": {"table": "article", "column": "id"}}}');
SELECT pg_temp.m('pg_create_update_permission', '{"table": "author", "role": "r", "permission": {"columns": ["name"], "filter": {"articles": {"id": {"_eq": 1}}}}}');
SELECT pg_temp.m('pg_drop_relationship', '{"table": "author", "relationship": "articles"}');
SELECT pg_temp.bulk('bulk', pg_temp.item('pg_drop_relationship', '{"table": "author", "relationship": "articles", "cascade": true}'),
	pg_temp.item('pg_drop_select_permission', '{"table": "author", "role": "r"}'),
	pg_temp.item('pg_untrack_table', '{"table": "gone"}'), pg_temp.item('get_inconsistent_metadata', '{}'));

-- documents of the wrong form
SELECT pg_temp.r('{"type": "replace_metadata", "version": 2, "args": {"metadata": {"version": 3, "sources": 1}}}');
SELECT pg_temp.r('{"type": "replace_metadata", "args": {"metadata": {"version": 3, "sources": 1}}}');
SELECT pg_temp.r('{"type": "replace_metadata", "args": 1}');
SELECT pg_temp.r('{"type": "replace_metadata", "args": {"metadata": 1}}');
SELECT pg_temp.r('{"type": "replace_metadata", "args": {"metadata": {}, "allow_inconsistent_metadata": 1}}');

-- mistakes are told before a conflict of versions
SELECT pg_temp.r('{"type": "pg_untrack_table", "resource_version": 0, "args": {"table": "nothing"}}');
SELECT pg_temp.r('{"type": "pg_untrack_table", "resource_version": 0, "args": {"table": "article"}}');
SELECT pg_temp.r('{"type": "export_metadata", "resource_version": 0, "args": {}}') ~ '^200';

-- an atomic bulk is looked at when it is done
SELECT pg_temp.bulk('bulk_atomic', pg_temp.item('pg_create_object_relationship', '{"table": "article", "name": "a", "using": {"foreign_key_constraint_on": "author_id"}}'),
	pg_temp.item('pg_drop_relationship', '{"table": "article", "relationship": "a"}'),
	pg_temp.item('pg_create_object_relationship', '{"table": "article", "name": "a", "using": {"manual_configuration": {"remote_table": "author", "column_mapping": {"author_id": "id"}}}}'));
SELECT pg_temp.bulk('bulk_atomic', pg_temp.item('pg_create_object_relationship', '{"table": "article", "name": "b", "using": {"foreign_key_constraint_on": "nothing"}}'));
SELECT pg_temp.bulk('bulk_atomic', pg_temp.item('pg_create_object_relationship', '{"table": "article", "name": "a", "using": {"foreign_key_constraint_on": "author_id"}}'));
SELECT pg_temp.bulk('bulk_atomic', pg_temp.item('pg_track_table', '{"table": "article"}'));
SELECT pg_temp.bulk('bulk_keep_going', pg_temp.item('bulk_atomic', '[' || pg_temp.item('pg_track_table', '{"table": "article"}') || ']'),
	pg_temp.item('pg_create_object_relationship', '{"table": "article", "name": "b", "using": {"foreign_key_constraint_on": "nothing"}}'));

-- reading at once: what may change the schema is refused, at any depth
SELECT pg_temp.m('concurrent_bulk', '[{"type": "run_sql", "args": {"sql": "select 1"}}, {"type": "bulk", "args": [{"type": "count", "args": {"table": "author"}}]}]', '/v2/query');
SELECT pg_temp.m('concurrent_bulk', '[{"type": "insert", "args": {"table": "author", "objects": [{"id": 1}]}}]', '/v2/query');
SELECT pg_temp.m('concurrent_bulk', '[{"type": "bulk", "args": [{"type": "run_sql", "args": {"sql": "alter table author add x int"}}]}]', '/v2/query');

-- the modes in which nothing may change
SET gqle.enable_maintenance_mode = on;
SELECT pg_temp.m('pg_untrack_table', '{"table": "article"}');
SELECT pg_temp.m('pg_untrack_table', '{"table": "nothing"}');
SELECT pg_temp.m('untrack_table', '{"table": "article"}', '/v1/query');
SELECT pg_temp.m('run_sql', '{"sql": "alter table author add x int"}', '/v2/query');
SELECT pg_temp.m('run_sql', '{"sql": "select 1"}', '/v2/query');
SELECT pg_temp.m('export_metadata', '{}') ~ '^200';
SET gqle.enable_maintenance_mode = off;
SET gqle.enable_read_only_mode = on;
SELECT pg_temp.m('pg_untrack_table', '{"table": "article"}');
SELECT pg_temp.m('run_sql', '{"sql": "select 1"}', '/v2/query');
SELECT pg_temp.m('run_sql', '{"sql": "select 1", "read_only": true}', '/v2/query');
SELECT pg_temp.m('run_sql', '{"sql": "select 1", "read_only": true}', '/v1/query');
SELECT pg_temp.m('bulk', '[{"type": "delete", "args": {"table": "author", "where": {}}}]', '/v1/query');
SELECT pg_temp.m('count', '{"table": "author"}', '/v1/query');
SELECT pg_temp.m('untrack_table', '{"table": "article", "cascade": true}', '/v1/query');
SELECT graphql.execute('{"x-hasura-role": "admin"}', 'mutation { delete_author(where: {}) { affected_rows } }');
SELECT graphql.execute('{"x-hasura-role": "admin"}', '{ author { id } }');
RESET gqle.enable_read_only_mode;

-- documents without sources keep the endpoints, and the default source
SELECT pg_temp.m('create_query_collection', '{"name": "c", "definition": {"queries": [{"name": "q", "query": "query { author { id } }"}]}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "e", "url": "e", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "q"}}}');
SELECT pg_temp.m('replace_metadata', '{"tables": [{"table": "author"}], "query_collections": [{"name": "c", "definition": {"queries": [{"name": "q", "query": "query { author { id } }"}]}}]}');
SELECT gqle.export_metadata()->'rest_endpoints';

-- names of event triggers: repeated in a source, or new and odd
SELECT pg_temp.m('replace_metadata', format('{"allow_warnings": %s, "metadata": {"version": 3, "sources": [{"name": "default", "kind": "postgres", "configuration": {"connection_info": {"database_url": "x"}}, "tables": [{"table": "author", "event_triggers": [%s]}, {"table": "article", "event_triggers": [%s]}]}]}}', w, a, b))
FROM (VALUES ('true', '{"name": "t", "definition": {}, "webhook": "x", "retry_conf": {"num_retries": 0, "interval_sec": 1}}', '{"name": "t", "definition": {}, "webhook": "x", "retry_conf": {"num_retries": 0, "interval_sec": 1}}'),
	('false', '{"name": "1", "definition": {}, "webhook": "x", "retry_conf": {"num_retries": 0, "interval_sec": 1}}', ''),
	('true', '{"name": "1", "definition": {}, "webhook": "x", "retry_conf": {"num_retries": 0, "interval_sec": 1}}', ''),
	('true', '{"name": "1", "definition": {}, "webhook": "x", "retry_conf": {"num_retries": 0, "interval_sec": 1}}', '')) AS x (w, a, b);

-- roles that inherit from themselves
SELECT pg_temp.m('replace_metadata', '{"version": 3, "sources": [], "inherited_roles": [{"role_name": "a", "role_set": ["b"]}, {"role_name": "b", "role_set": ["c", "a"]}, {"role_name": "c", "role_set": []}]}');

-- what to reload
SELECT pg_temp.m('reload_metadata', '{"reload_sources": "all"}');
SELECT pg_temp.m('reload_metadata', '{"reload_sources": false, "reload_remote_schemas": [""]}');
SELECT pg_temp.m('reload_metadata', '{"reload_data_connectors": ["x"]}');
SELECT pg_temp.m('clear_metadata', '{}');
DROP TABLE article, author;
