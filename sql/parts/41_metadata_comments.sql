-- 41_metadata_comments.sql: more metadata commands for SQL: comments, and how
-- functions and the source are named.

CREATE FUNCTION gqle.set_relationship_comment(table_name text, name text, comment text, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_set_relationship_comment', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'relationship', name,
		'comment', comment))))
$$;
COMMENT ON FUNCTION gqle.set_relationship_comment(text, text, text, text) IS
'Replace the comment of a relationship; NULL removes it';

CREATE FUNCTION gqle.set_permission_comment(table_name text, role text, operation text, comment text, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_set_permission_comment', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'table', gqle_internal.qualified_name(table_name),
		'role', role,
		'permission', operation,
		'comment', comment))))
$$;
COMMENT ON FUNCTION gqle.set_permission_comment(text, text, text, text, text) IS
'Replace the comment of a role''s insert, select, update or delete permission; NULL removes it';

CREATE FUNCTION gqle.set_function_customization(function_name text, configuration jsonb, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_set_function_customization', 'args',
	jsonb_strip_nulls(jsonb_build_object(
		'source', source,
		'function', gqle_internal.qualified_name(function_name))) ||
	jsonb_build_object('configuration', configuration)))
$$;
COMMENT ON FUNCTION gqle.set_function_customization(text, jsonb, text) IS
'Replace the configuration of a tracked function: custom names and what it is exposed as';

CREATE FUNCTION gqle.set_source_customization(customization jsonb, source text DEFAULT 'default')
RETURNS json
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle.metadata(jsonb_build_object('type', 'pg_update_source', 'args',
	jsonb_build_object('name', source, 'customization', customization)))
$$;
COMMENT ON FUNCTION gqle.set_source_customization(jsonb, text) IS
'Replace how everything of a source is named: naming_convention, root_fields, type_names';
