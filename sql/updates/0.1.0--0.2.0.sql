-- complain if the script is sourced in psql instead of by ALTER EXTENSION
\echo Use "ALTER EXTENSION gqle UPDATE TO '0.2.0'" to load this file. \quit

-- From version 0.1.0 to the one under development.  "-- include FILE" stands for a
-- part of sql/parts that is new as a whole, or can be run again; "-- include FILE
-- SECTION" for what follows its line "-- section SECTION", up to the next such line.

-- include 20_events.sql

DROP VIEW gqle.stat_operations;
DROP FUNCTION gqle_internal.stat_operations();
-- include 30_api.sql stat_operations

-- include 45_not_yet_active.sql
-- include 90_grants.sql
