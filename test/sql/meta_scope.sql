-- What run_sql and untracking look at: whatever refers to what changes, near or far,
-- whether the SQL names it or not.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.s(sql text, cascade boolean DEFAULT false) RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api('/v2/query', json_build_object('type', 'run_sql', 'args', json_build_object('sql', sql, 'cascade', cascade))::text) $$;
-- the same, in words that nobody can guess
CREATE FUNCTION pg_temp.hidden(sql text, cascade boolean DEFAULT false) RETURNS text LANGUAGE sql AS
	$$ SELECT pg_temp.s(format('DO %L /* alter */', format('BEGIN PERFORM nextval(''public.runs''); EXECUTE convert_from(decode(%L, ''base64''), ''UTF8''); END', encode(convert_to(sql, 'UTF8'), 'base64'))), cascade) $$;
CREATE FUNCTION pg_temp.m(type text, args text) RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api('/v1/metadata', format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.permissions() RETURNS SETOF text LANGUAGE sql AS
	$$ SELECT concat_ws(' ', table_name, role, definition) FROM gqle.permissions ORDER BY 1 $$;

CREATE SEQUENCE runs;
CREATE TABLE city (id int PRIMARY KEY, name text, size int);
CREATE TABLE author (id int PRIMARY KEY, name text, city_id int REFERENCES city);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author, title text);
CREATE TABLE note (id int PRIMARY KEY, article_id int REFERENCES article);
CREATE TABLE apart (id int PRIMARY KEY, name text);
CREATE VIEW big_city AS SELECT * FROM city WHERE size > 5;
CREATE FUNCTION cities(author) RETURNS SETOF city LANGUAGE sql STABLE AS 'SELECT * FROM city';
CREATE FUNCTION loud(city) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.name)';
SELECT gqle.track_schema('public');
SELECT gqle.add_computed_field('author', 'cities', 'cities');
SELECT gqle.add_computed_field('city', 'loud', 'loud');
CREATE FUNCTION pg_temp.permit() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
PERFORM gqle.create_select_permission('note', 'far', '{"columns": ["id"], "filter": {"article": {"author": {"city": {"size": {"_gt": 5}}}}}}');
PERFORM gqle.create_select_permission('apart', 'aside', '{"columns": ["id"], "filter": {"_exists": {"_table": "city", "_where": {"size": {"_gt": "X-Hasura-Size"}}}}}');
PERFORM gqle.create_select_permission('author', 'computed', '{"columns": ["id"], "filter": {"cities": {"size": {"_gt": 5}}}}');
PERFORM gqle.create_select_permission('city', 'own', '{"columns": ["id", "size"], "filter": {}, "computed_fields": ["loud"]}');
PERFORM gqle.create_select_permission('apart', 'other', '{"columns": ["id"], "filter": {"name": {"_eq": "size"}}}');
END $$;
SELECT pg_temp.permit();

-- a column that others get at: named, then hidden
SELECT pg_temp.s('ALTER TABLE city DROP size CASCADE');
SELECT pg_temp.hidden('ALTER TABLE city DROP size CASCADE');
SELECT pg_temp.s('ALTER TABLE city ALTER size TYPE text');
SELECT pg_temp.hidden('DROP VIEW big_city; ALTER TABLE city ALTER size TYPE text');
SELECT pg_temp.s('ALTER TABLE city RENAME size TO extent');
SELECT pg_temp.permissions();
SELECT pg_temp.hidden('ALTER TABLE city RENAME extent TO size; ALTER TABLE city RENAME TO town');
SELECT pg_temp.permissions();
SELECT pg_temp.s('ALTER TABLE town RENAME TO city');
SELECT * FROM gqle.inconsistent_metadata();

