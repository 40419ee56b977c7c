-- Inconsistent objects that are not tables: queries of collections, telemetry, fields
-- of one name; and dropping all that is inconsistent.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args text DEFAULT '{}', path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.inconsistent() RETURNS SETOF text LANGUAGE sql AS
	$$ SELECT o FROM json_array_elements(gqle.metadata('{"type": "get_inconsistent_metadata", "args": {}}')->'inconsistent_objects') AS o $$;

CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE author (id int PRIMARY KEY, name text, mood mood);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author, title text);
SELECT gqle.track_schema('public') IS NOT NULL;
CREATE TABLE other (id int PRIMARY KEY);

-- a query that fits, in all the forms that there are
SELECT pg_temp.m('create_query_collection', $${"name": "c", "definition": {"queries": [
	{"name": "all", "query": "query q($id: Int!, $where: article_bool_exp, $mood: mood, $by: author_order_by, $up: order_by = asc) { a: author(where: {id: {_eq: $id}, articles: $where, mood: {_eq: $mood}}, order_by: [$by, {name: $up}]) { ...f ... on author { id articles_aggregate { aggregate { count } nodes { title } } } __typename } author_by_pk(id: $id) { id } __typename __schema { queryType { name } } } fragment f on author { id articles { id title } }"},
	{"name": "write", "query": "mutation m($rows: [author_insert_input!]!, $set: article_set_input) { insert_author(objects: $rows) { affected_rows returning { name } } update_article(where: {}, _set: $set) { affected_rows } }"},
	{"name": "watch", "query": "subscription { author_stream(batch_size: 1, cursor: []) { id } }"}]}}$$);

-- queries that do not: refused like any change that breaks something
SELECT pg_temp.m('create_query_collection', $${"name": "d", "definition": {"queries": [
	{"name": "fields", "query": "{ author { id nothing articles { what } } nobody { id } }"}]}}$$);
SELECT pg_temp.m('add_query_to_collection', '{"collection_name": "c", "query_name": "leaf", "query": "{ author { id { x } articles mood { y } articles_aggregate { nodes { ...f } } } } fragment f on article { body }"}');
SELECT pg_temp.m('add_query_to_collection', '{"collection_name": "c", "query_name": "types", "query": "{ a: author { x: id y: articles { id } } a: author { x: name } b: author { id } b: author_by_pk(id: 1) { id } }"}');
SELECT pg_temp.m('add_query_to_collection', '{"collection_name": "c", "query_name": "variables", "query": "query ($a: author, $b: other_bool_exp, $c: [nothing!], $d: uuid, $e: article_max_order_by, $f: [String!]) { author { id } }"}');
SELECT pg_temp.m('add_query_to_collection', '{"collection_name": "c", "query_name": "two", "query": "query a { author { id } } query b { author { id } }"}');
SELECT pg_temp.m('add_query_to_collection', '{"collection_name": "c", "query_name": "undefined", "query": "{ author { ...f } }"}');
SELECT pg_temp.m('add_query_to_collection', '{"collection_name": "c", "query_name": "cycle", "query": "{ author { ...f } } fragment f on author { articles { author { ...f } } }"}');

-- what is not looked at
SELECT pg_temp.m('add_query_to_collection', '{"collection_name": "c", "query_name": "loose", "query": "query { author(nothing: 1, where: {what: {}}) @who(a: $b) { id ... on nobody { name } } }"}');
SELECT pg_temp.m('get_inconsistent_metadata');

-- a change elsewhere that a query does not survive
SELECT pg_temp.m('create_rest_endpoint', '{"name": "e", "url": "e", "methods": ["GET", "POST"], "definition": {"query": {"collection_name": "c", "query_name": "loose"}}}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "g", "url": "g", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "all"}}}');
SELECT pg_temp.m('add_collection_to_allowlist', '{"collection": "c"}');
SELECT pg_temp.m('pg_untrack_table', '{"table": "article", "cascade": true}');
SELECT pg_temp.m('pg_set_table_customization', '{"table": "author", "configuration": {"custom_name": "writer"}}');
-- DDL is noticed, and healed
ALTER TABLE author RENAME COLUMN name TO called;
SELECT pg_temp.inconsistent();
SELECT pg_temp.m('create_rest_endpoint', '{"name": "h", "url": "h", "methods": ["GET"], "definition": {"query": {"collection_name": "c", "query_name": "watch"}}}');
SELECT pg_temp.m('pg_set_table_customization', '{"table": "article", "configuration": {}}');
ALTER TABLE author RENAME COLUMN called TO name;
SELECT pg_temp.inconsistent();

