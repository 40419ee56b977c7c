-- run_sql: form of the answer, and the metadata following the schema.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.s(sql text, options jsonb DEFAULT '{}', path text DEFAULT '/v2/query') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path,
		jsonb_build_object('type', 'run_sql', 'args', options || jsonb_build_object('sql', sql))::text) $$;
CREATE FUNCTION pg_temp.tables() RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(t::text, E'\n') FROM json_array_elements(gqle.export_metadata()->'sources'->0->'tables') AS t $$;

-- answers
SELECT pg_temp.s('SELECT 1 AS a, NULL AS b, true AS c, ''{1,2}''::int[] AS "D d"');
SELECT pg_temp.s('SELECT 1; SELECT 2 AS x');
SELECT pg_temp.s('SELECT 1 AS x WHERE false');
SELECT pg_temp.s('CREATE TABLE t (id int)');
SELECT pg_temp.s('INSERT INTO t VALUES (1), (2)');
SELECT pg_temp.s('INSERT INTO t VALUES (3) RETURNING id');
SELECT pg_temp.s('BEGIN; DELETE FROM t; COMMIT;');
SELECT pg_temp.s('');

-- a dump of pg_dump's or the hasura command line's, with commands of psql
SELECT pg_temp.s(E'\n\\restrict hasura\nSELECT ''a\n\\unrestrict other'' AS a;\n\\unrestrict hasura\n');
SELECT pg_temp.s(E'SELECT 1;\n\\restrict hasura');

SELECT pg_temp.s('SHOW search_path');
SELECT pg_temp.s('SELECT current_setting(''hasura.user'')');

-- mistakes undo everything
SELECT pg_temp.s('INSERT INTO t VALUES (1); SELEC 1');
SELECT pg_temp.s('INSERT INTO t VALUES (1); SELECT 1/0');
SELECT pg_temp.s('INSERT INTO t VALUES (1); SELECT * FROM nothing', '{}', '/v1/query');
SELECT pg_temp.s('SAVEPOINT a');
SELECT pg_temp.s('INSERT INTO t VALUES (1)', '{"read_only": true}');
SELECT pg_temp.s('VACUUM t');
SELECT count(*) FROM t;
SELECT pg_temp.s('SELECT 1', '{"source": "elsewhere"}');
SELECT status, answer FROM gqle_internal.call_api('/v2/query', '{"type": "run_sql", "args": {"sql": 1}}');
SELECT status, answer FROM gqle_internal.call_api('/v1/query', '{"type": "run_sql", "args": {"sql": 1}}');
SELECT status, answer FROM gqle_internal.call_api('/v1/query', '{"type": "run_sql", "args": {"sql": "SELECT 1"}}', '{"x-hasura-role": "user"}');

-- settings end with the text
SELECT pg_temp.s('SET application_name = ''mine''; SELECT current_setting(''application_name'')');
SELECT current_setting('application_name') <> 'mine';

-- what follows renames
CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author, title text, flag boolean);
SELECT gqle.track_schema('public', true);
SELECT gqle.set_table_customization('article', '{"column_config": {"title": {"custom_name": "heading"}}}');
SELECT gqle.create_select_permission('article', 'user', '{"columns": ["id", "title"], "filter": {"author": {"name": {"_eq": "X-Hasura-User"}}, "_exists": {"_table": "author", "_where": {"id": 1}}}}');
SELECT gqle.create_insert_permission('article', 'user', '{"columns": ["id"], "check": {"title": {"_ceq": "title"}}, "set": {"flag": true}}');
SELECT pg_temp.s('ALTER TABLE author RENAME TO writer; ALTER TABLE writer RENAME name TO full_name; ALTER TABLE article RENAME title TO headline; ALTER TABLE article RENAME author_id TO writer_id');
SELECT pg_temp.tables();
SELECT * FROM gqle.inconsistent_metadata();
SELECT pg_temp.s('CREATE SCHEMA s; ALTER TABLE writer SET SCHEMA s');
SELECT pg_temp.tables();
SELECT pg_temp.s('ALTER TABLE s.writer RENAME full_name TO articles');
SELECT pg_temp.s('ALTER TABLE s.writer SET SCHEMA public; ALTER TABLE writer RENAME TO author; ALTER TABLE author RENAME full_name TO name');
-- swap
SELECT pg_temp.s('ALTER TABLE article RENAME TO x; ALTER TABLE author RENAME TO article; ALTER TABLE x RENAME TO author');
SELECT pg_temp.tables();
SELECT pg_temp.s('ALTER TABLE article RENAME TO x; ALTER TABLE author RENAME TO article; ALTER TABLE x RENAME TO author');

