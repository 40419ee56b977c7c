-- Metadata commands as SQL functions with arguments of their own: comments and names.
\a
\t
SET client_min_messages = error;
CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author);
CREATE FUNCTION newest() RETURNS SETOF article LANGUAGE sql STABLE AS 'SELECT * FROM article';
SELECT gqle.track_table('author'), gqle.track_table('article'), gqle.track_function('newest');
SELECT gqle.create_object_relationship('article', 'author', '{"foreign_key_constraint_on": "author_id"}');
SELECT gqle.create_select_permission('article', 'r', '{"columns": ["id"], "filter": {}}');

SELECT gqle.set_relationship_comment('article', 'author', 'who wrote it');
SELECT gqle.set_permission_comment('article', 'r', 'select', 'readers');
SELECT gqle.set_function_customization('newest', '{"custom_name": "news"}');
SELECT gqle.set_source_customization('{"root_fields": {"prefix": "p_"}}');
SELECT s->'customization', s->'functions', s->'tables'->0 FROM (SELECT gqle.export_metadata()->'sources'->0 AS s) AS x;
SELECT graphql.execute('{}', '{ p_news { id } }');
SELECT gqle.set_relationship_comment('article', 'author', NULL);
SELECT gqle.set_permission_comment('article', 'r', 'select', NULL);
SELECT gqle.set_function_customization('newest', '{}');
SELECT gqle.set_source_customization('{}');
SELECT s->'customization', s->'functions', s->'tables'->0 FROM (SELECT gqle.export_metadata()->'sources'->0 AS s) AS x;
\set VERBOSITY default
SELECT gqle.set_relationship_comment('article', 'nothing', 'x');
SELECT gqle.set_permission_comment('article', 'nobody', 'select', 'x');
SELECT gqle.set_permission_comment('article', 'r', 'look', 'x');
SELECT gqle.set_function_customization('oldest', '{}');
SELECT gqle.set_source_customization('{"root_fields": 1}');
SELECT gqle.clear_metadata();
DROP TABLE author, article CASCADE;
