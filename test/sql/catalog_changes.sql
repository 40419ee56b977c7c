-- When the catalog is made anew: after changes of metadata and of what it names,
-- also inside a transaction, and not otherwise.
\a
\t
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.since() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	generation bigint := gqle_internal.catalog_generation();
	before bigint := coalesce(current_setting('my.generation', true), '0')::bigint;
BEGIN
	PERFORM set_config('my.generation', generation::text, false);
	RETURN CASE WHEN generation = before THEN 'same' ELSE 'new' END;
END $$;
CREATE FUNCTION pg_temp.has(name text) RETURNS boolean LANGUAGE sql AS
	$$ SELECT gqle_internal.catalog_dump('public', name) IS NOT NULL $$;

CREATE TABLE a (id int PRIMARY KEY, x text);
CREATE TABLE b (id int PRIMARY KEY, x text);
CREATE FUNCTION twice(a a) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a.id || '' $$;
CREATE TYPE fruit AS ENUM ('apple');
ALTER TABLE a ADD y fruit;
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'a'), ('default', 'public', 'b'), ('default', 'public', 'c');
INSERT INTO gqle.computed_fields (source, schema_name, table_name, name, definition) VALUES ('default', 'public', 'a', 'twice', '{"function": "twice"}');
SELECT pg_temp.has('a'), pg_temp.has('c');
SELECT pg_temp.since();
SELECT pg_temp.since();

-- what does not matter
INSERT INTO a SELECT i, NULL FROM generate_series(1, 100) AS i;
ANALYZE a;
VACUUM a;
CREATE INDEX ON a (x);
CREATE TABLE other (id int);
CREATE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE other_type AS ENUM ('x');
ALTER TABLE b ADD z int;	-- nobody has looked at b
SELECT pg_temp.since();

-- columns, keys, names
ALTER TABLE a ADD z int; SELECT pg_temp.since(), pg_temp.has('a');
ALTER TABLE a RENAME z TO zz; SELECT pg_temp.since(), pg_temp.has('a');
ALTER TABLE a DROP x, ADD x text; SELECT pg_temp.since(), pg_temp.has('a');
BEGIN; ALTER TABLE a ALTER x SET DEFAULT 1; ROLLBACK; SELECT pg_temp.since();
ALTER TABLE a DROP zz; SELECT pg_temp.since(), pg_temp.has('a');
CREATE UNIQUE INDEX a_x ON a (x); SELECT pg_temp.since(), pg_temp.has('a');
ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b NOT VALID; SELECT pg_temp.since(), pg_temp.has('a');
ALTER TABLE a RENAME TO a2; SELECT pg_temp.since(), pg_temp.has('a'), pg_temp.has('a2');
ALTER TABLE a2 RENAME TO a; SELECT pg_temp.since(), pg_temp.has('a');
ALTER SCHEMA public RENAME TO private; SELECT pg_temp.since(); SELECT pg_temp.has('a');
ALTER SCHEMA private RENAME TO public; SELECT pg_temp.since(), pg_temp.has('a');
-- a tracked table that was missing
CREATE TABLE c (id int); SELECT pg_temp.since(), pg_temp.has('c');
DROP TABLE c; SELECT pg_temp.since(), pg_temp.has('c');
CREATE VIEW c AS SELECT 1 AS id; SELECT pg_temp.since(), pg_temp.has('c');
DROP VIEW c; SELECT pg_temp.since(), pg_temp.has('c');
-- functions and types
SELECT pg_temp.has('a');
CREATE OR REPLACE FUNCTION twice(a a) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT a.id || '!' $$;
SELECT pg_temp.since(), pg_temp.has('a');
SELECT gqle_internal.catalog_dump('public', 'a')::json -> 'computed_fields';
CREATE OR REPLACE FUNCTION twice(a a) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a.id || '!' $$;
SELECT gqle_internal.catalog_dump('public', 'a')::json -> 'computed_fields';
SELECT pg_temp.since();
ALTER TYPE fruit RENAME TO berry;
SELECT pg_temp.since();
SELECT gqle_internal.catalog_dump('public', 'a')::json -> 'columns' -> 2 ->> 'scalar';

-- metadata, in transactions
BEGIN;
DELETE FROM gqle.tables WHERE table_name = 'a';
SELECT pg_temp.since(), pg_temp.has('a');
ROLLBACK;
SELECT pg_temp.since(), pg_temp.has('a');
BEGIN;
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'other');
SELECT pg_temp.since(), pg_temp.has('other');
SAVEPOINT s;
DELETE FROM gqle.tables WHERE table_name = 'other';
SELECT pg_temp.since(), pg_temp.has('other');
ROLLBACK TO s;
SELECT pg_temp.since(), pg_temp.has('other');
-- twice without a look in between
DELETE FROM gqle.tables WHERE table_name = 'other';
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'other');
COMMIT;
SELECT pg_temp.since(), pg_temp.has('other');
SELECT pg_temp.since();
-- DDL, in a transaction
SELECT pg_temp.has('a');
BEGIN;
ALTER TABLE a ADD q int;
SELECT pg_temp.since(), pg_temp.has('a');
ROLLBACK;
SELECT pg_temp.since(), pg_temp.has('a');
-- a statement for each of many changes moves the counter once
SELECT change AS before FROM gqle.metadata_version \gset
BEGIN;
DELETE FROM gqle.tables WHERE table_name = 'other';
DELETE FROM gqle.tables WHERE table_name = 'c';
UPDATE gqle.tables SET is_enum = is_enum;
COMMIT;
SELECT change - :before FROM gqle.metadata_version;
SELECT pg_temp.since();
-- TRUNCATE counts, too
TRUNCATE gqle.tables CASCADE;
SELECT pg_temp.since(), pg_temp.has('a');

-- an error leaves no pin behind
DO $$ BEGIN PERFORM gqle_internal.catalog_dump('public', NULL), 1 / 0; EXCEPTION WHEN division_by_zero THEN END $$;
SELECT pg_temp.since();

DROP TABLE a, b, other CASCADE;
DROP FUNCTION other;
DROP TYPE berry, other_type;
