-- A catalog that takes names over from the one before it is the same as one that a new
-- process makes: two hundred random changes, some of them undone.
\a
\t
SET client_min_messages = warning;
CREATE EXTENSION dblink;

CREATE FUNCTION seen() RETURNS text LANGUAGE sql AS $$
	SELECT graphql.execute('{}', '{ __schema {
		queryType { fields { name description } } mutationType { fields { name } } } }')::text ||
		gqle_internal.catalog_problems() ||
		coalesce(string_agg(gqle_internal.catalog_dump('public', 't' || i)::text, ','), '')
	FROM generate_series(1, 9) AS i
$$;

CREATE FUNCTION elsewhere(statement text) RETURNS text LANGUAGE sql AS $$
	SELECT answer FROM dblink(format('dbname=%s host=%s port=%s', current_database(),
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')),
		statement) AS (answer text)
$$;

CREATE FUNCTION random_name() RETURNS text LANGUAGE sql AS $$ SELECT 't' || 1 + floor(random() * 9)::int $$;

-- One change; errors undo it, as does a draw.
CREATE PROCEDURE change(OUT done text) LANGUAGE plpgsql AS $$
DECLARE
	name text := random_name();
	other text := random_name();
BEGIN
	done := (ARRAY[
		'CREATE TABLE %1$s (id integer PRIMARY KEY, %2$s text)',
		'CREATE VIEW %1$s AS SELECT 1 AS id',
		'DROP TABLE %1$s CASCADE',
		'ALTER TABLE %1$s RENAME TO %2$s',
		'ALTER TABLE %1$s ADD COLUMN %2$s text',
		'INSERT INTO gqle.tables (source, schema_name, table_name) VALUES (''default'', ''public'', ''%1$s'')',
		'INSERT INTO gqle.tables (source, schema_name, table_name) SELECT ''default'', ''public'', ''t'' || i FROM generate_series(1, 9) AS i ON CONFLICT DO NOTHING',
		'INSERT INTO gqle.tables (source, schema_name, table_name) SELECT ''default'', ''other'', ''t'' || i FROM generate_series(1, 400) AS i ON CONFLICT DO NOTHING',
		'DELETE FROM gqle.tables WHERE table_name = ''%1$s''',
		'DELETE FROM gqle.tables WHERE random() < 0.5',
		'UPDATE gqle.tables SET configuration = json_build_object(''custom_name'', ''%2$s'') WHERE table_name = ''%1$s''',
		'UPDATE gqle.tables SET configuration = ''{"column_config": {"%2$s": {"custom_name": "x"}}}'' WHERE table_name = ''%1$s''',
		'UPDATE gqle.tables SET is_enum = NOT is_enum WHERE table_name = ''%1$s''',
		'UPDATE gqle.tables SET configuration = NULL',
		'UPDATE gqle.sources SET customization = json_build_object(''root_fields'', json_build_object(''prefix'', ''%1$s''))',
		'UPDATE gqle.sources SET customization = ''{}''',
		'ALTER SCHEMA public RENAME TO away; CREATE SCHEMA public',
		CASE WHEN random() < 0.2 THEN 'TRUNCATE gqle.tables' ELSE 'SELECT' END
	])[1 + floor(random() * 18)::int];
	done := format(done, name, other);
	EXECUTE done;
	PERFORM seen();
	IF random() < 0.25 THEN
		RAISE EXCEPTION 'undone';
	ELSIF done LIKE 'ALTER SCHEMA%' THEN
		DROP SCHEMA public;
		ALTER SCHEMA away RENAME TO public;
	END IF;
EXCEPTION WHEN OTHERS THEN
	done := done || ': ' || SQLERRM;
END $$;

-- tables: how many consistent ones were there after all changes together
CREATE PROCEDURE change_and_compare(n integer, INOUT tables integer) LANGUAGE plpgsql AS $$
DECLARE
	done text;
	here text;
	there text;
BEGIN
	FOR i IN 1..n LOOP
		CALL change(done);
		COMMIT;
		-- places of rows that are gone are used again
		IF i % 10 = 0 THEN
			PERFORM elsewhere('VACUUM gqle.tables');
		ELSIF i % 25 = 0 THEN
			PERFORM elsewhere('VACUUM FULL gqle.tables');
		END IF;
		here := seen();
		there := elsewhere('SELECT seen()');
		IF here IS DISTINCT FROM there THEN
			RAISE EXCEPTION E'differs after %: %\nhere: %\nin a new process: %', i, done, here, there;
		END IF;
		tables := tables + (SELECT count(gqle_internal.catalog_dump('public', 't' || j))
							FROM generate_series(1, 9) AS j);
	END LOOP;
END $$;

SELECT setseed(0.25);
CALL change_and_compare(200, 0) \gset
SELECT :tables > 100;
UPDATE gqle.sources SET customization = '{}';
TRUNCATE gqle.tables;

-- a row in the place of one that is gone
DROP TABLE IF EXISTS first, second;
CREATE TABLE first (id integer);
CREATE TABLE second (id integer);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'first');
SELECT gqle_internal.catalog_dump('public', 'first') IS NOT NULL;
DELETE FROM gqle.tables;
VACUUM gqle.tables;
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'second');
SELECT ctid FROM gqle.tables;
SELECT gqle_internal.catalog_dump('public', 'first') IS NULL;
SELECT gqle_internal.catalog_dump('public', 'second') IS NOT NULL;
DELETE FROM gqle.tables;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO public;
