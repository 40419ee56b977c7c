-- The SQL of json: operators, paths, casts, changes of a part.
\a
\t
SET client_min_messages = warning;
CREATE TABLE doc (id int PRIMARY KEY, body jsonb, old json);
CREATE INDEX doc_body ON doc USING gin (body);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'doc');

SELECT graphql.explain('{}', '{ doc { a: body(path: "a.b[0]") b: body(path: "$") old(path: "[''x y'']") } }');
SELECT graphql.explain('{}', '{ doc(where: {body: {_contains: {a: 1}}}) { id } }');
SELECT graphql.explain('{}', '{ doc(where: {body: {_contained_in: {a: 1}, _has_key: "a", _has_keys_all: ["a", "b"], _has_keys_any: ["c"]}}) { id } }');
SELECT graphql.explain('{}', '{ doc(where: {body: {_cast: {String: {_ilike: "%x%"}}}}) { id } }');
SELECT graphql.explain('{}', 'query ($v: jsonb) { doc(where: {body: {_eq: $v}}) { id } }', '{"v": {"a": [1.50, "x"]}}');
SELECT graphql.explain('{}', 'mutation { update_doc(where: {}, _append: {body: {a: 1}}, _set: {old: {n: 1}}) { affected_rows } }');
SELECT graphql.explain('{}', 'mutation { update_doc(where: {}, _delete_at_path: {body: ["a", "0"]}) { affected_rows } }');
-- containment reaches the index
SET enable_seqscan = off;
SELECT regexp_replace(graphql.explain('{}', '{ doc(where: {body: {_contains: {a: 1}}}) { id } }', '{}', NULL, 'plan'), '  \(cost[^)]*\)', '', 'g');
RESET enable_seqscan;

DELETE FROM gqle.tables;
DROP TABLE doc;
