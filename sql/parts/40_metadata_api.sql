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
