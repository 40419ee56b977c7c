-- What a role sees follows its permissions: allowed, denied, and not inferable.
\a
\t
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, secret text NOT NULL);
CREATE TABLE article (id int PRIMARY KEY, author_id int NOT NULL REFERENCES author, title text);
CREATE TABLE hidden (id int PRIMARY KEY, author_id int REFERENCES author);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES
	('default', 'public', 'author'), ('default', 'public', 'article'), ('default', 'public', 'hidden');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'article', 'object', 'author', '{"foreign_key_constraint_on": "author_id"}'),
	('default', 'public', 'author', 'array', 'articles', '{"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}'),
	('default', 'public', 'author', 'array', 'hiddens', '{"foreign_key_constraint_on": {"table": "hidden", "column": "author_id"}}');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'author', 'reader', 'select', '{"columns": ["id", "name"], "filter": {}}'),
	('default', 'public', 'article', 'reader', 'select', '{"columns": ["title"], "filter": {}, "allow_aggregations": true}'),
	('default', 'public', 'article', 'quiet', 'select', '{"columns": "*", "filter": {}, "query_root_fields": [], "subscription_root_fields": ["select_by_pk"]}'),
	('default', 'public', 'author', 'quiet', 'select', '{"columns": [], "filter": {}}'),
	('default', 'public', 'article', 'writer', 'insert', '{"columns": ["id", "title", "author_id"], "check": {}, "set": {"author_id": "x-hasura-user-id"}}'),
	('default', 'public', 'article', 'writer', 'update', '{"columns": ["title"], "filter": {}}'),
	('default', 'public', 'article', 'writer', 'delete', '{"filter": {}}'),
	('default', 'public', 'author', 'backend', 'insert', '{"columns": "*", "check": {}, "backend_only": true}');

-- a reader: columns, relationships and aggregates as permitted; no mutations
SELECT graphql.sdl('reader');

-- root fields can be switched off one by one; types stay
SELECT graphql.sdl('quiet') ~ '(?n)^type article ';
SELECT gqle_internal.schema_type('quiet', 'query_root');
SELECT gqle_internal.schema_type('quiet', 'subscription_root');
SELECT gqle_internal.schema_type('quiet', 'author');

-- a writer without select: no rows back, no keys, and where has nothing to ask
SELECT graphql.sdl('writer');

-- conditions on aggregates follow the related rows' permission alone
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'author', 'counter', 'delete', '{"filter": {}}'),
	('default', 'public', 'article', 'counter', 'select', '{"columns": ["id"], "filter": {"id": {"_gt": 0}}, "allow_aggregations": true}');
SELECT m[1] FROM regexp_matches(gqle_internal.schema_type('counter', 'author_bool_exp'), '(?n)^  (\w+):', 'g') m;
SELECT graphql.execute('{"x-hasura-role": "counter"}', 'mutation { delete_author(where: {articles_aggregate: {count: {predicate: {_eq: 0}}}}) { affected_rows } }');

-- backend_only: the mutation is there for backends only
SELECT graphql.sdl('backend') ~ 'mutation', graphql.sdl('backend', true) ~ 'insert_author\(';

-- unknown roles get the schema of nobody
SELECT graphql.sdl('nobody');
SELECT graphql.sdl('nobody') = graphql.sdl('somebody');

-- permissions take effect at once
DELETE FROM gqle.permissions WHERE role = 'reader' AND table_name = 'article';
SELECT gqle_internal.schema_type('reader', 'article') IS NULL, gqle_internal.schema_type('reader', 'author');

DELETE FROM gqle.tables;
DROP TABLE hidden, article, author;
