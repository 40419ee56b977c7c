
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
