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

