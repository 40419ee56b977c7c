
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
