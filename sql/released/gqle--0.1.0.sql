-- complain if the script is sourced in psql instead of by CREATE EXTENSION
\echo Use "CREATE EXTENSION gqle" to load this file. \quit

-- graphql: what applications call.  gqle: what administrators call, and the
-- metadata.  gqle_internal: what only the engine calls.  Whoever may call the
-- doors chooses the session, so nobody gets in unless granted.
CREATE SCHEMA graphql;
REVOKE ALL ON SCHEMA graphql FROM PUBLIC;
COMMENT ON SCHEMA graphql IS 'gqle: functions that applications call';

CREATE SCHEMA gqle;
REVOKE ALL ON SCHEMA gqle FROM PUBLIC;
COMMENT ON SCHEMA gqle IS 'gqle: metadata and functions that administrators call';

CREATE SCHEMA gqle_internal;
REVOKE ALL ON SCHEMA gqle_internal FROM PUBLIC;
COMMENT ON SCHEMA gqle_internal IS 'gqle: functions that only the engine calls';

-- 10_metadata.sql: the metadata.
--
-- One row per object of the metadata document (version 3), keyed by the names
-- that the document uses: text, not OIDs, so that metadata survives dump and
-- restore and may name what does not exist yet.  What belongs to the engine's
-- own vocabulary is a column; what has an open shape (rules, definitions,
-- configurations) is json, not jsonb, so that the order of keys survives.
--
-- An object that lives inside another refers to it with ON DELETE CASCADE and
-- ON UPDATE CASCADE.  A mere mention by name (an allow list names a collection,
-- a relationship names a table) is not a reference: it may dangle, and is then
-- reported as inconsistent.
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
-- replace_initial).  Exports sort by name, so no position is kept.

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
	source text COLLATE "C" NOT NULL REFERENCES gqle.sources ON DELETE CASCADE ON UPDATE CASCADE,
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
	PRIMARY KEY (source, schema_name, table_name, kind, name),
	FOREIGN KEY (source, schema_name, table_name) REFERENCES gqle.tables ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE gqle.relationships IS 'object and array relationships of tables';

