-- Inconsistent objects: each kind with its reason.
\a
\t
SET client_min_messages = warning;
CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author, editor_id int REFERENCES author, title text);
CREATE TABLE untracked (id int PRIMARY KEY, author_id int REFERENCES author);
ALTER TABLE article ADD untracked_id int REFERENCES untracked;
CREATE TABLE twice (id int PRIMARY KEY, a int REFERENCES author, FOREIGN KEY (a) REFERENCES article (id));
CREATE TABLE e1 (value text);
CREATE TABLE e2 (a text, b text, c text, PRIMARY KEY (a, b));
CREATE TABLE e3 (id int PRIMARY KEY, comment int);
CREATE TABLE e4 (value text PRIMARY KEY);
CREATE TABLE e5 (value text PRIMARY KEY, comment text);
CREATE TABLE e6 (value text PRIMARY KEY);
INSERT INTO e5 VALUES ('ok', NULL), ('not ok', NULL);
INSERT INTO e6 VALUES ('true'), ('1a'), ('b c');
INSERT INTO gqle.tables (source, schema_name, table_name, is_enum, configuration) VALUES
	('default', 'public', 'article', false, NULL), ('default', 'public', 'twice', false, NULL),
	('default', 'public', 'author', false, '{"column_config": {"name": {"custom_name": "full_name"}}}'),
	('default', 'no', 'such_table', false, NULL),
	('default', 'public', 'e1', true, NULL), ('default', 'public', 'e2', true, NULL),
	('default', 'public', 'e3', true, NULL), ('default', 'public', 'e4', true, NULL),
	('default', 'public', 'e5', true, NULL), ('default', 'public', 'e6', true, NULL);
SELECT string_agg(p::text, E'\n') FROM json_array_elements(gqle_internal.catalog_problems()) AS p;
DELETE FROM gqle.tables WHERE is_enum OR schema_name = 'no';

-- configuration
CREATE TABLE conf1 (a int, b int);
CREATE TABLE conf2 (a int, b int);
CREATE TABLE conf3 (a int, b int);
INSERT INTO gqle.tables (source, schema_name, table_name, configuration) VALUES
	('default', 'public', 'conf1', '{"column_config": {"c": {"custom_name": "x"}}}'),
	('default', 'public', 'conf2', '{"column_config": {"a": {"custom_name": "b"}}}'),
	('default', 'public', 'conf3', '{"custom_column_names": {"a": "x", "b": "x"}}');
SELECT string_agg(p::text, E'\n') FROM json_array_elements(gqle_internal.catalog_problems()) AS p;
DELETE FROM gqle.tables WHERE table_name LIKE 'conf%';

-- relationships
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'article', 'object', 'a', '{"foreign_key_constraint_on": "title"}'),
	('default', 'public', 'article', 'object', 'b', '{"foreign_key_constraint_on": "nope"}'),
	('default', 'public', 'article', 'object', 'c', '{"foreign_key_constraint_on": "untracked_id"}'),
	('default', 'public', 'article', 'object', 'd', '{"foreign_key_constraint_on": {"table": "nope", "column": "id"}}'),
	('default', 'public', 'article', 'object', 'e', '{"manual_configuration": {"remote_table": "author", "column_mapping": {"nope": "id"}}}'),
	('default', 'public', 'article', 'object', 'f', '{"manual_configuration": {"remote_table": "author", "column_mapping": {"id": "nope"}}}'),
	('default', 'public', 'article', 'object', 'g', '{}'),
	('default', 'public', 'article', 'object', 'h', '{"foreign_key_constraint_on": "author_id", "manual_configuration": {}}'),
	('default', 'public', 'article', 'object', 'title', '{"foreign_key_constraint_on": "author_id"}'),
	('default', 'public', 'author', 'array', 'full_name', '{"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}'),
	('default', 'public', 'author', 'array', 'i', '{"foreign_key_constraint_on": "author_id"}'),
	('default', 'public', 'author', 'array', 'j', '{"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}'),
	('default', 'public', 'author', 'object', 'j', '{"foreign_key_constraint_on": {"table": "article", "column": "editor_id"}}'),
	('default', 'public', 'twice', 'object', 'k', '{"foreign_key_constraint_on": "a"}');
SELECT string_agg(p::text, E'\n') FROM json_array_elements(gqle_internal.catalog_problems()) AS p;
DELETE FROM gqle.relationships;

