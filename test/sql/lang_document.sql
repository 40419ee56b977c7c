-- Which operation of a document runs, its fragments and its variables: what is
-- checked before any field is looked at.
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
CREATE FUNCTION show(query text, variables json DEFAULT NULL, operation text DEFAULT NULL, role text DEFAULT 'admin')
RETURNS text LANGUAGE sql AS
$$ SELECT gqle_internal.validated_operation(json_build_object('x-hasura-role', role), query, variables, operation) $$;

-- syntax: no more is said than that it is wrong
SELECT show('{ author { id }');
SELECT show('');
SELECT show('{ author { } }');
SELECT show(repeat('{ a ', 201) || repeat('}', 201));

-- the choice of an operation
SELECT show('query a { author { id } } query b { article { id } }', NULL, 'b');
SELECT show('query a { author { id } } query b { article { id } }');
SELECT show('query a { author { id } } query b { article { id } }', NULL, 'c');
SELECT show('{ author { id } }', NULL, 'a');
SELECT show('query { author { id } }', NULL, 'a');
SELECT show('query a { author { id } } { article { id } }', NULL, 'a');
SELECT show('fragment f on author { id }');
SELECT show('query a { author { id } } query a { article { id } }', NULL, 'a');

-- roots a role does not have
SELECT show('mutation { delete_author(where: {}) { affected_rows } }', NULL, NULL, 'reader');
SELECT show('mutation { ...f }', NULL, NULL, 'reader');
SELECT show('subscription { a }', NULL, NULL, 'nobody');
SELECT show('{ author { id } }', NULL, NULL, 'nobody');

-- fragments
SELECT show('{ author { ...f } } fragment f on author { id } fragment g on author { id } fragment f on author { id }');
SELECT show('{ author { id ...f } }');
SELECT show('{ author { ... on author { articles { ...f } } } }');
SELECT show('{ author { ...f } } fragment f on author { id ...f }');
SELECT show('{ author { ...f } } fragment f on author { articles { ...g } } fragment g on article { author { ...f } }');
SELECT show('{ author { ...f } } fragment f on author { ...g } fragment g on author { ... on author { ...h } } fragment h on author { ...g ...f }');
SELECT show('{ author { id } } fragment f on author { ...f }');
SELECT show('{ author { ...f ...f } } fragment f on author { id ...g } fragment g on author { name id ...h } fragment h on nothing { x }');

-- variables: definition
SELECT show('query ($a: Int, $a: Int) { author(limit: $a) { id } }');
SELECT show('query ($a: Int!, $a: Int) { author(limit: $a) { id } }');
SELECT show('query { author(limit: $a) { id } }');
SELECT show('query @cached(ttl: $t) { author(limit: $a) { id } }');
SELECT show('{ author { ...f } } fragment f on author { articles(where: {id: {_in: [1, $x]}}) { id } }');
SELECT show('query ($a: Int) { author { id @skip(if: $b) } }');
SELECT show('query ($a: Int) { author @skip(if: true) { id(x: $b) } }');
-- variables: values
SELECT show('query ($a: Int!) { author(limit: $a) { id } }');
SELECT show('query ($a: [Int!]!) { author(limit: $a) { id } }', '{"a": null}');
SELECT show('query ($a: Int! = 3) { author(limit: $a) { id } }', '{"a": null}');
SELECT show('query ($a: Int! = 3) { author(limit: $a) { id } }');
SELECT show('query ($a: Int! = 3) { author(limit: $a) { id } }', '{"a": 4}');
SELECT show('query ($a: Int, $b: Nothing) { author(limit: $a) { id } }');
SELECT show('query ($a: Int) { author(limit: $a) { id } }', '{"a": 1, "b": 2, "c": null}');
SELECT show('query ($a: Int) { author { id } }', '{"a": 1}');
SELECT show('query a($a: Int) { author(limit: $a) { id } } query b($b: Int) { author(limit: $b) { id } }', '{"b": 1}', 'a');
SELECT show('query ($a: Int) { author(limit: $a) { id } }', '{"a": 1, "a": 2}');
SET gqle.backwards_compat_null_in_nonnullable_variables = on;
SELECT show('query ($a: Int!) { author(limit: $a) { id } }', '{"a": null}');
RESET gqle.backwards_compat_null_in_nonnullable_variables;

-- variables: where they are used
SELECT show('query ($a: String) { author(limit: $a) { id } }');
SELECT show('query ($a: [Int]) { author(limit: $a) { id } }');
SELECT show('query ($a: Int) { author_by_pk(id: $a) { id } }', '{"a": 1}');
SELECT show('query ($a: Int = 1) { author_by_pk(id: $a) { id } }');
SELECT show('query ($a: Int = null) { author_by_pk(id: $a) { id } }');
SELECT show('query ($a: [Int]) { author(where: {id: {_in: $a}}) { id } }', '{"a": [1, 2]}');
SELECT show('query ($a: Int) { author(where: {id: {_in: [1, $a]}}) { id } }', '{"a": 1}');
SELECT show('query ($a: Int!) { author(where: {id: {_in: [1, $a]}}) { id } }', '{"a": 2}');
SELECT show('query ($a: Int!) { author(where: {id: {_in: $a}}) { id } }', '{"a": 2}');
SELECT show('query ($a: author_bool_exp) { author(where: {_and: [$a]}) { id } }', '{"a": {}}');
SELECT show('mutation ($c: [article_update_column!]) { insert_article(objects: [], on_conflict: {constraint: article_pkey, update_columns: $c}) { affected_rows } }', '{"c": ["title"]}');
SELECT show('query ($a: Int) { author(where: {info: {_contains: {x: $a, y: [$a]}}}) { id } }', '{"a": 1}');
-- nothing given: null where it is used
SELECT show('query ($a: Int) { author(limit: $a) { id } }');
SELECT show('query ($a: Int) { author(where: {id: {_eq: $a}}) { id } }');
SELECT show('mutation ($a: jsonb) { update_author(where: {}, _set: {info: $a}) { affected_rows } }');
SELECT show('query ($a: Int = 2) { author(where: {info: {_contains: {x: $a, y: [$a]}}}) { id } }');
SELECT show('query ($a: Int) { author(where: {info: {_contains: {x: $a, y: [$a]}}}) { id } }');
SET gqle.experimental_features = 'no_null_unbound_variable_default';
SELECT show('mutation ($a: jsonb) { update_author(where: {}, _set: {info: $a}) { affected_rows } }');
SELECT show('query ($a: Int) { author(where: {id: {_eq: $a}}) { id } }');
SELECT show('query ($a: Int) { author(where: {info: {_contains: {x: $a, y: [$a, 1]}}, id: {_in: [$a, 2]}}) { id } }');
SELECT show('query ($a: author_bool_exp) { author(where: {_and: [$a, {}]}) { id } }');
SELECT show('query ($a: Int) { author_by_pk(id: $a) { id } }', '{"a": 1}');
SELECT show('query ($a: Int = null) { author_by_pk(id: $a) { id } }', '{"a": 1}');
RESET gqle.experimental_features;

DELETE FROM gqle.tables;
DROP TABLE article, colors, author;
DROP FUNCTION show;
