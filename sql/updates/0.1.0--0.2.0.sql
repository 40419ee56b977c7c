-- complain if the script is sourced in psql instead of by ALTER EXTENSION
\echo Use "ALTER EXTENSION gqle UPDATE TO '0.2.0'" to load this file. \quit

-- From version 0.1.0 to the one under development.  "-- include FILE" stands for a
-- part of sql/parts that is new as a whole, or can be run again; "-- include FILE
-- SECTION" for what follows its line "-- section SECTION", up to the next such line.

-- Triggers take the place of foreign keys.
ALTER TABLE gqle.action_permissions DROP CONSTRAINT action_permissions_action_fkey;
ALTER TABLE gqle.computed_fields DROP CONSTRAINT computed_fields_source_schema_name_table_name_fkey;
ALTER TABLE gqle.event_triggers DROP CONSTRAINT event_triggers_source_schema_name_table_name_fkey;
ALTER TABLE gqle.function_permissions DROP CONSTRAINT function_permissions_source_schema_name_function_name_fkey;
ALTER TABLE gqle.functions DROP CONSTRAINT functions_source_fkey;
ALTER TABLE gqle.logical_model_permissions DROP CONSTRAINT logical_model_permissions_source_name_fkey;
ALTER TABLE gqle.logical_models DROP CONSTRAINT logical_models_source_fkey;
ALTER TABLE gqle.native_queries DROP CONSTRAINT native_queries_source_fkey;
ALTER TABLE gqle.permissions DROP CONSTRAINT permissions_source_schema_name_table_name_fkey;
ALTER TABLE gqle.relationships DROP CONSTRAINT relationships_source_schema_name_table_name_fkey;
ALTER TABLE gqle.remote_relationships DROP CONSTRAINT remote_relationships_source_schema_name_table_name_fkey;
ALTER TABLE gqle.remote_schema_permissions DROP CONSTRAINT remote_schema_permissions_remote_schema_fkey;
ALTER TABLE gqle.remote_schema_relationships DROP CONSTRAINT remote_schema_relationships_remote_schema_fkey;
ALTER TABLE gqle.tables DROP CONSTRAINT tables_source_fkey;
-- include 10_metadata.sql owners

ALTER TABLE gqle.action_permissions ADD COLUMN position integer NOT NULL DEFAULT 0;
ALTER TABLE gqle.function_permissions ADD COLUMN position integer NOT NULL DEFAULT 0;
ALTER TABLE gqle.remote_schema_permissions ADD COLUMN position integer NOT NULL DEFAULT 0;
ALTER TABLE gqle.remote_schema_relationships ADD COLUMN position integer NOT NULL DEFAULT 0;

-- include 10_metadata.sql always

-- include 15_remote.sql

-- include 20_events.sql

DROP VIEW gqle.stat_operations;
DROP FUNCTION gqle_internal.stat_operations();
-- include 30_api.sql explain_relay
-- include 30_api.sql stat_operations

-- include 39_transform.sql
-- include 41_metadata_comments.sql
-- include 45_not_yet_active.sql
-- include 90_grants.sql
