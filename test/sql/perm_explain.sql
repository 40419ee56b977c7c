-- Permissions as SQL.
\a
\t
\i test/fixtures/library.sql
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'article', 'user', 'insert',
	 '{"columns": ["id", "title", "author_id"], "check": {"author": {"name": {"_ne": "Bob"}}}, "set": {"author_id": "X-Hasura-User-Id", "published": false}}'),
	('default', 'public', 'article', 'user', 'update',
	 '{"columns": ["title"], "filter": {"author_id": {"_eq": "X-Hasura-User-Id"}}, "check": {"title": {"_is_null": false}}}'),
	('default', 'public', 'article', 'user', 'delete', '{"filter": {"_and": [{"author_id": {"_eq": "X-Hasura-User-Id"}}, {"_not": {"comments": {}}}]}}'),
	('default', 'public', 'article', 'editor', 'select', '{"columns": ["id", "price"], "filter": {"price": {"_lt": 100}}}');
INSERT INTO gqle.inherited_roles (role_name, role_set) VALUES ('chief', '{user,editor}');

SELECT graphql.explain_permission('user', 'article', 'select');
SELECT graphql.explain_permission('user', 'article', 'insert');
SELECT graphql.explain_permission('user', 'article', 'update');
SELECT graphql.explain_permission('user', 'article', 'delete');

-- combined from parents
SELECT graphql.explain_permission('chief', 'article', 'select');

-- the admin; nobody; mistakes
SELECT graphql.explain_permission('admin', 'comment', 'select');
SELECT graphql.explain_permission('user', 'comment', 'select') IS NULL;
SELECT graphql.explain_permission('nobody', 'article', 'delete') IS NULL;
SELECT graphql.explain_permission('user', 'article', 'truncate');
SELECT graphql.explain_permission('user', 'pg_class', 'select');

DELETE FROM gqle.inherited_roles;
DROP TABLE author, article, comment CASCADE;
DELETE FROM gqle.tables;
