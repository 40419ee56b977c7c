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

-- section explain_relay
CREATE FUNCTION graphql.explain_relay(
    session jsonb,
    query text,
    variables jsonb DEFAULT '{}',
    operation_name text DEFAULT NULL,
    format text DEFAULT 'sql')
RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_explain_relay';

COMMENT ON FUNCTION graphql.explain_relay(jsonb, text, jsonb, text, text) IS
'As graphql.explain, on the Relay schema';

-- section stat_operations

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
    OUT last_used timestamptz,
    OUT rows bigint,
    OUT latency_histogram bigint[])
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_stat_operations';

COMMENT ON FUNCTION gqle_internal.stat_operations() IS
'rows of the view gqle.stat_operations';

CREATE VIEW gqle.stat_operations AS
    SELECT * FROM gqle_internal.stat_operations();

COMMENT ON VIEW gqle.stat_operations IS
'GraphQL operations of this database run by any process since the server started: how often, how long (ms), how many bytes answered, how many inline in server workers; cost is the planner''s estimate for the statements of a query; rows those of its root fields; latency_histogram counts those that took up to 1, 3, 10, 30, 100, 300 and 1000 ms, and longer';