CREATE TABLE gqle.remote_relationships (
	source text COLLATE "C" NOT NULL,
	schema_name text COLLATE "C" NOT NULL,
	table_name text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL CHECK (name <> ''),
	definition json NOT NULL,
	PRIMARY KEY (source, schema_name, table_name, name),
	FOREIGN KEY (source, schema_name, table_name) REFERENCES gqle.tables ON DELETE CASCADE ON UPDATE CASCADE
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
	PRIMARY KEY (source, schema_name, table_name, name),
	FOREIGN KEY (source, schema_name, table_name) REFERENCES gqle.tables ON DELETE CASCADE ON UPDATE CASCADE
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
	PRIMARY KEY (source, schema_name, table_name, role, operation),
	FOREIGN KEY (source, schema_name, table_name) REFERENCES gqle.tables ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE gqle.permissions IS 'what roles may do with tables; definition is the "permission" of the metadata';

CREATE TABLE gqle.event_triggers (
	source text COLLATE "C" NOT NULL,
	schema_name text COLLATE "C" NOT NULL,
	table_name text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL CHECK (name <> ''),
	definition json NOT NULL,
	PRIMARY KEY (source, name),
	FOREIGN KEY (source, schema_name, table_name) REFERENCES gqle.tables ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE gqle.event_triggers IS 'triggers of tables that call a webhook; definition is the whole metadata object';

CREATE TABLE gqle.functions (
	source text COLLATE "C" NOT NULL REFERENCES gqle.sources ON DELETE CASCADE ON UPDATE CASCADE,
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
	PRIMARY KEY (source, schema_name, function_name, role),
	FOREIGN KEY (source, schema_name, function_name) REFERENCES gqle.functions ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE gqle.function_permissions IS 'roles that may call a tracked function';

CREATE TABLE gqle.logical_models (
	source text COLLATE "C" NOT NULL REFERENCES gqle.sources ON DELETE CASCADE ON UPDATE CASCADE,
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
	PRIMARY KEY (source, name, role),
	FOREIGN KEY (source, name) REFERENCES gqle.logical_models ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE gqle.logical_model_permissions IS 'select permissions of logical models';

CREATE TABLE gqle.native_queries (
	source text COLLATE "C" NOT NULL REFERENCES gqle.sources ON DELETE CASCADE ON UPDATE CASCADE,
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
	remote_schema text COLLATE "C" NOT NULL REFERENCES gqle.remote_schemas ON DELETE CASCADE ON UPDATE CASCADE,
	role text COLLATE "C" NOT NULL CHECK (role <> ''),
	definition json NOT NULL,
	comment text,
	PRIMARY KEY (remote_schema, role)
);
COMMENT ON TABLE gqle.remote_schema_permissions IS 'the part of a remote schema that a role sees';

CREATE TABLE gqle.remote_schema_relationships (
	remote_schema text COLLATE "C" NOT NULL REFERENCES gqle.remote_schemas ON DELETE CASCADE ON UPDATE CASCADE,
	type_name text COLLATE "C" NOT NULL CHECK (type_name <> ''),
	name text COLLATE "C" NOT NULL CHECK (name <> ''),
	definition json NOT NULL,
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
	action text COLLATE "C" NOT NULL REFERENCES gqle.actions ON DELETE CASCADE ON UPDATE CASCADE,
	role text COLLATE "C" NOT NULL CHECK (role <> ''),
	comment text,
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

/*
 * What applications call, and the functions the engine's own statements use.
 */

-- JSON from rows; templates are described in include/gqle/plan/plan.h

CREATE FUNCTION gqle_internal.json_row(template text, VARIADIC "any")
RETURNS json
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'gqle_sql_json_row';

COMMENT ON FUNCTION gqle_internal.json_row(text, "any") IS
'JSON object made by putting the values into the template''s places $1, $2, ...; null for a null template';

CREATE FUNCTION gqle_internal.json_list_step(internal, text, VARIADIC "any")
RETURNS internal
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'gqle_sql_json_list_step';

COMMENT ON FUNCTION gqle_internal.json_list_step(internal, text, "any") IS
'transition function of gqle_internal.json_list';

CREATE FUNCTION gqle_internal.json_list_final(internal)
RETURNS json
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'gqle_sql_json_list_final';

COMMENT ON FUNCTION gqle_internal.json_list_final(internal) IS
'final function of gqle_internal.json_list';

CREATE AGGREGATE gqle_internal.json_list(text, VARIADIC "any") (
    SFUNC = gqle_internal.json_list_step,
    STYPE = internal,
    FINALFUNC = gqle_internal.json_list_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = SAFE
);

COMMENT ON AGGREGATE gqle_internal.json_list(text, "any") IS
'JSON array of the template filled with each row''s values, in input order; [] for no rows';

-- Requests

CREATE FUNCTION graphql.execute(
    session jsonb,
    query text,
    variables jsonb DEFAULT '{}',
    operation_name text DEFAULT NULL)
RETURNS json
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_execute';

COMMENT ON FUNCTION graphql.execute(jsonb, text, jsonb, text) IS
'Run a GraphQL operation as the session says ({"x-hasura-role": ..., "x-hasura-user-id": ...}; no role means admin) and return {"data": ...} or {"errors": [...]}; a failed operation is rolled back, the caller''s transaction goes on';

CREATE FUNCTION gqle.allow_execute(role regrole)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_allow_execute';

COMMENT ON FUNCTION gqle.allow_execute(regrole) IS
'Let a PostgreSQL role call graphql.execute with any session it likes; its privileges on tables still apply';

CREATE FUNCTION graphql.execute_relay(
    session jsonb,
    query text,
    variables jsonb DEFAULT '{}',
    operation_name text DEFAULT NULL)
RETURNS json
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_execute_relay';

COMMENT ON FUNCTION graphql.execute_relay(jsonb, text, jsonb, text) IS
'As graphql.execute, on the Relay schema: node, connections and cursors';

CREATE FUNCTION graphql.explain(
    session jsonb,
    query text,
    variables jsonb DEFAULT '{}',
    operation_name text DEFAULT NULL,
    format text DEFAULT 'sql')
RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_explain';

COMMENT ON FUNCTION graphql.explain(jsonb, text, jsonb, text, text) IS
'How a GraphQL query would run: format ''sql'' gives the SQL of each root field, ''plan'' adds PostgreSQL''s plan, ''analyze'' runs it and adds actual times; the client''s mistakes are raised as errors';

CREATE FUNCTION graphql.explain_permission(
    role text,
    tab regclass,
    operation text)
RETURNS text
LANGUAGE c STABLE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_explain_permission';

COMMENT ON FUNCTION graphql.explain_permission(text, regclass, text) IS
'What a role may do with a tracked table, as SQL: the columns and rows of a permission (select, insert, update or delete), those of inherited roles combined; null if there is none';

CREATE FUNCTION gqle_internal.stat_operations(
    OUT role text,
    OUT operation_name text,
    OUT query text,
    OUT calls bigint,
    OUT errors bigint,
    OUT inline_calls bigint,
    OUT bytes bigint,
    OUT total_ms double precision,
    OUT mean_ms double precision,
    OUT max_ms double precision,
    OUT cost double precision,
    OUT last_used timestamptz)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_stat_operations';

COMMENT ON FUNCTION gqle_internal.stat_operations() IS
'rows of the view gqle.stat_operations';

CREATE VIEW gqle.stat_operations AS
    SELECT * FROM gqle_internal.stat_operations();

COMMENT ON VIEW gqle.stat_operations IS
'GraphQL operations of this database run by any process since the server started: how often, how long (ms), how many bytes answered, how many inline in server workers; cost is the planner''s estimate for the statements of a query';

-- The GraphQL schema as text

CREATE FUNCTION graphql.sdl(
    role text DEFAULT 'admin',
    backend_only boolean DEFAULT false)
RETURNS text
LANGUAGE c STABLE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_sdl';

COMMENT ON FUNCTION graphql.sdl(text, boolean) IS
'The GraphQL schema of a role in the schema definition language, sorted by name; with backend_only as a backend with that permission sees it';

CREATE FUNCTION gqle_internal.schema_type(
    role text,
    type_name text,
    backend_only boolean DEFAULT false)
RETURNS text
LANGUAGE c STABLE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_schema_type';

COMMENT ON FUNCTION gqle_internal.schema_type(text, text, boolean) IS
'One type of a role''s GraphQL schema in the schema definition language; null if the role has no such type';
-- Looking into the catalog of the calling process

CREATE FUNCTION gqle_internal.catalog_dump(schema_name text, table_name text)
RETURNS json
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_catalog_dump';

COMMENT ON FUNCTION gqle_internal.catalog_dump(text, text) IS
'What the engine knows of a tracked table, its names and its permissions; null if it is not served';

CREATE FUNCTION gqle_internal.catalog_problems()
RETURNS json
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_catalog_problems';

COMMENT ON FUNCTION gqle_internal.catalog_problems() IS
'Inconsistent objects of the metadata, in the order in which they were found';

CREATE FUNCTION gqle_internal.catalog_generation()
RETURNS bigint
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_catalog_generation';

COMMENT ON FUNCTION gqle_internal.catalog_generation() IS
'Number of the catalog that a request would use now; moves when it is made anew';


-- Looking into validation

CREATE FUNCTION gqle_internal.validated_operation(
    session json,
    query text,
    variables json DEFAULT NULL,
    operation_name text DEFAULT NULL)
RETURNS text
LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_validated_operation';

COMMENT ON FUNCTION gqle_internal.validated_operation(json, text, json, text) IS
'What validation makes of a request: its fields, their arguments and the values bound for it; or the error';

CREATE FUNCTION gqle_internal.shares_operation(
    session json,
    query text,
    variables json,
    others json)
RETURNS boolean
LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_shares_operation';

COMMENT ON FUNCTION gqle_internal.shares_operation(json, text, json, json) IS
'Whether a request with other variables runs the operation compiled for the first';
-- 40_metadata_api.sql: metadata commands for SQL.
--
-- gqle.metadata runs any command of the metadata API; the functions after it are
-- the everyday ones with arguments of their own.  All are part of the caller's
-- transaction.  Names of tables and functions are written as in SQL.

CREATE FUNCTION gqle.metadata(request jsonb)
RETURNS json
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_metadata';
COMMENT ON FUNCTION gqle.metadata(jsonb) IS
'Run a command of the metadata API: {"type": ..., "args": ...}; an error of the API is raised with SQLSTATE QL001';

CREATE FUNCTION gqle.track_schema(
	schema_name text,
	relationships boolean DEFAULT true,
	source text DEFAULT 'default')
RETURNS json
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_track_schema';
COMMENT ON FUNCTION gqle.track_schema(text, boolean, text) IS
'Serve all tables and views of a schema over GraphQL, with relationships for their foreign keys';

CREATE FUNCTION gqle.import_from_hasura(allow_inconsistent boolean DEFAULT false)
RETURNS json
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_import_from_hasura';
COMMENT ON FUNCTION gqle.import_from_hasura(boolean) IS
'Replace all metadata by those that a Hasura engine keeps in this database';

CREATE FUNCTION gqle_internal.call_api(
	path text,
	body text,
	session jsonb DEFAULT '{}',
	OUT status int,
	OUT answer json)
RETURNS record
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_call_api';
COMMENT ON FUNCTION gqle_internal.call_api(text, text, jsonb) IS
'what POST to /v1/metadata, /v1/query or /v2/query answers, within the caller''s transaction';

CREATE FUNCTION gqle_internal.qualified_name(name text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE WHEN cardinality(p) = 1 THEN jsonb_build_object('schema', 'public', 'name', p[1])
	ELSE jsonb_build_object('schema', p[1], 'name', p[2]) END
FROM parse_ident(name) AS p
$$;
COMMENT ON FUNCTION gqle_internal.qualified_name(text) IS
'name of a table or function as the metadata have it; public is the default schema';

CREATE FUNCTION gqle.track_table(table_name text, is_enum boolean DEFAULT false, configuration jsonb DEFAULT '{}', source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_track_table', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'is_enum', is_enum)) ||
	jsonb_build_object('configuration', configuration)))
$$;
COMMENT ON FUNCTION gqle.track_table(text, boolean, jsonb, text) IS
'Serve a table or view over GraphQL; the name may be qualified and is quoted as in SQL';

CREATE FUNCTION gqle.untrack_table(table_name text, cascade boolean DEFAULT false, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_untrack_table', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'cascade', cascade))))
$$;
COMMENT ON FUNCTION gqle.untrack_table(text, boolean, text) IS
'Stop serving a table; with cascade together with what depends on it';

CREATE FUNCTION gqle.set_table_is_enum(table_name text, is_enum boolean, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_set_table_is_enum', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'is_enum', is_enum))))
$$;
COMMENT ON FUNCTION gqle.set_table_is_enum(text, boolean, text) IS
'Say whether the rows of a table are the values of an enum';

CREATE FUNCTION gqle.set_table_customization(table_name text, configuration jsonb, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_set_table_customization', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name))) ||
	jsonb_build_object('configuration', configuration)))
$$;
COMMENT ON FUNCTION gqle.set_table_customization(text, jsonb, text) IS
'Replace the configuration of a table: custom names and comments';

CREATE FUNCTION gqle.create_object_relationship(table_name text, name text, using_definition jsonb, comment text DEFAULT NULL, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_create_object_relationship', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'name', name,
		'using', using_definition,
		'comment', comment))))
$$;
COMMENT ON FUNCTION gqle.create_object_relationship(text, text, jsonb, text, text) IS
'Create an object relationship; using_definition is {"foreign_key_constraint_on": ...} or {"manual_configuration": ...}';

CREATE FUNCTION gqle.create_array_relationship(table_name text, name text, using_definition jsonb, comment text DEFAULT NULL, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_create_array_relationship', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'name', name,
		'using', using_definition,
		'comment', comment))))
