-- Selection sets: merging, directives, sub-selections, unknown fields and arguments.
\a
\t
CREATE TABLE author (
	id int PRIMARY KEY,
	name text NOT NULL UNIQUE,
	info jsonb,
	tags text[],
	scores int[] NOT NULL DEFAULT '{}'
);
CREATE TABLE colors (value text PRIMARY KEY, comment text);
INSERT INTO colors VALUES ('red', NULL), ('green', NULL), ('blue', NULL);
CREATE TABLE article (
	id int PRIMARY KEY,
	title text,
	author_id int NOT NULL REFERENCES author,
	color text REFERENCES colors,
	rating real
);
INSERT INTO gqle.tables (source, schema_name, table_name, is_enum) VALUES
	('default', 'public', 'author', false), ('default', 'public', 'colors', true),
	('default', 'public', 'article', false);
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'article', 'object', 'author', '{"foreign_key_constraint_on": "author_id"}'),
	('default', 'public', 'author', 'array', 'articles', '{"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'author', 'reader', 'select', '{"columns": ["id", "name"], "filter": {}}');
CREATE FUNCTION show(query text, variables json DEFAULT NULL, role text DEFAULT 'admin')
RETURNS text LANGUAGE sql AS
$$ SELECT gqle_internal.validated_operation(json_build_object('x-hasura-role', role), query, variables) $$;

-- fields
SELECT show('{ writer { id } }');
SELECT show('{ author { id nme } }');
SELECT show('{ author { id info } }', NULL, 'reader');
SELECT show('{ author { a: nme } }');
SELECT show('{ author }');
SELECT show('{ author { articles } }');
SELECT show('{ author { id { x } } }');
SELECT show('{ author { id { x } (a: 1) } }');
SELECT show('{ author { id(a: 1) { x } } }');
SELECT show('{ author { __typename articles { __typename } } __typename }');
SELECT show('{ author { __typename(a: 1) { b } } }');
SELECT show('{ author_aggregate { aggregate { count max { name } } nodes { id } } }');

-- arguments
SELECT show('{ author(filter: {}) { id } }');
SELECT show('{ author(where: {x: 1}, filter: {}) { y } }');
SELECT show('{ author(where: {x: 1}) { y } }');
SELECT show('{ author_by_pk { id } }');
SELECT show('{ author_by_pk(id: null) { id } }');
SELECT show('{ author { articles(limit: 1) { author(limit: 1) { id } } } }');
SELECT show('{ author_aggregate { aggregate { count(column: id) } } }');
SELECT show('mutation { delete_author_by_pk { id } }');

-- merging
SELECT show('{ author(limit: 1) { id } author(limit: 1) { name } }');
SELECT show('{ author(limit: 1) { id } author(limit: 2) { name } }');
SELECT show('{ author(limit: 1) { id } author { name } }');
SELECT show('{ author(limit: 1, offset: 2) { id } author(offset: 2, limit: 1) { name } }');
SELECT show('{ author(where: {id: {_eq: 1}, name: {_eq: "a"}}) { id } author(where: {name: {_eq: "a"}, id: {_eq: 1}}) { name } }');
SELECT show('{ author(order_by: [{id: asc}, {name: asc}]) { id } author(order_by: [{name: asc}, {id: asc}]) { id } }');
SELECT show('query ($l: Int) { author(limit: $l) { id } author(limit: 1) { name } }', '{"l": 1}');
SELECT show('query ($l: Int) { author(limit: $l) { id } author(limit: $l) { name } }', '{"l": 1}');
SELECT show('{ author { x: id x: name } }');
SELECT show('{ author { name: id name } }');
SELECT show('{ author { articles { id } ... on author { articles { title author { id } } } ...f } } fragment f on author { articles { author { name } id } }');
SELECT show('{ author { articles { id } articles(limit: 1) { id } } }');

-- fragments on other types do not apply
SELECT show('{ author { id ... on article { nothing } ... on nothing { x } ... { name } ... on author { tags } } }');
SELECT show('{ ... on query_root { author { id } } ... on mutation_root { x } ...f } fragment f on query_root { article { id } }');

-- @skip and @include
SELECT show('{ author { id @skip(if: true) name @include(if: true) tags @include(if: false) } }');
SELECT show('query ($a: Boolean!, $b: Boolean! = true) { author { id @skip(if: $a) name @include(if: $a) @skip(if: $b) info @include(if: $b) } }', '{"a": false}');
SELECT show('{ author @skip(if: true) { nothing(at: all) } }');
SELECT show('{ author { id @skip(if: true) } }');
SELECT show('{ author { ...f @include(if: false) ... @skip(if: true) { x } name } } fragment f on author { id }');
SELECT show('{ author { id @skip(if: true) id } }');
SELECT show('{ author { id @skip } }');
SELECT show('{ author { id @skip(if: "a") } }');
SELECT show('{ author { id @skip(if: null) } }');
SELECT show('{ author { id @skip(if: true, unless: false) } }');
SELECT show('query ($a: Boolean) { author { id @skip(if: $a) } }', '{"a": true}');
SELECT show('query ($a: Int!) { author { id @skip(if: $a) } }', '{"a": 1}');
SELECT show('{ author { id @skip(if: true) @skip(if: true) @include(if: true) @include(if: true) } }');
SELECT show('{ author { id @deprecated } }');
SELECT show('{ author { id @cached } }');
SELECT show('{ author { ... @cached { id } } }');
SELECT show('{ author { ...f @cached } } fragment f on author @nothing { id }');
SELECT show('{ author { ...f } } fragment f on author @nothing { id }');
SELECT show('{ author { x: id x: name id @nothing } }');
SELECT show('{ author { nothing id @nothing } }');

-- directives of operations come last
SELECT show('query @cached { author { id } }');
SELECT show('query @cached(ttl: 120, refresh: true) { author { id } }');
SELECT show('query @cached(ttl: "a") { author { id } }');
SELECT show('query @cached(ttl: 1.5) { author { id } }');
SELECT show('query ($t: Int!) @cached(ttl: $t) { author { id } }', '{"t": 3000000000}');
SELECT show('query @cached(tl: 120) { author { id } }');
SELECT show('query @cached @cached { author { id } }');
SELECT show('query @skip(if: true) { author { id } }');
SELECT show('query @nothing { author { nothing } }');
SELECT show('mutation @cached { delete_author(where: {}) { affected_rows } }');
SELECT show('subscription @cached { author { id } }');

-- subscriptions have one root field
SELECT show('subscription { author { id } }');
SELECT show('subscription { author { id } article { id } }');
SELECT show('subscription { author { id } author { name } }');
SELECT show('subscription { ... on subscription_root { author { id } article { id } } }');
SELECT show('subscription @_multiple_top_level_fields { author { id } article { id } }');
SELECT show('subscription { __typename }');
SELECT show('subscription { __schema { types { name } } }');

-- introspection is validated like the rest
SELECT show('{ __type(name: "author") { name fields { name type { ofType { name } } } } }');
SELECT show('{ __type { name } }');
SELECT show('{ __schema { nothing } }');
SELECT show('mutation { __schema { types { name } } }');

DELETE FROM gqle.tables;
DROP TABLE article, colors, author;
DROP FUNCTION show;
