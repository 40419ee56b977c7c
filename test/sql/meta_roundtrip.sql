-- Export and replace: every kind of metadata comes back byte for byte, in the
-- order of Hasura's exports, whatever the order in which it went in.
\a
\t
SET client_min_messages = error;
\set ECHO none
\i test/fixtures/everything.sql
\set document `tr -d '\n' < test/fixtures/everything.json`
\set ECHO all
CREATE FUNCTION pg_temp.replaced(document json) RETURNS text LANGUAGE sql AS $$
	SELECT gqle.metadata(json_build_object('type', 'replace_metadata', 'version', 2, 'args',
		json_build_object('allow_inconsistent_metadata', false, 'metadata', document))::jsonb)::text $$;

-- two texts, and where they part
CREATE FUNCTION pg_temp.difference(a text, b text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce((SELECT format(E'expected ...%s\nfound    ...%s', substr(a, greatest(n - 30, 1), 200), substr(b, greatest(n - 30, 1), 200))
		FROM generate_series(1, greatest(length(a), length(b))) AS n WHERE substr(a, n, 1) <> substr(b, n, 1) OR substr(b, n, 1) = '' LIMIT 1), 'same') $$;

-- as it is
SELECT pg_temp.replaced(:'document');
SELECT pg_temp.difference(:'document', gqle.export_metadata()::text);

-- once more what was exported
SELECT gqle.export_metadata() AS exported \gset
SELECT pg_temp.replaced(:'exported');
SELECT pg_temp.difference(:'exported', gqle.export_metadata()::text);

-- keys in another order, lists of named objects the other way round
CREATE FUNCTION pg_temp.turned(list jsonb) RETURNS jsonb LANGUAGE sql AS
	$$ SELECT jsonb_agg(e ORDER BY n DESC) FROM jsonb_array_elements(list) WITH ORDINALITY AS t(e, n) $$;
CREATE FUNCTION pg_temp.turned_in(object jsonb, VARIADIC keys text[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_object_agg(key, CASE WHEN key = ANY (keys) THEN pg_temp.turned(value) ELSE value END) FROM jsonb_each(object) $$;
SELECT gqle.metadata('{"type": "clear_metadata", "args": {}}');
SELECT pg_temp.replaced(jsonb_set(pg_temp.turned_in(d, 'query_collections', 'allowlist', 'actions', 'rest_endpoints'), '{sources,0}',
	pg_temp.turned_in(jsonb_set(d #> '{sources,0}', '{tables}', (SELECT jsonb_agg(pg_temp.turned_in(t, 'object_relationships', 'insert_permissions',
		'select_permissions', 'update_permissions')) FROM jsonb_array_elements(d #> '{sources,0,tables}') AS t)), 'tables', 'functions'))::json)
FROM (SELECT :'document'::jsonb) AS _(d);
SELECT pg_temp.difference(:'document', gqle.export_metadata()::text);

-- by the command alone, without the wrapper of version 2
SELECT gqle.metadata(jsonb_build_object('type', 'replace_metadata', 'args', :'document'::jsonb));
SELECT pg_temp.difference(:'document', gqle.export_metadata()::text);

-- what is written otherwise than it came
SELECT gqle.metadata('{"type": "replace_metadata", "args": {"version": 3, "sources": [{"name": "default", "kind": "postgres", "tables": [],
	"configuration": {"connection_info": {"database_url": "x", "ssl_configuration": {"sslmode": "require", "sslcert": null, "more": 1},
		"pool_settings": {"pool_timeout": null, "retries": 1, "connection_lifetime": 0}},
		"connection_template": {"template": "{{ $.primary }}"}, "connection_set": [{"name": "a", "connection_info": {"database_url": "y"}}]},
	"customization": {"root_fields": {}, "type_names": {"prefix": null}}}],
	"cron_triggers": [{"name": "c", "webhook": "http://x", "schedule": "00 04 * * Mon", "include_in_metadata": true}],
	"actions": [{"name": "a", "definition": {"type": "query", "handler": "http://x", "output_type": " [ String ! ] ", "arguments": [{"name": "b", "type": "Int !"}]}}]}}');
SELECT gqle.export_metadata();

-- what is refused
CREATE FUNCTION pg_temp.refused(configuration text) RETURNS text LANGUAGE sql AS $$
	SELECT answer::jsonb - 'code' FROM gqle_internal.call_api('/v1/metadata', format('{"type": "replace_metadata", "args": {"version": 3, "sources": [{"name": "default", "kind": "postgres", "tables": [], "configuration": {%s}}]}}', configuration)) $$;
SELECT pg_temp.refused('"connection_info": {"database_url": "x", "ssl_configuration": {"sslmode": "always"}}');
SELECT pg_temp.refused('"connection_info": {"database_url": "x", "ssl_configuration": {}}');
SELECT pg_temp.refused('"connection_info": {"database_url": {"connection_parameters": {"host": "h"}}}');
SELECT pg_temp.refused('"connection_info": {"database_url": "x"}, "read_replicas": []');
SELECT pg_temp.refused('"connection_info": {"database_url": "x"}, "connection_template": {"template": "x", "version": 2}');

SELECT gqle.metadata('{"type": "clear_metadata", "args": {}}');
SELECT gqle.export_metadata();
DROP FUNCTION place_purchase, stock.find_articles, lines_above, full_name;
DROP VIEW customer_totals;
DROP TABLE parcel, purchase_line, purchase, stock.article, customer, order_state;
DROP SCHEMA stock;