$$;
COMMENT ON FUNCTION gqle.create_array_relationship(text, text, jsonb, text, text) IS
'Create an array relationship; using_definition is {"foreign_key_constraint_on": ...} or {"manual_configuration": ...}';

CREATE FUNCTION gqle.drop_relationship(table_name text, name text, cascade boolean DEFAULT false, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_drop_relationship', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'relationship', name,
		'cascade', cascade))))
$$;
COMMENT ON FUNCTION gqle.drop_relationship(text, text, boolean, text) IS
'Drop a relationship; with cascade together with the permissions that use it';

CREATE FUNCTION gqle.rename_relationship(table_name text, name text, new_name text, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_rename_relationship', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'name', name,
		'new_name', new_name))))
$$;
COMMENT ON FUNCTION gqle.rename_relationship(text, text, text, text) IS
'Rename a relationship and what mentions it';

CREATE FUNCTION gqle.create_insert_permission(table_name text, role text, permission jsonb, comment text DEFAULT NULL, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_create_insert_permission', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'role', role,
		'comment', comment)) ||
	jsonb_build_object('permission', permission)))
$$;
COMMENT ON FUNCTION gqle.create_insert_permission(text, text, jsonb, text, text) IS
'Let a role insert rows of a table; permission is {"check": ..., "columns": ..., "set": ...}';