-- types with literal values in permissions, and drops
SELECT pg_temp.s('ALTER TABLE article ALTER flag TYPE text');
SELECT pg_temp.s('ALTER TABLE author ALTER name TYPE varchar(10)');
SELECT pg_temp.s('ALTER TABLE article DROP headline');
SELECT pg_temp.s('ALTER TABLE article DROP CONSTRAINT article_author_id_fkey');
SELECT pg_temp.s('DROP TABLE author CASCADE');
SELECT pg_temp.s('DROP TABLE author CASCADE', '{"check_metadata_consistency": false}');
SELECT type, name FROM gqle.inconsistent_metadata();
CREATE TABLE author (id int PRIMARY KEY, name text);
ALTER TABLE article ADD FOREIGN KEY (writer_id) REFERENCES author;
SELECT type, name FROM gqle.inconsistent_metadata();
SELECT pg_temp.s('ALTER TABLE article DROP headline', '{"cascade": true}');
SELECT pg_temp.tables();
SELECT pg_temp.s('DROP TABLE author CASCADE', '{"cascade": true}');
SELECT pg_temp.tables();

-- functions
CREATE FUNCTION label(article) RETURNS text LANGUAGE sql STABLE AS 'SELECT 1::text';
CREATE FUNCTION all_articles() RETURNS SETOF article LANGUAGE sql STABLE AS 'SELECT * FROM article';
SELECT gqle.add_computed_field('article', 'label', 'label');
SELECT gqle.track_function('all_articles');
SELECT pg_temp.s('CREATE FUNCTION all_articles(int) RETURNS SETOF article LANGUAGE sql STABLE AS ''SELECT * FROM article''');
SELECT pg_temp.s('ALTER FUNCTION label VOLATILE');
SELECT pg_temp.s('ALTER FUNCTION all_articles() VOLATILE');
SELECT pg_temp.s('DROP FUNCTION label');
SELECT pg_temp.s('DROP FUNCTION label', '{"cascade": true}');
SELECT pg_temp.s('DROP FUNCTION all_articles()');
SELECT gqle.export_metadata()->'sources'->0->'functions';

SELECT pg_temp.s('COPY article TO STDOUT');

-- several at once
SELECT status, answer FROM gqle_internal.call_api('/v2/query', '{"type": "bulk", "args": [{"type": "run_sql", "args": {"sql": "CREATE TABLE u (id int)"}}, {"type": "run_sql", "args": {"sql": "SELECT count(*) FROM u"}}]}');
SELECT status, answer FROM gqle_internal.call_api('/v2/query', '{"type": "bulk", "args": [{"type": "run_sql", "args": {"sql": "DROP TABLE u"}}, {"type": "run_sql", "args": {"sql": "SELECT count(*) FROM u"}}]}');
SELECT status, answer FROM gqle_internal.call_api('/v2/query', '{"type": "concurrent_bulk", "args": [{"type": "run_sql", "args": {"sql": "SELECT 1"}}, {"type": "run_sql", "args": {"sql": "SELECT 2"}}]}');
SELECT status, answer FROM gqle_internal.call_api('/v2/query', '{"type": "concurrent_bulk", "args": [{"type": "run_sql", "args": {"sql": "DROP TABLE u"}}]}');

SELECT gqle.clear_metadata();
DROP TABLE t, u, article CASCADE;
DROP SCHEMA s;