-- what is dropped with others: foreign keys, views, functions, schemas
SELECT pg_temp.s('DROP TABLE city CASCADE');
SELECT pg_temp.hidden('DROP TABLE city CASCADE');
SELECT pg_temp.hidden('DROP FUNCTION loud');
SELECT pg_temp.s('ALTER FUNCTION loud VOLATILE');
SELECT pg_temp.hidden('ALTER FUNCTION loud VOLATILE');
SELECT pg_temp.s('ALTER TABLE author DROP CONSTRAINT author_city_id_fkey');
CREATE SCHEMA s;
CREATE TABLE s.street (id int PRIMARY KEY, city_id int REFERENCES city);
SELECT gqle.track_schema('s');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "city", "name": "streets", "using": {"foreign_key_constraint_on": {"table": {"schema": "s", "name": "street"}, "column": "city_id"}}}');
SELECT gqle.create_select_permission('city', 'street', '{"columns": ["id"], "filter": {"streets": {"id": {"_gt": 1}}}}');
SELECT pg_temp.s('DROP SCHEMA s CASCADE');
SELECT pg_temp.s('DROP SCHEMA s CASCADE', true);
SELECT pg_temp.permissions();
SELECT table_name FROM gqle.tables ORDER BY 1;

-- a sequence shows what was run twice: only what was hidden
SELECT nextval('runs');

-- a primary key that a permission needs
SELECT gqle.create_select_permission('apart', 'keyed', '{"columns": ["id"], "filter": {}, "query_root_fields": ["select_by_pk"]}');
SELECT pg_temp.s('ALTER TABLE apart DROP CONSTRAINT apart_pkey');
SELECT pg_temp.hidden('ALTER TABLE apart DROP CONSTRAINT apart_pkey');

-- a table that comes back with less than its permissions want
DROP TABLE apart;
SELECT type, name FROM gqle.inconsistent_metadata();
SELECT pg_temp.s('CREATE TABLE apart (id int PRIMARY KEY) /* alter */');
SELECT pg_temp.hidden('CREATE TABLE apart (id int PRIMARY KEY)');
SELECT pg_temp.s('CREATE TABLE apart (id int PRIMARY KEY, name text) /* alter */');
SELECT * FROM gqle.inconsistent_metadata();

-- renaming and untracking
SELECT pg_temp.m('pg_rename_relationship', '{"table": "author", "name": "city", "new_name": "home"}');
SELECT pg_temp.permissions();
SELECT pg_temp.m('pg_untrack_table', '{"table": "city"}');
SELECT pg_temp.m('pg_untrack_tables', '{"tables": [{"table": "city"}, {"table": "big_city"}]}');
SELECT pg_temp.m('pg_untrack_table', '{"table": "city", "cascade": true}');
SELECT pg_temp.permissions();
SELECT name FROM gqle.relationships ORDER BY 1;
SELECT name FROM gqle.computed_fields;
SELECT * FROM gqle.inconsistent_metadata();

-- names that JSON writes in several ways
CREATE TABLE "an ""odd"" näme" (id int PRIMARY KEY, "c""d" int);
CREATE TABLE odd_ref (id int PRIMARY KEY, o int REFERENCES "an ""odd"" näme");
SELECT pg_temp.m('pg_track_table', '{"table": "an \"odd\" näme", "configuration": {"custom_name": "odd", "column_config": {"c\"d": {"custom_name": "cd"}}}}');
SELECT pg_temp.m('pg_track_table', '{"table": "odd_ref"}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "odd_ref", "name": "odd", "using": {"manual_configuration": {"remote_table": "an \"odd\" näme", "column_mapping": {"o": "id"}}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "odd_ref", "role": "r", "permission": {"columns": ["id"], "filter": {"odd": {"c\"d": {"_gt": 1}}}}}');
SELECT pg_temp.s('ALTER TABLE "an ""odd"" näme" DROP "c""d"');
SELECT pg_temp.s('ALTER TABLE U&"an ""odd"" n\00e4me" DROP "c""d"');
SELECT pg_temp.s('ALTER TABLE "an ""odd"" näme" RENAME TO even');
SELECT definition FROM gqle.permissions WHERE table_name = 'odd_ref';
SELECT using_definition FROM gqle.relationships WHERE table_name = 'odd_ref';
SELECT pg_temp.m('pg_untrack_table', '{"table": "even"}');

SELECT gqle.clear_metadata();
DROP VIEW IF EXISTS big_city;
DROP TABLE note, article, author, city, apart, odd_ref, even CASCADE;
DROP SEQUENCE runs;
DROP FUNCTION IF EXISTS cities;
