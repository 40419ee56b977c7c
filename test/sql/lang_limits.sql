-- Documents made to hurt: work and memory stay in proportion to the text, and what
-- cannot be is refused with a reason.
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
SET statement_timeout = '20s';
-- the message, or how many lines the operation has
CREATE FUNCTION weigh(query text, variables json DEFAULT NULL) RETURNS text LANGUAGE sql AS
$$ SELECT CASE WHEN v LIKE '{"errors"%' THEN v::json #>> '{errors,0,message}'
	ELSE array_length(string_to_array(v, E'\n'), 1) || ' lines' END
FROM gqle_internal.validated_operation('{}', query, variables) AS v $$;
CREATE FUNCTION times(n int, format text, separator text DEFAULT ' ') RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(replace(replace(format, '%n', i::text), '%m', (i + 1)::text), separator ORDER BY i) FROM generate_series(1, n) AS i $$;

-- 100,000 aliases, the same field 100,000 times, 100,000 directives
SELECT weigh('{ author { ' || times(100000, 'a%n: id') || ' } }');
SELECT weigh('{ author { ' || times(100000, 'id') || ' } }');
SELECT weigh('{ author { id ' || times(100000, '@skip(if: false)') || ' } }');
-- fields that overlap at every level, with arguments to compare
SELECT weigh('{ ' || times(10000, 'author(where: {id: {_eq: 1}, name: {_eq: "a"}}) { id articles { id author { id } } }') || ' }');
-- fragments that spread the next one twice: directly, below one field, below two
SELECT weigh('{ author { ...f1 } } ' || times(60, 'fragment f%n on author { ...f%m ...f%m }') || ' fragment f61 on author { id }');
SELECT weigh('{ author { ...f1 } } ' || times(60, 'fragment f%n on author { articles { author { ...f%m } } articles { author { ...f%m } } }') || ' fragment f61 on author { id }');
SELECT weigh('{ author { ...f1 } } ' || times(40, 'fragment f%n on author { a: articles { author { ...f%m } } b: articles { author { ...f%m } } }') || ' fragment f41 on author { id }');
SELECT weigh('{ author { ...f1 } } ' || times(20, 'fragment f%n on author { ' || times(9, 'a%n: __typename') || ' ...g%n } fragment g%n on author { b: articles { id } c: articles { author { ...f%m } } d: articles { author { ...f%m } } }') || ' fragment f21 on author { id }');
-- depth: of fields, of fragments, of fragments seen before
SELECT weigh('{ author { ...f1 } } ' || times(99, 'fragment f%n on author { articles { author { ...f%m } } }') || ' fragment f100 on author { id }');
SELECT weigh('{ author { ...f1 } } ' || times(100, 'fragment f%n on author { articles { author { ...f%m } } }') || ' fragment f101 on author { id }');
SELECT weigh('{ author { ...f1 } } ' || times(20000, 'fragment f%n on author { ...f%m }') || ' fragment f20001 on author { id }');
SELECT weigh('{ author { ...f1500 ...f1000 ...f500 ...f1 } } ' || times(2000, 'fragment f%n on author { ...f%m }') || ' fragment f2001 on author { id }');
-- many fragments, many variables
SELECT weigh('{ author { ' || times(20000, '...f%n') || ' } } ' || times(20000, 'fragment f%n on author { id }'));
SELECT weigh('query (' || times(20000, '$v%n: Int') || ') { author(where: {_or: [' || times(20000, '{id: {_eq: $v%n}}', ',') || ']}) { id } }',
	('{' || times(20000, '"v%n": %n', ',') || '}')::json);
-- values: depth and number
SELECT weigh('query ($w: author_bool_exp) { author(where: $w) { id } }', ('{"w":' || repeat('{"_not":', 150) || '{}' || repeat('}', 151))::json)
UNION ALL SELECT weigh('query ($w: author_bool_exp) { author(where: $w) { id } }', ('{"w":' || repeat('{"_not":', 250) || '{}' || repeat('}', 251))::json);
SELECT weigh('query ($w: author_bool_exp) { author(where: $w) { id } }', ('{"w": {"_or": [' || times(300000, '{"id": {"_gt": 1}}', ',') || ']}}')::json);
SELECT weigh('query ($w: author_bool_exp) { author(where: $w) { id } }', ('{"w": {' || times(100000, '"id": {"_gt": 1}', ',') || '}}')::json);
-- a mistake at the bottom of objects whose order matters is looked for twice, not twice a level
SELECT weigh('{ author(where: ' || repeat('{_and: [{id: {_gt: 1}, _not: ', 45) || '{name: {_eq: 1}}' || repeat('}]}', 45) || ') { id } }');
RESET statement_timeout;

DELETE FROM gqle.tables;
DROP TABLE article, colors, author;
DROP FUNCTION weigh, times;
