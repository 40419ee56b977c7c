-- Tracking tables: what is accepted, what is refused and with which answer.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args text, path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.tables() RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(t::text, E'\n') FROM json_array_elements(gqle.export_metadata()->'sources'->0->'tables') AS t $$;

CREATE TABLE author (id serial PRIMARY KEY, name text, age int);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author, title text);
CREATE TABLE color (value text PRIMARY KEY, comment text);
CREATE SCHEMA other;
CREATE TABLE other."Odd ""name" (id int);
CREATE FUNCTION author_fn() RETURNS SETOF author LANGUAGE sql STABLE AS 'SELECT * FROM author';

-- forms of the name
SELECT pg_temp.m('pg_track_table', '{"table": "author"}');
SELECT pg_temp.m('postgres_track_table', '{"source": "default", "table": {"name": "Odd \"name", "schema": "other"}}');
SELECT pg_temp.m('track_table', '"article"', '/v1/query');
SELECT pg_temp.m('add_existing_table_or_view', '{"name": "color", "schema": "public"}', '/v1/query');
SELECT pg_temp.tables();

-- what is wrong
SELECT pg_temp.m('pg_track_table', '{"table": "author"}');
SELECT pg_temp.m('pg_track_table', '{"table": "nothing"}');
SELECT pg_temp.m('pg_track_table', '{"table": "author", "source": "elsewhere"}');
SELECT pg_temp.m('pg_track_table', '{"table": 1}');
SELECT pg_temp.m('pg_track_table', '{"table": {"schema": "public"}}');
SELECT pg_temp.m('pg_track_table', '{"table": {"name": 1}}');
SELECT pg_temp.m('pg_track_table', '{}');
SELECT pg_temp.m('pg_track_table', '[]');
SELECT pg_temp.m('pg_track_table', '{"table": "author", "is_enum": "yes"}');
SELECT pg_temp.m('pg_untrack_table', '{"table": "nothing"}');
SELECT pg_temp.m('track_table', '{"table": "author"}');
SELECT pg_temp.m('mssql_track_table', '{"table": "author"}');
SELECT pg_temp.m('pg_trackle', '{"table": "author"}');
SELECT pg_temp.m('pg_track_table', '{"table": "author"}', '/v1/query');
SELECT pg_temp.m('track_table', '{"name": ""}', '/v1/query');

-- several at once
SELECT pg_temp.m('pg_untrack_tables', '{"tables": [{"table": "author"}, {"table": "nothing"}]}');
SELECT pg_temp.m('pg_track_tables', '{"tables": [{"table": "author"}, {"table": "nothing"}, {"table": "article"}]}');
SELECT pg_temp.m('pg_untrack_table', '{"table": "author"}');
SELECT pg_temp.m('pg_track_tables', '{"tables": [{"table": "author"}, {"table": "nothing"}], "allow_warnings": false}');
SELECT pg_temp.m('pg_track_tables', '{"tables": [{"table": "article"}, {"table": "nothing"}]}');
SELECT pg_temp.m('pg_track_tables', '{"tables": [{"table": "author"}, {"table": {"name": "author"}}]}');
SELECT pg_temp.m('pg_track_tables', '{"tables": [{"table": "author"}]}');

-- customization
SELECT pg_temp.m('pg_set_table_customization', '{"table": "author", "configuration": {"custom_name": "Writer", "comment": null,
	"custom_root_fields": {"select": "writers", "select_by_pk": {"name": "writer", "comment": "one"}, "insert": {"comment": ""}},
	"column_config": {"name": {"custom_name": "fullName"}, "id": {}}, "custom_column_names": {"age": "years"}}}');
SELECT pg_temp.tables();
SELECT pg_temp.m('pg_set_table_customization', '{"table": "author", "configuration": {"custom_root_fields": {"select": "a", "insert": "a"}}}');
SELECT pg_temp.m('pg_set_table_customization', '{"table": "author", "configuration": {"custom_root_fields": {"select": "not a name"}}}');
SELECT pg_temp.m('pg_set_table_customization', '{"table": "author", "configuration": {"custom_root_fields": {"select_by_pk": "article"}}}');
SELECT pg_temp.m('pg_set_table_customization', '{"table": "author", "configuration": {"custom_name": "article"}}');
SELECT pg_temp.m('pg_set_table_customization', '{"table": "author", "configuration": {"column_config": {"name": {"custom_name": "id"}}}}');
SELECT pg_temp.m('pg_set_table_customization', '{"table": "nothing", "configuration": {}}');
SELECT pg_temp.m('pg_set_table_customization', '{"table": "author", "configuration": {}}');
SELECT pg_temp.tables();

-- enum tables
SELECT pg_temp.m('pg_set_table_is_enum', '{"table": "color", "is_enum": true}');
INSERT INTO color VALUES ('red', 'warm'), ('blue', NULL);
SELECT pg_temp.m('pg_set_table_is_enum', '{"table": "color", "is_enum": true}');
SELECT pg_temp.m('pg_set_table_is_enum', '{"table": "article", "is_enum": true}');
SELECT pg_temp.m('pg_set_apollo_federation_config', '{"table": "author", "apollo_federation_config": {"enable": "v1"}}');
SELECT pg_temp.m('pg_set_apollo_federation_config', '{"table": "author", "apollo_federation_config": {"enable": "v9"}}');
SELECT pg_temp.tables();
SELECT pg_temp.m('pg_set_apollo_federation_config', '{"table": "author"}');

-- functions share the names
SELECT pg_temp.m('pg_track_function', '{"function": "author_fn"}');
CREATE TABLE author_fn (id int);
SELECT pg_temp.m('pg_track_table', '{"table": "author_fn"}');

-- types, too: a table's with what another one's is called after, with a scalar's,
-- with one that is always there
CREATE TABLE author_bool_exp (id int PRIMARY KEY);
CREATE TABLE article_max (id int PRIMARY KEY, n int);
CREATE TABLE author_local (id int PRIMARY KEY);
CREATE TYPE mood AS ENUM ('ok');
CREATE TABLE moody (id int PRIMARY KEY, m mood);
SELECT pg_temp.m('pg_track_table', '{"table": "author_bool_exp"}');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "articles", "using": {"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}}');
SELECT pg_temp.m('pg_track_table', '{"table": "article_max"}');
SELECT pg_temp.m('pg_track_table', '{"table": "author_local"}');
SELECT pg_temp.m('pg_track_table', '{"table": "moody"}');
SELECT pg_temp.m('pg_set_table_customization', '{"table": "author_local", "configuration": {"custom_name": "mood"}}');
SELECT pg_temp.m('pg_set_table_customization', '{"table": "author_local", "configuration": {"custom_name": "order_by"}}');
SELECT pg_temp.m('pg_set_table_customization', '{"table": "author_local", "configuration": {"custom_name": "moods"}}');
-- where nobody asked, whoever reads the schema is told
ALTER TYPE mood RENAME TO moods;
SELECT graphql.execute('{}', '{ __schema { queryType { name } } }');
SELECT graphql.execute('{}', '{ moody { id } }');
SELECT pg_temp.m('pg_untrack_table', '{"table": "author_local"}');
DROP TABLE author_bool_exp, article_max, author_local, moody;
DROP TYPE moods;

-- only for admin
SELECT status, answer FROM gqle_internal.call_api('/v1/metadata', '{"type": "pg_untrack_table", "args": {"table": "author"}}', '{"x-hasura-role": "user"}');

SELECT gqle.clear_metadata();
DROP TABLE article, author, color, author_fn CASCADE;
DROP SCHEMA other CASCADE;