CREATE FUNCTION gqle.drop_insert_permission(table_name text, role text, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_drop_insert_permission', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'role', role))))
$$;
COMMENT ON FUNCTION gqle.drop_insert_permission(text, text, text) IS
'Take the insert permission of a role on a table back';

CREATE FUNCTION gqle.create_select_permission(table_name text, role text, permission jsonb, comment text DEFAULT NULL, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_create_select_permission', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'role', role,
		'comment', comment)) ||
	jsonb_build_object('permission', permission)))
$$;
COMMENT ON FUNCTION gqle.create_select_permission(text, text, jsonb, text, text) IS
'Let a role select rows of a table; permission is {"columns": ..., "filter": ..., "limit": ...}';

CREATE FUNCTION gqle.drop_select_permission(table_name text, role text, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_drop_select_permission', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'role', role))))
$$;
COMMENT ON FUNCTION gqle.drop_select_permission(text, text, text) IS
'Take the select permission of a role on a table back';

CREATE FUNCTION gqle.create_update_permission(table_name text, role text, permission jsonb, comment text DEFAULT NULL, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_create_update_permission', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'role', role,
		'comment', comment)) ||
	jsonb_build_object('permission', permission)))
$$;
COMMENT ON FUNCTION gqle.create_update_permission(text, text, jsonb, text, text) IS
'Let a role update rows of a table; permission is {"columns": ..., "filter": ..., "check": ..., "set": ...}';

