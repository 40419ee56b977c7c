
-- Looking into transforms of webhooks

CREATE FUNCTION gqle_internal.transformed_response(
    transform json,
    request_context json,
    session_variables json,
    status integer,
    body text)
RETURNS text
LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'gqle_sql_transformed_response';

COMMENT ON FUNCTION gqle_internal.transformed_response(json, json, json, integer, text) IS
'What a response transform makes of a webhook''s answer; or the errors, in brackets';
