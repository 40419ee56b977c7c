-- Input objects, lists, enums and constants: coercion, null, defaults, paths of mistakes.
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

-- null where it is as if nothing were given
SELECT show('{ author(where: null, limit: null, offset: null, order_by: null, distinct_on: null) { id } }');
SELECT show('query ($w: author_bool_exp, $l: Int) { author(where: $w, limit: $l) { id } }', '{"w": null, "l": null}');
SELECT show('{ article(order_by: {id: null, author: null, title: asc}) { id } }');
SELECT show('mutation { insert_article_one(object: {id: 1, author: null}) { id } }');
-- but not for what to order by of an aggregate, nor in predicates
SELECT show('{ author(order_by: {articles_aggregate: {count: null, max: {title: null}}}) { id } }');
SELECT show('{ author(order_by: {articles_aggregate: {max: null}}) { id } }');
SELECT show('{ author(where: {articles_aggregate: {count: {arguments: null, predicate: {}}}}) { id } }');
SELECT show('{ author(where: {articles_aggregate: {count: {distinct: null, predicate: {}}}}) { id } }');
SELECT show('{ author(where: {articles_aggregate: {count: {filter: null, predicate: {}}}}) { id } }');
-- null where it is a value
SELECT show('mutation { update_author(where: {}, _set: {info: null}) { affected_rows } }');
SELECT show('mutation { insert_article_one(object: {id: 1, title: null, color: null}) { id } }');
SELECT show('{ author(where: {info: {_has_key: null}}) { id } }');
-- null where it is a mistake
SELECT show('mutation { update_author(where: null, _set: {name: ""}) { affected_rows } }');
SELECT show('mutation { update_author(where: {}, _set: {name: null}) { affected_rows } }');
SELECT show('mutation { update_author(where: {}, _set: {scores: null}) { affected_rows } }');
SELECT show('mutation { update_author(where: {}, _set: null) { affected_rows } }');
SELECT show('mutation { delete_author(where: null) { affected_rows } }');
SELECT show('mutation { update_author_many(updates: [{where: null}]) { affected_rows } }');
SELECT show('mutation { insert_article(objects: null) { affected_rows } }');
SELECT show('mutation { insert_article(objects: [null]) { affected_rows } }');
SELECT show('mutation { insert_article(objects: [], on_conflict: null) { affected_rows } }');
SELECT show('mutation { insert_article(objects: [], on_conflict: {constraint: article_pkey, where: null}) { affected_rows } }');
SELECT show('{ author(where: {_and: null}) { id } }');
SELECT show('{ author(where: {_and: [null]}) { id } }');
SELECT show('{ author(where: {_not: null}) { id } }');
SELECT show('{ author(where: {id: null}) { id } }');
SELECT show('{ author(where: {articles: null}) { id } }');
SELECT show('{ author(where: {id: {_eq: null}}) { id } }');
SELECT show('{ author(where: {id: {_is_null: null}}) { id } }');
SELECT show('{ author(where: {id: {_in: null}}) { id } }');
SELECT show('{ author(where: {id: {_in: [1, null]}}) { id } }');
SELECT show('{ author(where: {tags: {_eq: null}}) { id } }');
SELECT show('{ article(where: {color: {_eq: null}}) { id } }');
SELECT show('{ article(where: {color: {_in: null}}) { id } }');
SELECT show('{ author(order_by: [null]) { id } }');
SELECT show('{ author_aggregate { aggregate { count(distinct: null) } } }');
SELECT show('{ author_aggregate { aggregate { count(columns: null) } } }');
SELECT show('{ author { info(path: null) } }');
SET gqle.boolean_null_collapse = on;
SELECT show('{ author(where: {id: {_eq: null, _is_null: null, _in: null}}) { id } }');
SELECT show('{ author(where: {id: null}) { id } }');
RESET gqle.boolean_null_collapse;

-- single values become lists of one; a mistake is at [0] then
SELECT show('{ author(order_by: {id: asc}, where: {_and: {id: {_in: 1}}}, distinct_on: id) { id } }');
SELECT show('{ author(order_by: {id: up}) { id } }');
SELECT show('{ author(where: {_or: {x: 1}}) { id } }');
SELECT show('{ author(where: {id: {_in: true}}) { id } }');
SELECT show('query ($w: [author_bool_exp!]) { author(where: {_or: $w}) { id } }', '{"w": {"id": {"_in": 1}}}');
SELECT show('mutation { insert_author(objects: {id: 1, nme: "a"}) { affected_rows } }');
SELECT show('mutation ($o: [author_insert_input!]!) { insert_author(objects: $o) { affected_rows } }', '{"o": [{"id": 1, "tags": ["a"]}, {"id": 2, "scores": [1]}]}');
SELECT show('mutation ($o: [author_insert_input!]!) { insert_author(objects: $o) { affected_rows } }', '{"o": [{"id": 1}, {"nme": 2}]}');

