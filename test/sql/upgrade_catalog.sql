-- An extension that was upgraded is one that was created anew: each object, down
-- to comments and privileges.  What differs is missing from, or too much in, the
-- newest file of sql/updates.
\a
\t
SET client_min_messages = error;
\set ECHO none
\i test/fixtures/extension_members.sql
\set ECHO all
SELECT count(*) > 500 AS "what is compared" FROM members;
SELECT string_agg(line, E'\001' ORDER BY line COLLATE "C") AS fresh FROM members \gset
SELECT current_database() AS home \gset

CREATE DATABASE gqle_upgrade;
\c gqle_upgrade
SET client_min_messages = error;
CREATE EXTENSION gqle VERSION '0.1.0';
CREATE TABLE author (id integer PRIMARY KEY, name text);
INSERT INTO author VALUES (1, 'Ann');
-- what 0.1.0 wrote
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'author');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition)
	VALUES ('default', 'public', 'author', 'user', 'select', '{"columns": ["id"], "filter": {}}');

-- the library of another version does nothing with that, and says what to do
SELECT graphql.execute('{"x-hasura-role": "user"}', '{ author { id } }');
SELECT gqle.track_table('author');
SELECT gqle.export_metadata();

ALTER EXTENSION gqle UPDATE;
\set ECHO none
\i test/fixtures/extension_members.sql
\set ECHO all
SELECT 'missing after the upgrade' AS what, line
FROM unnest(string_to_array(:'fresh', E'\001')) AS line WHERE line NOT IN (SELECT line FROM members)
UNION ALL
SELECT 'too much after the upgrade', line
FROM members WHERE line <> ALL (string_to_array(:'fresh', E'\001'))
ORDER BY what, line;

-- and what it held is there
SELECT gqle.export_metadata();
SELECT graphql.execute('{"x-hasura-role": "user"}', '{ author { id } }');
DROP EXTENSION gqle;

\c :home
DROP DATABASE gqle_upgrade;
