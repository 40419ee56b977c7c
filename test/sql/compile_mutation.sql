-- The SQL of mutations.
\a
\t
SET client_min_messages = warning;
CREATE TABLE author (id serial PRIMARY KEY, name text UNIQUE, age int, info jsonb DEFAULT '{}', owner int);
CREATE TABLE article (id serial PRIMARY KEY, author_id int REFERENCES author, title text);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'author'), ('default', 'public', 'article');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'article', 'object', 'author', '{"foreign_key_constraint_on": "author_id"}'),
	('default', 'public', 'author', 'array', 'articles', '{"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'author', 'user', 'select', '{"columns": ["id", "name", "age"], "filter": {"owner": "x-hasura-user-id"}}'),
	('default', 'public', 'author', 'user', 'insert', '{"columns": ["name", "age"], "check": {"age": {"_gt": 17}}, "set": {"owner": "x-hasura-user-id"}}'),
	('default', 'public', 'author', 'user', 'update', '{"columns": ["age"], "filter": {"owner": "x-hasura-user-id"}, "check": {"age": {"_gt": 20}}, "set": {"info": {"by": "user"}}}'),
	('default', 'public', 'author', 'user', 'delete', '{"filter": {"owner": "x-hasura-user-id"}}');
CREATE FUNCTION show(query text, role text DEFAULT 'admin') RETURNS text LANGUAGE sql AS $$
	SELECT graphql.explain(jsonb_build_object('x-hasura-role', role, 'x-hasura-user-id', '1'), query)::text
$$;

-- one row; many rows: the same text for any number; different columns
SELECT show('mutation { insert_author_one(object: {name: "a", age: 1}) { id } }');
SELECT show('mutation { insert_author(objects: [{name: "a", age: 1}, {name: "b"}]) { affected_rows } }');
SELECT show('mutation { insert_author(objects: [{name: "a"}, {name: "b", age: 1}, {age: 2}]) { affected_rows } }');
SELECT show('mutation { insert_author(objects: [{name: "a"}, {info: {a: 1}}]) { returning { id } } }');
SELECT show('mutation { insert_author_one(object: {}) { id } }');
-- permissions, conflicts
SELECT show('mutation { insert_author(objects: {name: "a", age: 20}, on_conflict: {constraint: author_name_key, update_columns: [age], where: {name: {_neq: "b"}}}) { affected_rows } }', 'user');
-- nested; relationships in the answer
SELECT show('mutation { insert_author(objects: {name: "a", articles: {data: [{title: "b"}, {title: "c"}]}}) { returning { id articles { title } } } }');
SELECT show('mutation { insert_article_one(object: {title: "a", author: {data: {name: "b"}}}) { author { name } } }');
-- the rest
SELECT show('mutation { update_author(where: {articles: {title: {_eq: "x"}}}, _inc: {age: 1}) { affected_rows returning { name } } }');
SELECT show('mutation { update_author(where: {name: {_eq: "x"}}, _set: {age: 1}) { affected_rows } delete_author_by_pk(id: 1) { name } }', 'user');
SELECT show('mutation { update_author_by_pk(pk_columns: {id: 1}, _append: {info: {a: 1}}) { info } }');
SELECT show('mutation { delete_author(where: {age: {_gt: 3}}) { affected_rows } delete_article_by_pk(id: 1) { author { name } } }');
SELECT show('mutation { update_author(where: {}) { affected_rows } }');
SELECT graphql.explain('{}', 'mutation { delete_author(where: {}) { affected_rows } }', format => 'analyze');

DELETE FROM gqle.permissions;
DELETE FROM gqle.relationships;
DELETE FROM gqle.tables;
DROP TABLE article, author;
DROP FUNCTION show;
