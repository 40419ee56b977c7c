-- The SQL of enum tables: values are parameters, never text; native enums.
\a
\t
SET client_min_messages = warning;
CREATE TABLE color (value text PRIMARY KEY, comment text);
INSERT INTO color VALUES ('red', NULL), ('blue', NULL);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE shirt (id int PRIMARY KEY, color text NOT NULL REFERENCES color, mood mood);
INSERT INTO gqle.tables (source, schema_name, table_name, is_enum) VALUES
	('default', 'public', 'color', true), ('default', 'public', 'shirt', false);

SELECT graphql.explain('{}', '{ shirt(where: {color: {_eq: red}}) { id color } }');
SELECT graphql.explain('{}', '{ shirt(where: {color: {_nin: [red, blue]}}, order_by: {color: desc}) { id } }');
SELECT graphql.explain('{}', 'query ($c: color_enum) { shirt(where: {color: {_eq: $c}}) { id } }', '{"c": "red"}');
SELECT graphql.explain('{}', '{ shirt(where: {mood: {_gt: "sad"}}, order_by: {mood: asc}) { mood } }');
SELECT graphql.explain('{}', 'mutation { insert_shirt_one(object: {id: 1, color: blue, mood: "ok"}) { color } }');

DELETE FROM gqle.tables;
DROP TABLE shirt, color;
DROP TYPE mood;