-- computed fields
CREATE FUNCTION f_volatile(author author) RETURNS text LANGUAGE sql AS $$ SELECT '' $$;
CREATE FUNCTION f_none() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '' $$;
CREATE FUNCTION f_int(a int, s int) RETURNS interval LANGUAGE sql STABLE AS $$ SELECT '1 day'::interval $$;
CREATE FUNCTION f_other(a article) RETURNS SETOF untracked LANGUAGE sql STABLE AS $$ SELECT * FROM untracked $$;
CREATE FUNCTION f_two(a author) RETURNS text LANGUAGE sql STABLE AS $$ SELECT '' $$;
CREATE FUNCTION f_two(a article) RETURNS text LANGUAGE sql STABLE AS $$ SELECT '' $$;
INSERT INTO gqle.computed_fields (source, schema_name, table_name, name, definition) VALUES
	('default', 'public', 'author', 'a', '{"function": "f_volatile"}'),
	('default', 'public', 'author', 'b', '{"function": "f_none"}'),
	('default', 'public', 'author', 'c', '{"function": "f_int", "session_argument": "s"}'),
	('default', 'public', 'author', 'd', '{"function": "f_other"}'),
	('default', 'public', 'author', 'e', '{"function": "f_two"}'),
	('default', 'public', 'author', 'f', '{"function": "nope"}'),
	('default', 'public', 'author', 'g', '{"function": "f_int", "table_argument": "nope", "session_argument": "nope"}'),
	('default', 'public', 'author', 'name', '{"function": "f_volatile"}');
SELECT string_agg(p::text, E'\n') FROM json_array_elements(gqle_internal.catalog_problems()) AS p;
DELETE FROM gqle.computed_fields;

-- tracked functions
CREATE FUNCTION t_variadic(VARIADIC a int[]) RETURNS SETOF article LANGUAGE sql STABLE AS $$ SELECT * FROM article $$;
CREATE FUNCTION "t-name"("a b" int) RETURNS SETOF article LANGUAGE sql STABLE AS $$ SELECT * FROM article $$;
CREATE FUNCTION t_session(s jsonb) RETURNS SETOF article LANGUAGE sql STABLE AS $$ SELECT * FROM article $$;
INSERT INTO gqle.functions (source, schema_name, function_name, configuration) VALUES
	('default', 'public', 'nope', NULL), ('default', 'public', 'f_two', NULL), ('default', 'public', 'f_none', NULL),
	('default', 'public', 'f_other', NULL), ('default', 'public', 't_variadic', '{"exposed_as": "mutation"}'),
	('default', 'public', 't-name', NULL), ('default', 'public', 't_session', '{"session_argument": "s"}');
SELECT string_agg(p::text, E'\n') FROM json_array_elements(gqle_internal.catalog_problems()) AS p;

-- names that GraphQL does not have: of a relationship, of an argument's type
DELETE FROM gqle.functions;
CREATE TYPE "no-name" AS ENUM ('a');
CREATE FUNCTION t_type(a "no-name") RETURNS SETOF article LANGUAGE sql STABLE AS $$ SELECT * FROM article $$;
CREATE FUNCTION f_type(a author, b "no-name") RETURNS text LANGUAGE sql STABLE AS $$ SELECT '' $$;
INSERT INTO gqle.functions (source, schema_name, function_name) VALUES ('default', 'public', 't_type');
INSERT INTO gqle.computed_fields (source, schema_name, table_name, name, definition) VALUES
	('default', 'public', 'author', 'a', '{"function": "f_type"}');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'author', 'array', 'no-name',
	 '{"manual_configuration": {"remote_table": "article", "column_mapping": {"id": "id"}}}');
SELECT string_agg(p::text, E'\n') FROM json_array_elements(gqle_internal.catalog_problems()) AS p;
DELETE FROM gqle.computed_fields;
DELETE FROM gqle.relationships WHERE name = 'no-name';
DROP FUNCTION t_type, f_type;
DROP TYPE "no-name";

-- members of a table that is gone; another database
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'twice', 'object', 'k', '{"foreign_key_constraint_on": "a"}');
DELETE FROM gqle.functions;
DROP TABLE twice;
INSERT INTO gqle.sources (name, configuration) VALUES ('elsewhere', '{}');
SELECT string_agg(p::text, E'\n') FROM json_array_elements(gqle_internal.catalog_problems()) AS p;

DELETE FROM gqle.sources WHERE name = 'elsewhere';
DELETE FROM gqle.tables;
DROP FUNCTION f_none, f_int, t_variadic, t_session, "t-name";
DROP TABLE author, article, untracked, e1, e2, e3, e4, e5, e6, conf1, conf2, conf3 CASCADE;
