-- import_from_hasura: the metadata, the state of the command line and the event
-- triggers of a Hasura engine that kept them in this database.
\a
\t
SET client_min_messages = error;
SELECT current_database() AS home \gset
SELECT gqle.import_from_hasura();

CREATE DATABASE gqle_hasura;
\c gqle_hasura
SET client_min_messages = error;
\set ECHO none
\i test/fixtures/hasura_catalog.sql
\i test/fixtures/everything.sql
\set document `tr -d '\n' < test/fixtures/everything.json`
\set ECHO all
-- Hasura's event trigger
CREATE FUNCTION hdb_catalog."notify_hasura_customer_changed_INSERT"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM hdb_catalog.insert_event_log(TG_TABLE_SCHEMA, TG_TABLE_NAME, 'customer_changed', TG_OP,
		json_build_object('old', NULL, 'new', row_to_json(NEW)));
	RETURN NULL;
END $$;
CREATE TRIGGER "notify_hasura_customer_changed_INSERT" AFTER INSERT ON customer
	FOR EACH ROW EXECUTE FUNCTION hdb_catalog."notify_hasura_customer_changed_INSERT"();
INSERT INTO customer (first_name, last_name) VALUES ('A', 'B');
UPDATE hdb_catalog.hdb_version SET
	cli_state = '{"settings": {"migration_mode": "true"}, "migrations": {"default": {"1600000000001": false}}, "isStateCopyCompleted": true}',
	console_state = '{"console_notifications": {"admin": {"read": [], "date": null}}}';
CREATE EXTENSION gqle;

-- mistakes
SELECT gqle.import_from_hasura();
INSERT INTO hdb_catalog.hdb_metadata VALUES (1, '{"version": 4, "sources": []}', 7);
SELECT gqle.import_from_hasura();
UPDATE hdb_catalog.hdb_metadata SET metadata = '{"version": 3, "sources": [{"name": "default", "kind": "postgres", "tables": [{"table": "nothing"}],
	"configuration": {"connection_info": {"database_url": {"from_env": "X"}}}}]}';
SELECT gqle.import_from_hasura();
SELECT json_array_length(gqle.export_metadata()->'sources'->0->'tables');
SELECT gqle.import_from_hasura(true)->'is_consistent';

-- the metadata as Hasura stores them
UPDATE hdb_catalog.hdb_metadata SET metadata = :'document';
SELECT gqle.import_from_hasura();
SELECT gqle.export_metadata()::text = :'document' AS "same metadata";
SELECT gqle.metadata('{"type": "get_catalog_state", "args": {}}')::jsonb - 'id';

-- one event for one row, in the queue that is ours
INSERT INTO customer (first_name, last_name) VALUES ('C', 'D');
SELECT (SELECT count(*) FROM hdb_catalog.event_log) AS hasura, (SELECT count(*) FROM gqle.event_log) AS gqle;
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'customer'::regclass AND NOT tgisinternal ORDER BY 1;

-- documents of older versions
SELECT gqle.metadata('{"type": "clear_metadata", "args": {}}');
UPDATE hdb_catalog.hdb_metadata SET metadata = '{"version": 2, "tables": [{"table": {"schema": "public", "name": "customer"}}]}';
SELECT gqle.import_from_hasura();
SELECT gqle.export_metadata()->'sources'->0->'tables';

-- a catalog of Hasura v1 has its metadata in tables
DROP TABLE hdb_catalog.hdb_metadata;
CREATE TABLE hdb_catalog.hdb_table (table_schema name, table_name name);
SELECT gqle.import_from_hasura();

\c :home
DROP DATABASE gqle_hasura;
