-- 10_metadata.sql: the metadata.
--
-- One row per object of the metadata document (version 3), keyed by the names
-- that the document uses: text, not OIDs, so that metadata survives dump and
-- restore and may name what does not exist yet.  What belongs to the engine's
-- own vocabulary is a column; what has an open shape (rules, definitions,
-- configurations) is json, not jsonb, so that the order of keys survives.
--
-- An object that lives inside another goes with it: triggers follow_... delete it
-- and rename it with its owner.  They stand for foreign keys, which pg_restore -j
-- does not know of when it loads tables side by side; a row without an owner is
-- not seen.  A mere mention by name (an allow list names a collection, a
-- relationship names a table) may dangle, and is then reported as inconsistent.
--
-- Any change of these tables, by whatever statement, moves
-- metadata_version.change and tells all processes when it commits (trigger
-- note_change).  resource_version is the number that clients see; the metadata
-- API counts it, once per request.
--
-- Names have collation "C": exports sort by bytes, as Hasura's do.
--
-- All rows are configuration: pg_dump includes them.  The rows that CREATE
-- EXTENSION itself makes carry is_initial and give way to dumped ones (trigger
-- replace_initial).  Exports sort by name, as Hasura's do; only where Hasura keeps
-- the order in which objects came is it kept here (position).

