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

