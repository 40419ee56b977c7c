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

