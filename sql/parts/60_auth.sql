
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
