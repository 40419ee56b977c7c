-- The shape of variables: which requests share a compiled operation.  What the
-- compiler looked at tells them apart, values it only passes on do not.
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
CREATE FUNCTION shared(query text, variables json, VARIADIC others json[]) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(o::text || ' ' || CASE WHEN gqle_internal.shares_operation('{}', query, variables, o)
	THEN 'shared' ELSE 'not shared' END, E'\n' ORDER BY i)
FROM unnest(others) WITH ORDINALITY AS u (o, i) $$;

-- values: any, but null is not a value
SELECT shared('query ($a: Int!) { author_by_pk(id: $a) { id } }', '{"a": 1}',
	'{"a": 2}', '{"a": "2"}', '{"a": 9.5}', '{"a": [1]}', '{"a": null}', '{}', '{"a": 1, "b": 2}');
SELECT shared('mutation ($b: jsonb) { update_author(where: {}, _set: {info: $b}) { affected_rows } }', '{"b": {"x": 1}}',
	'{"b": [1, 2]}', '{"b": 5}', '{"b": null}', '{}');
SELECT shared('mutation ($b: jsonb) { update_author(where: {}, _set: {info: $b}) { affected_rows } }', '{"b": null}',
	'{"b": null}', '{}', '{"b": 1}');
-- lists that are one value: any length
SELECT shared('query ($a: [Int!]) { author(where: {id: {_in: $a}}) { id } }', '{"a": [1, 2]}',
	'{"a": []}', '{"a": [3]}', '{"a": 5}', '{"a": null}');
SELECT shared('query ($a: Int!) { author(where: {id: {_in: [$a, 5]}}) { id } }', '{"a": 1}', '{"a": 2}');
SELECT shared('query ($a: jsonb) { author(where: {info: {_contains: {x: [$a]}}}) { id } }', '{"a": 1}', '{"a": {"b": 1}}', '{"a": null}', '{}');
-- limits, enum values, @include, json paths: by value
SELECT shared('query ($l: Int) { author(limit: $l) { id } }', '{"l": 1}', '{"l": 1}', '{"l": 2}', '{"l": null}', '{}');
SELECT shared('query ($o: Int) { author(offset: $o) { id } }', '{"o": 1}', '{"o": "1"}', '{"o": 2}');
SELECT shared('query ($o: order_by) { author(order_by: {id: $o}) { id } }', '{"o": "asc"}', '{"o": "asc"}', '{"o": "desc"}');
SELECT shared('query ($c: colors_enum) { article(where: {color: {_eq: $c}}) { id } }', '{"c": "red"}', '{"c": "red"}', '{"c": "blue"}');
SELECT shared('query ($i: Boolean!) { author { id @include(if: $i) name } }', '{"i": true}', '{"i": true}', '{"i": false}');
SELECT shared('query ($p: String) { author { info(path: $p) } }', '{"p": "a"}', '{"p": "a"}', '{"p": "b"}');
-- a variable that is a value here and a limit there
SELECT shared('query ($l: Int!) { author(limit: $l, where: {id: {_eq: $l}}) { id } }', '{"l": 1}', '{"l": 1}', '{"l": 2}');
-- objects: keys, their order, lengths of lists; values below as above
SELECT shared('query ($w: author_bool_exp) { author(where: $w) { id } }', '{"w": {"id": {"_eq": 1}, "name": {"_in": ["a"]}}}',
	'{"w": {"id": {"_eq": 2}, "name": {"_in": ["b", "c"]}}}', '{"w": {"name": {"_in": ["a"]}, "id": {"_eq": 1}}}',
	'{"w": {"id": {"_gt": 1}, "name": {"_in": ["a"]}}}', '{"w": {"id": {"_eq": 1}}}', '{"w": {"id": {"_eq": null}, "name": {"_in": ["a"]}}}', '{"w": {}}', '{"w": null}');
SELECT shared('query ($w: author_bool_exp) { author(where: $w) { id } }', '{"w": {}}', '{"w": {}}', '{"w": {"id": {"_eq": 1}}}');
SELECT shared('query ($w: author_bool_exp) { author(where: $w) { id } }', '{"w": {"_or": [{"id": {"_eq": 1}}, {"id": {"_eq": 2}}]}}',
	'{"w": {"_or": [{"id": {"_eq": 3}}, {"id": {"_eq": 4}}]}}', '{"w": {"_or": [{"id": {"_eq": 3}}]}}', '{"w": {"_or": {"id": {"_eq": 3}}}}',
	'{"w": {"_or": [{"id": {"_eq": 3}}, {"id": {"_gt": 4}}]}}');
SELECT shared('query ($w: article_bool_exp) { article(where: $w) { id } }', '{"w": {"_or": [{"color": {"_eq": "red"}}, {"id": {"_is_null": false}}]}}',
	'{"w": {"_or": [{"color": {"_eq": "red"}}, {"id": {"_is_null": false}}]}}', '{"w": {"_or": [{"color": {"_eq": "blue"}}, {"id": {"_is_null": false}}]}}',
	'{"w": {"_or": [{"color": {"_eq": "red"}}, {"id": {"_is_null": true}}]}}');
SELECT shared('mutation ($o: [author_insert_input!]!) { insert_author(objects: $o) { affected_rows } }', '{"o": [{"id": 1, "info": {"a": 1}, "tags": ["x"]}, {"id": 2}]}',
	'{"o": [{"id": 3, "info": [], "tags": ["y", "z"]}, {"id": 4}]}', '{"o": [{"id": 3, "info": null, "tags": ["y"]}, {"id": 4}]}',
	'{"o": [{"id": 3, "info": 1, "tags": ["y"]}, {"id": 4}, {"id": 5}]}', '{"o": [{"id": 3, "info": 1, "tags": ["y"]}, {"name": "4"}]}');
-- a part of a value for json that is a filter elsewhere
SELECT shared('query ($w: author_bool_exp) { author(where: {_and: [{info: {_contains: {x: $w}}}, {_not: $w}]}) { id } }', '{"w": {"id": {"_eq": 1}}}',
	'{"w": {"id": {"_eq": 2}}}', '{"w": {"id": {"_gt": 2}}}', '{"w": {}}');
-- the last of a key counts, so repeated keys share nothing with others
SELECT shared('query ($l: Int) { author(limit: $l) { id } }', '{"l": 1, "l": 2}', '{"l": 1, "l": 2}', '{"l": 2, "l": 1}', '{"l": 2}');
-- not used because excluded
SELECT shared('query ($a: Int, $s: Boolean!) { author { id @skip(if: $s) } article(limit: $a) @skip(if: $s) { id } }', '{"a": 1, "s": true}',
	'{"a": 2, "s": true}', '{"a": 1, "s": false}');

DELETE FROM gqle.tables;
DROP TABLE article, colors, author;
DROP FUNCTION shared;