CREATE FUNCTION gqle.drop_update_permission(table_name text, role text, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_drop_update_permission', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'role', role))))
$$;
COMMENT ON FUNCTION gqle.drop_update_permission(text, text, text) IS
'Take the update permission of a role on a table back';

CREATE FUNCTION gqle.create_delete_permission(table_name text, role text, permission jsonb, comment text DEFAULT NULL, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_create_delete_permission', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'role', role,
		'comment', comment)) ||
	jsonb_build_object('permission', permission)))
$$;
COMMENT ON FUNCTION gqle.create_delete_permission(text, text, jsonb, text, text) IS
'Let a role delete rows of a table; permission is {"filter": ...}';

CREATE FUNCTION gqle.drop_delete_permission(table_name text, role text, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_drop_delete_permission', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'role', role))))
$$;
COMMENT ON FUNCTION gqle.drop_delete_permission(text, text, text) IS
'Take the delete permission of a role on a table back';

CREATE FUNCTION gqle.track_function(function_name text, configuration jsonb DEFAULT '{}', source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_track_function', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'function', gqle_internal.qualified_name(function_name))) ||
	jsonb_build_object('configuration', configuration)))
$$;
COMMENT ON FUNCTION gqle.track_function(text, jsonb, text) IS
'Serve a function over GraphQL';