CREATE TABLE gqle.metadata_version (
	id int PRIMARY KEY DEFAULT 1 CHECK (id = 1),
	is_initial boolean NOT NULL DEFAULT false,
	resource_version bigint NOT NULL DEFAULT 1,
	change bigint NOT NULL DEFAULT 0,
	metadata_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
	catalog_state json NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE gqle.metadata_version IS 'version counters of the metadata, and state kept for tools; one row';

CREATE TABLE gqle.sources (
	name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
	is_initial boolean NOT NULL DEFAULT false,
	kind text COLLATE "C" NOT NULL DEFAULT 'postgres',
	configuration json NOT NULL,
	customization json,
	query_tags json,
	health_check json
);
COMMENT ON TABLE gqle.sources IS 'databases that GraphQL is served from; this one is "default"';

CREATE TABLE gqle.tables (
	source text COLLATE "C" NOT NULL,
	schema_name text COLLATE "C" NOT NULL CHECK (schema_name <> ''),
	table_name text COLLATE "C" NOT NULL CHECK (table_name <> ''),
	is_enum boolean NOT NULL DEFAULT false,
	configuration json,
	apollo_federation_config json,
	logical_model text,
	PRIMARY KEY (source, schema_name, table_name)
);
COMMENT ON TABLE gqle.tables IS 'tracked tables and views';

CREATE TABLE gqle.relationships (
	source text COLLATE "C" NOT NULL,
	schema_name text COLLATE "C" NOT NULL,
	table_name text COLLATE "C" NOT NULL,
	kind text COLLATE "C" NOT NULL CHECK (kind IN ('object', 'array')),
	name text COLLATE "C" NOT NULL CHECK (name <> ''),
	using_definition json NOT NULL,
	comment text,
	PRIMARY KEY (source, schema_name, table_name, kind, name)
);
COMMENT ON TABLE gqle.relationships IS 'object and array relationships of tables';

CREATE TABLE gqle.remote_relationships (
	source text COLLATE "C" NOT NULL,
	schema_name text COLLATE "C" NOT NULL,
	table_name text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL CHECK (name <> ''),
	definition json NOT NULL,
	PRIMARY KEY (source, schema_name, table_name, name)
);
COMMENT ON TABLE gqle.remote_relationships IS 'relationships of tables to remote schemas and other sources';

CREATE TABLE gqle.computed_fields (
	source text COLLATE "C" NOT NULL,
	schema_name text COLLATE "C" NOT NULL,
	table_name text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL CHECK (name <> ''),
	definition json NOT NULL,
	has_comment boolean NOT NULL DEFAULT false,
	comment text,
	PRIMARY KEY (source, schema_name, table_name, name)
);
COMMENT ON TABLE gqle.computed_fields IS 'fields of tables that call a function; without has_comment the description is automatic';

CREATE TABLE gqle.permissions (
	source text COLLATE "C" NOT NULL,
	schema_name text COLLATE "C" NOT NULL,
	table_name text COLLATE "C" NOT NULL,
	role text COLLATE "C" NOT NULL CHECK (role <> ''),
	operation text COLLATE "C" NOT NULL CHECK (operation IN ('insert', 'select', 'update', 'delete')),
	definition json NOT NULL,
	comment text,
	PRIMARY KEY (source, schema_name, table_name, role, operation)
);
COMMENT ON TABLE gqle.permissions IS 'what roles may do with tables; definition is the "permission" of the metadata';

CREATE TABLE gqle.event_triggers (
	source text COLLATE "C" NOT NULL,
	schema_name text COLLATE "C" NOT NULL,
	table_name text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL CHECK (name <> ''),
	definition json NOT NULL,
	PRIMARY KEY (source, name)
);
COMMENT ON TABLE gqle.event_triggers IS 'triggers of tables that call a webhook; definition is the whole metadata object';

CREATE TABLE gqle.functions (
	source text COLLATE "C" NOT NULL,
	schema_name text COLLATE "C" NOT NULL CHECK (schema_name <> ''),
	function_name text COLLATE "C" NOT NULL CHECK (function_name <> ''),
	configuration json,
	comment text,
	PRIMARY KEY (source, schema_name, function_name)
);
COMMENT ON TABLE gqle.functions IS 'tracked functions';

CREATE TABLE gqle.function_permissions (
	source text COLLATE "C" NOT NULL,
	schema_name text COLLATE "C" NOT NULL,
	function_name text COLLATE "C" NOT NULL,
	role text COLLATE "C" NOT NULL CHECK (role <> ''),
	position integer NOT NULL DEFAULT 0,
	PRIMARY KEY (source, schema_name, function_name, role)
);
COMMENT ON TABLE gqle.function_permissions IS 'roles that may call a tracked function';

CREATE TABLE gqle.logical_models (
	source text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL CHECK (name <> ''),
	definition json NOT NULL,
	PRIMARY KEY (source, name)
);
COMMENT ON TABLE gqle.logical_models IS 'row types of native queries; definition is the whole metadata object without permissions';

CREATE TABLE gqle.logical_model_permissions (
	source text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL,
	role text COLLATE "C" NOT NULL CHECK (role <> ''),
	definition json NOT NULL,
	comment text,
	PRIMARY KEY (source, name, role)
);
COMMENT ON TABLE gqle.logical_model_permissions IS 'select permissions of logical models';

CREATE TABLE gqle.native_queries (
	source text COLLATE "C" NOT NULL,
	root_field_name text COLLATE "C" NOT NULL CHECK (root_field_name <> ''),
	definition json NOT NULL,
	PRIMARY KEY (source, root_field_name)
);
COMMENT ON TABLE gqle.native_queries IS 'root fields that run SQL texts; definition is the whole metadata object';

CREATE TABLE gqle.inherited_roles (
	role_name text COLLATE "C" PRIMARY KEY CHECK (role_name <> ''),
	role_set text[] NOT NULL
);
COMMENT ON TABLE gqle.inherited_roles IS 'roles that combine the permissions of others';

CREATE TABLE gqle.remote_schemas (
	name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
	definition json NOT NULL,
	comment text
);
COMMENT ON TABLE gqle.remote_schemas IS 'GraphQL servers whose schema is served here, too';

CREATE TABLE gqle.remote_schema_permissions (
	remote_schema text COLLATE "C" NOT NULL,
	role text COLLATE "C" NOT NULL CHECK (role <> ''),
	definition json NOT NULL,
	comment text,
	position integer NOT NULL DEFAULT 0,
	PRIMARY KEY (remote_schema, role)
);
COMMENT ON TABLE gqle.remote_schema_permissions IS 'the part of a remote schema that a role sees';

CREATE TABLE gqle.remote_schema_relationships (
	remote_schema text COLLATE "C" NOT NULL,
	type_name text COLLATE "C" NOT NULL CHECK (type_name <> ''),
	name text COLLATE "C" NOT NULL CHECK (name <> ''),
	definition json NOT NULL,
	position integer NOT NULL DEFAULT 0,
	PRIMARY KEY (remote_schema, type_name, name)
);
COMMENT ON TABLE gqle.remote_schema_relationships IS 'relationships of types of remote schemas';

CREATE TABLE gqle.actions (
	name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
	definition json NOT NULL,
	comment text
);
COMMENT ON TABLE gqle.actions IS 'root fields answered by webhooks';

CREATE TABLE gqle.action_permissions (
	action text COLLATE "C" NOT NULL,
	role text COLLATE "C" NOT NULL CHECK (role <> ''),
	comment text,
	position integer NOT NULL DEFAULT 0,
	PRIMARY KEY (action, role)
);
COMMENT ON TABLE gqle.action_permissions IS 'roles that may call an action';

CREATE TABLE gqle.cron_triggers (
	name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
	include_in_metadata boolean NOT NULL,
	definition json NOT NULL
);
COMMENT ON TABLE gqle.cron_triggers IS 'webhooks called on a schedule; definition is the whole metadata object';

CREATE TABLE gqle.query_collections (
	name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
	definition json NOT NULL,
	comment text
);
COMMENT ON TABLE gqle.query_collections IS 'named sets of GraphQL documents';

CREATE TABLE gqle.allowlist (
	collection text COLLATE "C" PRIMARY KEY CHECK (collection <> ''),
	scope json NOT NULL DEFAULT '{"global":true}'
);
COMMENT ON TABLE gqle.allowlist IS 'collections whose queries are allowed';

CREATE TABLE gqle.rest_endpoints (
	name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
	url text COLLATE "C" NOT NULL,
	methods text[] NOT NULL,
	definition json NOT NULL,
	comment text
);
COMMENT ON TABLE gqle.rest_endpoints IS 'URLs that run a query of a collection';

CREATE TABLE gqle.settings (
	key text COLLATE "C" PRIMARY KEY CHECK (key IN (
		'api_limits', 'backend_configs', 'custom_types', 'graphql_schema_introspection',
		'metrics_config', 'network', 'opentelemetry')),
	value json NOT NULL
);
COMMENT ON TABLE gqle.settings IS 'single objects of the metadata: api_limits, backend_configs, custom_types, graphql_schema_introspection, metrics_config, network, opentelemetry';

-- Referencing columns without an index of their own, and searches by role.
CREATE INDEX permissions_role ON gqle.permissions (role, operation);
CREATE INDEX event_triggers_table ON gqle.event_triggers (source, schema_name, table_name);

-- Give way to rows of a dump: see above.
CREATE FUNCTION gqle_internal.replace_initial() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'gqle_sql_replace_initial';
REVOKE ALL ON FUNCTION gqle_internal.replace_initial() FROM PUBLIC;
COMMENT ON FUNCTION gqle_internal.replace_initial() IS 'before insert: deletes the row made by CREATE EXTENSION';

CREATE FUNCTION gqle_internal.note_metadata_change() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'gqle_sql_note_metadata_change';
REVOKE ALL ON FUNCTION gqle_internal.note_metadata_change() FROM PUBLIC;
COMMENT ON FUNCTION gqle_internal.note_metadata_change() IS 'after any change of metadata: tells all processes at commit';

INSERT INTO gqle.metadata_version (is_initial) VALUES (true);
INSERT INTO gqle.sources (name, is_initial, configuration) VALUES ('default', true,
	'{"connection_info":{"database_url":{"from_env":"HASURA_GRAPHQL_DATABASE_URL"},"isolation_level":"read-committed","use_prepared_statements":true}}');

CREATE TRIGGER replace_initial BEFORE INSERT ON gqle.metadata_version
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.replace_initial();
CREATE TRIGGER replace_initial BEFORE INSERT ON gqle.sources
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.replace_initial();

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.sources
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.tables
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.relationships
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.remote_relationships
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.computed_fields
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.permissions
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.event_triggers
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.functions
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.function_permissions
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.logical_models
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.logical_model_permissions
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.native_queries
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.inherited_roles
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.remote_schemas
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.remote_schema_permissions
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.remote_schema_relationships
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.actions
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.action_permissions
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.cron_triggers
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.query_collections
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.allowlist
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.rest_endpoints
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gqle.settings
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.note_metadata_change();

-- section owners

CREATE FUNCTION gqle_internal.follow_owner() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'gqle_sql_follow_owner';
REVOKE ALL ON FUNCTION gqle_internal.follow_owner() FROM PUBLIC;
COMMENT ON FUNCTION gqle_internal.follow_owner() IS
'after a delete (each statement, old rows as "gone") or an update (each row): what belongs to the rows goes with them; arguments are the table of that, then pairs of columns, its own and the owner''s';

CREATE TRIGGER follow_tables_gone AFTER DELETE ON gqle.sources REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('tables', 'source', 'name');
CREATE TRIGGER follow_tables AFTER UPDATE OF name ON gqle.sources
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('tables', 'source', 'name');
CREATE TRIGGER follow_functions_gone AFTER DELETE ON gqle.sources REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('functions', 'source', 'name');
CREATE TRIGGER follow_functions AFTER UPDATE OF name ON gqle.sources
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('functions', 'source', 'name');
CREATE TRIGGER follow_logical_models_gone AFTER DELETE ON gqle.sources REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('logical_models', 'source', 'name');
CREATE TRIGGER follow_logical_models AFTER UPDATE OF name ON gqle.sources
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('logical_models', 'source', 'name');
CREATE TRIGGER follow_native_queries_gone AFTER DELETE ON gqle.sources REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('native_queries', 'source', 'name');
CREATE TRIGGER follow_native_queries AFTER UPDATE OF name ON gqle.sources
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('native_queries', 'source', 'name');
CREATE TRIGGER follow_relationships_gone AFTER DELETE ON gqle.tables REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('relationships', 'source', 'source', 'schema_name', 'schema_name', 'table_name', 'table_name');
CREATE TRIGGER follow_relationships AFTER UPDATE OF source, schema_name, table_name ON gqle.tables
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('relationships', 'source', 'source', 'schema_name', 'schema_name', 'table_name', 'table_name');
CREATE TRIGGER follow_remote_relationships_gone AFTER DELETE ON gqle.tables REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('remote_relationships', 'source', 'source', 'schema_name', 'schema_name', 'table_name', 'table_name');
CREATE TRIGGER follow_remote_relationships AFTER UPDATE OF source, schema_name, table_name ON gqle.tables
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('remote_relationships', 'source', 'source', 'schema_name', 'schema_name', 'table_name', 'table_name');
CREATE TRIGGER follow_computed_fields_gone AFTER DELETE ON gqle.tables REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('computed_fields', 'source', 'source', 'schema_name', 'schema_name', 'table_name', 'table_name');
CREATE TRIGGER follow_computed_fields AFTER UPDATE OF source, schema_name, table_name ON gqle.tables
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('computed_fields', 'source', 'source', 'schema_name', 'schema_name', 'table_name', 'table_name');
CREATE TRIGGER follow_permissions_gone AFTER DELETE ON gqle.tables REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('permissions', 'source', 'source', 'schema_name', 'schema_name', 'table_name', 'table_name');
CREATE TRIGGER follow_permissions AFTER UPDATE OF source, schema_name, table_name ON gqle.tables
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('permissions', 'source', 'source', 'schema_name', 'schema_name', 'table_name', 'table_name');
CREATE TRIGGER follow_event_triggers_gone AFTER DELETE ON gqle.tables REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('event_triggers', 'source', 'source', 'schema_name', 'schema_name', 'table_name', 'table_name');
CREATE TRIGGER follow_event_triggers AFTER UPDATE OF source, schema_name, table_name ON gqle.tables
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('event_triggers', 'source', 'source', 'schema_name', 'schema_name', 'table_name', 'table_name');
CREATE TRIGGER follow_function_permissions_gone AFTER DELETE ON gqle.functions REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('function_permissions', 'source', 'source', 'schema_name', 'schema_name', 'function_name', 'function_name');
CREATE TRIGGER follow_function_permissions AFTER UPDATE OF source, schema_name, function_name ON gqle.functions
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('function_permissions', 'source', 'source', 'schema_name', 'schema_name', 'function_name', 'function_name');
CREATE TRIGGER follow_logical_model_permissions_gone AFTER DELETE ON gqle.logical_models REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('logical_model_permissions', 'source', 'source', 'name', 'name');
CREATE TRIGGER follow_logical_model_permissions AFTER UPDATE OF source, name ON gqle.logical_models
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('logical_model_permissions', 'source', 'source', 'name', 'name');
CREATE TRIGGER follow_remote_schema_permissions_gone AFTER DELETE ON gqle.remote_schemas REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('remote_schema_permissions', 'remote_schema', 'name');
CREATE TRIGGER follow_remote_schema_permissions AFTER UPDATE OF name ON gqle.remote_schemas
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('remote_schema_permissions', 'remote_schema', 'name');
CREATE TRIGGER follow_remote_schema_relationships_gone AFTER DELETE ON gqle.remote_schemas REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('remote_schema_relationships', 'remote_schema', 'name');
CREATE TRIGGER follow_remote_schema_relationships AFTER UPDATE OF name ON gqle.remote_schemas
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('remote_schema_relationships', 'remote_schema', 'name');
CREATE TRIGGER follow_action_permissions_gone AFTER DELETE ON gqle.actions REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('action_permissions', 'action', 'name');
CREATE TRIGGER follow_action_permissions AFTER UPDATE OF name ON gqle.actions
	FOR EACH ROW EXECUTE FUNCTION gqle_internal.follow_owner('action_permissions', 'action', 'name');

-- section always

-- Rows that replication brings, or pg_restore with session_replication_role =
-- 'replica', must be noticed like others.
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT tgrelid::pg_catalog.regclass AS relation, tgname AS name FROM pg_catalog.pg_trigger
		JOIN pg_catalog.pg_class c ON c.oid = tgrelid
		WHERE c.relnamespace = 'gqle'::pg_catalog.regnamespace AND tgname IN ('note_change', 'replace_initial')
	LOOP
		EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.relation, t.name);
	END LOOP;
END
$$;

-- section dumped

SELECT pg_catalog.pg_extension_config_dump('gqle.metadata_version', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.sources', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.tables', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.relationships', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.remote_relationships', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.computed_fields', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.permissions', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.event_triggers', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.functions', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.function_permissions', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.logical_models', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.logical_model_permissions', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.native_queries', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.inherited_roles', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.remote_schemas', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.remote_schema_permissions', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.remote_schema_relationships', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.actions', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.action_permissions', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.cron_triggers', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.query_collections', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.allowlist', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.rest_endpoints', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.settings', '');