-- objects
SELECT show('{ author(where: []) { id } }');
SELECT show('{ author(where: "a") { id } }');
SELECT show('{ author(where: {id: 5}) { id } }');
SELECT show('query ($w: author_bool_exp) { author(where: $w) { id } }', '{"w": 1.5}');
SELECT show('query ($w: author_bool_exp) { author(where: $w) { id } }', '{"w": {"id": {"_eq": 1}, "1x": {}}}');
SELECT show('query ($w: author_bool_exp) { author(where: $w) { id } }', '{"w": {"articles": {"b-c": {}}, "id": {"_eqq": 1}}}');
SELECT show('query ($w: author_bool_exp) { author(where: $w) { id } }', '{"w": {"id": {"_eq": 1}, "name": {"_eq": "a"}, "id": {"_gt": 2}}}');
SELECT show('{ author(where: {id: {_ne: 1}}) { id } }');
SELECT show('mutation { insert_article(objects: [], on_conflict: {update_columns: []}) { affected_rows } }');
SELECT show('mutation { insert_article(objects: [], on_conflict: {constraint: article_pkey}) { affected_rows } }');
SELECT show('mutation { insert_article(objects: [{author: {on_conflict: {}}}]) { affected_rows } }');
SELECT show('mutation { update_author_by_pk(pk_columns: {}) { id } }');
SELECT show('mutation { insert_author(objects: [{articles: {data: [{title: "a", author: {data: {id: true}}}]}}]) { affected_rows } }');
-- of several mistakes the first in the order of definition is told, unknown keys before all
SELECT show('{ author(where: {name: {_eq: null}, id: {_eq: null}}) { id } }');
SELECT show('{ author(where: {name: {_eq: null}, id: {_eq: null}, x: 1}) { id } }');
SELECT show('{ author(where: {_or: [{name: {_eq: 1}}], _and: [{name: {_eq: 1}, id: {_in: [true]}}]}) { id } }');
SELECT show('{ author(limit: "a", where: {id: {_eq: true}}, offset: "b") { id } }');
SELECT show('mutation { insert_article(objects: [], on_conflict: {where: {x: 1}}) { affected_rows } }');

-- enums: literals are enum values, variables hold strings
SELECT show('{ article(where: {color: {_eq: red, _in: [red, blue]}}) { color } }');
SELECT show('query ($c: colors_enum, $l: [colors_enum!]) { article(where: {color: {_eq: $c, _in: $l}}) { color } }', '{"c": "red", "l": ["green"]}');
SELECT show('{ article(where: {color: {_eq: "red"}}) { color } }');
SELECT show('{ article(where: {color: {_eq: pink}}) { color } }');
SELECT show('{ article(where: {color: {_in: [red, pink]}}) { color } }');
SELECT show('query ($c: colors_enum) { article(where: {color: {_eq: $c}}) { color } }', '{"c": "pink"}');
SELECT show('query ($c: colors_enum) { article(where: {color: {_eq: $c}}) { color } }', '{"c": "not a name"}');
SELECT show('query ($c: colors_enum) { article(where: {color: {_eq: $c}}) { color } }', '{"c": 5}');
SELECT show('query ($c: colors_enum = blue) { article(where: {color: {_eq: $c}}) { color } }');
SELECT show('{ author(order_by: {id: "asc"}) { id } }');
SELECT show('{ author(distinct_on: [id, nme]) { id } }');
SELECT show('query ($o: order_by!) { author(order_by: {id: $o}) { id } }', '{"o": "desc_nulls_last"}');

-- integers that shape the statement
SELECT show('{ author(limit: 2147483647, offset: 9223372036854775807) { id } }');
SELECT show('{ author(limit: -1) { id } }');
SELECT show('{ author(limit: "1") { id } }');
SELECT show('{ author(limit: 1.0) { id } }');
SELECT show('{ author(limit: 2147483648) { id } }');
SELECT show('query ($l: Int) { author(limit: $l) { id } }', '{"l": 1.0e1}');
SELECT show('query ($l: Int) { author(limit: $l) { id } }', '{"l": 1.5}');
SELECT show('query ($l: Int) { author(limit: $l) { id } }', '{"l": -5}');
SELECT show('query ($l: Int) { author(limit: $l) { id } }', '{"l": -0.0}');
SELECT show('query ($l: Int) { author(limit: $l) { id } }', '{"l": true}');
SELECT show('query ($l: Int) { author(limit: $l) { id } }', '{"l": 1e400}');
SELECT show('{ author(offset: "12") { id } }');
SELECT show('{ author(offset: "-12") { id } }');
SELECT show('{ author(offset: -12) { id } }');
SELECT show('{ author(offset: "") { id } }');
SELECT show('{ author(offset: 9223372036854775808) { id } }');
SELECT show('{ author(offset: {a: 1}) { id } }');
SELECT show('{ author { info(path: 5) } }');
SELECT show('query ($p: String) { author { info(path: $p) } }', '{"p": "a.b"}');
SELECT show('subscription { author_stream(batch_size: -1, cursor: {initial_value: {id: 1}}) { id } }');
SELECT show('subscription { author_stream(batch_size: 10, cursor: [null, {initial_value: {id: 1}, ordering: DESC}]) { id } }');
SELECT show('subscription { author_stream(batch_size: 10, cursor: {initial_value: {id: 1}}) { id } }');

DELETE FROM gqle.tables;
DROP TABLE article, colors, author;
DROP FUNCTION show;