CREATE FUNCTION gqle.untrack_function(function_name text, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_untrack_function', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'function', gqle_internal.qualified_name(function_name)))))
$$;
COMMENT ON FUNCTION gqle.untrack_function(text, text) IS
'Stop serving a function';

CREATE FUNCTION gqle.create_function_permission(function_name text, role text, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_create_function_permission', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'function', gqle_internal.qualified_name(function_name),
		'role', role))))
$$;
COMMENT ON FUNCTION gqle.create_function_permission(text, text, text) IS
'Let a role call a tracked function';

CREATE FUNCTION gqle.drop_function_permission(function_name text, role text, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_drop_function_permission', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'function', gqle_internal.qualified_name(function_name),
		'role', role))))
$$;
COMMENT ON FUNCTION gqle.drop_function_permission(text, text, text) IS
'Take the permission to call a tracked function back';

CREATE FUNCTION gqle.add_computed_field(table_name text, name text, function_name text, table_argument text DEFAULT NULL, session_argument text DEFAULT NULL, comment text DEFAULT NULL, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_add_computed_field', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'name', name,
		'definition', jsonb_build_object(
			'function', gqle_internal.qualified_name(function_name),
			'table_argument', table_argument,
			'session_argument', session_argument),
		'comment', comment))))
$$;
COMMENT ON FUNCTION gqle.add_computed_field(text, text, text, text, text, text, text) IS
'Add a field to a table that calls a function with the row';

CREATE FUNCTION gqle.drop_computed_field(table_name text, name text, cascade boolean DEFAULT false, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_drop_computed_field', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'name', name,
		'cascade', cascade))))
$$;
COMMENT ON FUNCTION gqle.drop_computed_field(text, text, boolean, text) IS
'Drop a computed field';

CREATE FUNCTION gqle.add_inherited_role(role_name text, VARIADIC role_set text[])
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'add_inherited_role', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'role_name', role_name,
		'role_set', to_jsonb(role_set)))))
$$;
COMMENT ON FUNCTION gqle.add_inherited_role(text, text[]) IS
'Add a role that combines the permissions of others, or replace its set';

CREATE FUNCTION gqle.drop_inherited_role(role_name text)
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'drop_inherited_role', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'role_name', role_name))))
$$;
COMMENT ON FUNCTION gqle.drop_inherited_role(text) IS
'Drop an inherited role';

CREATE FUNCTION gqle.export_metadata()
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata('{"type": "export_metadata", "args": {}}')
$$;
COMMENT ON FUNCTION gqle.export_metadata() IS
'All metadata as one document, as Hasura exports it';

CREATE FUNCTION gqle.replace_metadata(metadata jsonb, allow_inconsistent boolean DEFAULT false)
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'replace_metadata', 'version', 2, 'args',
	jsonb_build_object('metadata', metadata, 'allow_inconsistent_metadata', allow_inconsistent)))
$$;
COMMENT ON FUNCTION gqle.replace_metadata(jsonb, boolean) IS
'Replace all metadata by a document';

CREATE FUNCTION gqle.clear_metadata()
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata('{"type": "clear_metadata", "args": {}}')
$$;
COMMENT ON FUNCTION gqle.clear_metadata() IS
'Remove all metadata; the default source stays, empty';

CREATE FUNCTION gqle.reload_metadata()
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata('{"type": "reload_metadata", "args": {}}')
$$;
COMMENT ON FUNCTION gqle.reload_metadata() IS
'Make every process read metadata and catalog anew; not needed after DDL';

CREATE FUNCTION gqle.drop_inconsistent_metadata()
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata('{"type": "drop_inconsistent_metadata", "args": {}}')
$$;
COMMENT ON FUNCTION gqle.drop_inconsistent_metadata() IS
'Remove from the metadata what cannot be served';

CREATE FUNCTION gqle.inconsistent_metadata(OUT type text, OUT name text, OUT reason text, OUT definition json)
RETURNS SETOF record
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT o->>'type', o->>'name', o->>'reason', o->'definition'
FROM json_array_elements(gqle.metadata('{"type": "get_inconsistent_metadata", "args": {}}')
	->'inconsistent_objects') AS o