-- dropped: the query, endpoints that run it, at last the collection, and then the whole allow list
SELECT pg_temp.m('create_query_collection', '{"name": "d", "definition": {"queries": [{"name": "q", "query": "query { author { mood } }"}]}}');
SELECT pg_temp.m('add_collection_to_allowlist', '{"collection": "d"}');
SELECT pg_temp.m('create_rest_endpoint', '{"name": "i", "url": "i", "methods": ["GET"], "definition": {"query": {"collection_name": "d", "query_name": "q"}}}');
ALTER TABLE author DROP COLUMN mood;
SELECT pg_temp.m('drop_inconsistent_metadata');
SELECT name, q->>'name' FROM gqle.query_collections, json_array_elements(definition->'queries') AS q ORDER BY 1, 2;
SELECT collection FROM gqle.allowlist;
SELECT name FROM gqle.rest_endpoints;

-- replaced as a whole: refused, or allowed and told
SELECT pg_temp.m('replace_metadata', '{"version": 3, "sources": [], "query_collections": [{"name": "c", "definition": {"queries": [{"name": "q", "query": "{ author { id } }"}]}}]}');
SELECT status, answer->'is_consistent', answer->'inconsistent_objects' FROM gqle_internal.call_api('/v1/metadata', $${"type": "replace_metadata", "version": 2, "args": {"allow_inconsistent_metadata": true, "metadata":
	{"version": 3, "sources": [], "query_collections": [{"name": "c", "definition": {"queries": [{"name": "q", "query": "mutation { delete_author(where: {}) { affected_rows } }"}, {"name": "r", "query": "{ no_queries_available }"}]}}]}}}$$);
SELECT pg_temp.m('reload_metadata');
SELECT pg_temp.m('clear_metadata');

-- a relationship and a computed field of one name
CREATE FUNCTION author_label(author) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.name $$;
SELECT status, answer FROM gqle_internal.call_api('/v1/metadata', $${"type": "replace_metadata", "version": 2, "args": {"allow_inconsistent_metadata": true, "metadata":
	{"version": 3, "sources": [{"name": "default", "kind": "postgres", "configuration": {"connection_info": {"database_url": "x"}}, "tables": [
		{"table": "article"},
		{"table": "author", "array_relationships": [{"name": "label", "using": {"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}, "comment": "c"}, {"name": "same", "using": {"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}}],
		 "object_relationships": [{"name": "same", "using": {"manual_configuration": {"remote_table": "article", "column_mapping": {"id": "id"}}}}],
		 "computed_fields": [{"name": "label", "definition": {"function": "author_label"}}]}]}]}}}$$);
SELECT gqle_internal.schema_type('admin', 'author');
SELECT pg_temp.m('drop_inconsistent_metadata');
SELECT gqle.export_metadata()->'sources'->0->'tables'->1;

-- telemetry
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "enabled", "data_types": ["traces"]}');
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "enabled", "data_types": ["metrics"]}');
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "enabled", "data_types": ["logs"], "exporter_otlp": {"otlp_traces_endpoint": "http://x"}}');
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "enabled", "data_types": ["traces"], "exporter_otlp": {"otlp_traces_endpoint": "nowhere"}}');
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "enabled", "data_types": ["traces"], "exporter_otlp": {"otlp_traces_endpoint": "ftp://x"}}');
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "enabled", "data_types": ["traces"], "exporter_otlp": {"otlp_traces_endpoint": "http://{{GQLE_NO_SUCH_VARIABLE}}/x"}}');
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "enabled", "data_types": ["traces"], "exporter_otlp": {"otlp_traces_endpoint": "http://x", "headers": [{"name": "a", "value_from_env": "GQLE_NO_SUCH_VARIABLE"}]}}');
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "enabled", "data_types": ["traces"], "exporter_otlp": {"otlp_traces_endpoint": "http://x", "resource_attributes": [{"name": "a", "value": "{{GQLE_NO_SUCH_VARIABLE}}"}]}}');
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "{{GQLE_NO_SUCH_VARIABLE}}"}');
SELECT pg_temp.m('set_opentelemetry_config', '{"batch_span_processor": {"max_export_batch_size": 0}}');
SELECT pg_temp.m('set_opentelemetry_config', '{"status": "disabled", "data_types": ["traces"], "exporter_otlp": {"otlp_traces_endpoint": "nowhere"}}');
SELECT pg_temp.m('set_opentelemetry_status', '"enabled"');
SELECT gqle.export_metadata()->'opentelemetry';
SELECT pg_temp.m('set_opentelemetry_config', '{"data_types": ["logs", "traces", "logs"]}');
SELECT gqle.export_metadata()->'opentelemetry'->'data_types';
INSERT INTO gqle.settings SELECT 'opentelemetry', '{"status": "enabled", "data_types": ["traces"], "batch_span_processor": {"max_export_batch_size": -1}}'
	ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value;
SELECT pg_temp.inconsistent();
SELECT pg_temp.m('drop_inconsistent_metadata');

SELECT pg_temp.m('clear_metadata');
DROP TABLE article, author, other CASCADE;
DROP TYPE mood;
