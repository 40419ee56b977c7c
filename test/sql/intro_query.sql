-- __schema and __type, asked like any other field.
\a
\t
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
COMMENT ON COLUMN author.name IS 'said "aloud"';
CREATE TABLE article (id int PRIMARY KEY, author_id int NOT NULL REFERENCES author, editor_id int UNIQUE REFERENCES author);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'author'), ('default', 'public', 'article');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'article', 'object', 'author', '{"foreign_key_constraint_on": "author_id"}'),
	('default', 'public', 'article', 'object', 'editor', '{"foreign_key_constraint_on": "editor_id"}'),
	('default', 'public', 'author', 'object', 'edits', '{"foreign_key_constraint_on": {"table": "article", "column": "editor_id"}}');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'author', 'reader', 'select', '{"columns": ["id"], "filter": {}}');

-- a type by name, with wrappers; object relationships as their keys are
SELECT graphql.execute('{}', '{ __type(name: "article") { __typename kind name description fields { name description type { kind name ofType { kind name } } args { name } isDeprecated deprecationReason } interfaces { name } inputFields { name } enumValues { name } possibleTypes { name } ofType { name } } }');
SELECT graphql.execute('{}', '{ a: __type(name: "author") { fields { name description type { kind } } } none: __type(name: "nope") { name } }');
SELECT graphql.execute('{}', 'query ($n: String!) { __type(name: $n) { kind fields { name } inputFields { name defaultValue type { kind ofType { kind ofType { kind ofType { name } } } } } } }', '{"n": "author_on_conflict"}');
SELECT graphql.execute('{}', '{ __type(name: "order_by") { kind enumValues(includeDeprecated: true) { name description isDeprecated } } }');
SELECT graphql.execute('{}', '{ __type(name: "Int") { kind name description fields { name } specifiedByURL } }');

-- the schema: roots, directives, types sorted by name
SELECT graphql.execute('{}', '{ __schema { description queryType { name } mutationType { name } subscriptionType { name } directives { name description isRepeatable locations args { name description defaultValue type { kind ofType { name } } } } } }');
SELECT graphql.execute('{"x-hasura-role": "reader"}', '{ __schema { mutationType { name } types { name kind } } }');
SELECT graphql.execute('{"x-hasura-role": "nobody"}', '{ no_queries_available __schema { queryType { fields { name type { ofType { name } } } } mutationType { name } subscriptionType { name } } }');

-- a role cannot ask for what it does not see
SELECT graphql.execute('{"x-hasura-role": "reader"}', '{ article: __type(name: "article") { name } author: __type(name: "author") { fields { name } } }');

-- __typename everywhere; __schema at the query root only
SELECT graphql.execute('{}', '{ __typename author(limit: 0) { __typename } }');
SELECT graphql.execute('{}', 'mutation { __schema { __typename } }');
SELECT graphql.execute('{}', '{ __type { name } }');
SELECT graphql.execute('{}', '{ __type(name: "author") { nope } }');

-- the metadata can disable introspection for roles
INSERT INTO gqle.settings VALUES ('graphql_schema_introspection', '{"disabled_for_roles": ["reader", "stranger"]}');
SELECT graphql.execute('{"x-hasura-role": "reader"}', '{ __schema { queryType { name } } }');
SELECT graphql.execute('{"x-hasura-role": "stranger"}', '{ __type(name: "author") { name } }');
SELECT graphql.execute('{"x-hasura-role": "reader"}', '{ __typename author(limit: 0) { __typename } }');
SELECT graphql.execute('{}', '{ __schema { queryType { name } } }');

DELETE FROM gqle.settings;
DELETE FROM gqle.tables;
DROP TABLE article, author;