$$;
COMMENT ON FUNCTION gqle.inconsistent_metadata() IS
'Objects of the metadata that cannot be served, and why';

-- What is stored but has no effect in this version.
CREATE VIEW gqle.not_yet_active AS
SELECT 'event_trigger' AS type, source || '.' || name AS name, 'events are not captured yet' AS reason
FROM gqle.event_triggers
UNION ALL SELECT 'cron_trigger', name, 'schedules are not run yet' FROM gqle.cron_triggers
UNION ALL SELECT 'action', name, 'actions are not served yet' FROM gqle.actions
UNION ALL SELECT 'remote_schema', name, 'remote schemas are not served yet' FROM gqle.remote_schemas
UNION ALL SELECT 'remote_relationship', source || '.' || schema_name || '.' || table_name || '.' || name,
	'remote relationships are not served yet' FROM gqle.remote_relationships
UNION ALL SELECT 'native_query', source || '.' || root_field_name, 'native queries are not served yet'
FROM gqle.native_queries
UNION ALL SELECT 'query_tags', name, 'statements are not tagged yet' FROM gqle.sources WHERE query_tags IS NOT NULL
UNION ALL SELECT 'health_check', name, 'sources are not checked yet' FROM gqle.sources WHERE health_check IS NOT NULL
UNION ALL SELECT key, key, 'not used yet' FROM gqle.settings
WHERE key IN ('backend_configs', 'metrics_config', 'network', 'opentelemetry');
COMMENT ON VIEW gqle.not_yet_active IS 'metadata that are stored, exported and imported, but have no effect in this version';
/*
 * What the worker processes do.
 */

CREATE FUNCTION gqle_internal.stat_workers(
    OUT kind text,
    OUT number integer,
    OUT database_oid oid,
    OUT pid integer,
    OUT state text,
    OUT started_at timestamptz,
    OUT port integer,
    OUT connections bigint,
    OUT accepted bigint,
    OUT requests bigint,
    OUT inline_calls bigint,
    OUT lane_calls bigint,
    OUT overran bigint,
    OUT cancelled bigint,
    OUT busy bigint,
    OUT bad_requests bigint,
    OUT timeouts bigint,
    OUT bytes_in bigint,
    OUT bytes_out bigint)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'gqle_sql_stat_workers';

COMMENT ON FUNCTION gqle_internal.stat_workers() IS
'rows of the view gqle.stat_workers';

REVOKE ALL ON FUNCTION gqle_internal.stat_workers() FROM PUBLIC;

CREATE VIEW gqle.stat_workers AS
    SELECT w.kind, w.number, d.datname AS database, w.pid, w.state,
           w.started_at, w.port, w.connections, w.accepted, w.requests,
           w.inline_calls, w.lane_calls, w.overran, w.cancelled, w.busy,
           w.bad_requests, w.timeouts, w.bytes_in, w.bytes_out
    FROM gqle_internal.stat_workers() AS w
    LEFT JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) w.database_oid;

COMMENT ON VIEW gqle.stat_workers IS
'gqle''s worker processes in this cluster. Counters are since the worker''s start: connections open now and accepted, requests answered; calls run inline and in the lane (for an executor: run by it), inline calls that overran their budget, calls cancelled because the client left, connections and calls refused for want of room, malformed requests, connections closed by a deadline, bytes of request and answer bodies';


-- Looking into authentication

CREATE FUNCTION graphql.verify_jwt(
    token text,
    config jsonb DEFAULT NULL,
    keys jsonb DEFAULT NULL)
RETURNS jsonb
LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_verify_jwt';

COMMENT ON FUNCTION graphql.verify_jwt(text, jsonb, jsonb) IS
'What a JSON Web Token is worth by a configuration (the server''s own, or one like HASURA_GRAPHQL_JWT_SECRET), with a key set in place of its jwk_url; for superusers';
/*
 * Whoever may call these functions chooses the session, and whoever may write
 * the metadata decides who sees what: nothing is granted to everybody.
 */
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA graphql, gqle, gqle_internal FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA gqle, gqle_internal FROM PUBLIC;
