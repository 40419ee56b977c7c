-- Cells that a parent of an inherited role does not show: hidden wherever a
-- request could look at them.
\a
\t
SET client_min_messages = warning;
CREATE TABLE person (id int PRIMARY KEY, name text NOT NULL, salary int, team int NOT NULL, boss_id int REFERENCES person);
INSERT INTO person VALUES (1, 'ann', 100, 1, NULL), (2, 'bob', 80, 1, 1), (3, 'eve', 90, 2, 1), (4, 'kim', NULL, 2, 3);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'person');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'person', 'object', 'boss', '{"foreign_key_constraint_on": "boss_id"}'),
	('default', 'public', 'person', 'array', 'staff', '{"foreign_key_constraint_on": {"table": "person", "column": "boss_id"}}');
-- everybody sees names; who owns a row sees its salary
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'person', 'staff', 'select', '{"columns": ["id", "name"], "filter": {}, "allow_aggregations": true}'),
	('default', 'public', 'person', 'self', 'select', '{"columns": ["id", "name", "salary"], "filter": {"id": {"_eq": "X-Hasura-User-Id"}}, "allow_aggregations": true}');
INSERT INTO gqle.inherited_roles VALUES ('both', '{staff,self}');
CREATE FUNCTION pg_temp.ask(query text, uid text DEFAULT '2') RETURNS text LANGUAGE sql AS $$
	SELECT graphql.explain(session, query) || graphql.execute(session, query)
	FROM (SELECT jsonb_build_object('x-hasura-role', 'both', 'x-hasura-user-id', uid)) AS s (session)
$$;

SELECT pg_temp.ask('{ person(order_by: {id: asc}) { name salary boss { salary } } }');
SELECT pg_temp.ask('{ person(where: {salary: {_gt: 0}}) { name } }');
SELECT pg_temp.ask('{ person(where: {staff: {salary: {_gt: 0}}}) { name } }');
SELECT pg_temp.ask('{ person(order_by: [{salary: asc}, {id: asc}], limit: 2) { name salary boss { name } } }');
SELECT pg_temp.ask('{ person(order_by: [{boss: {salary: asc}}, {id: asc}]) { name } }');
SELECT pg_temp.ask('{ person(distinct_on: salary, order_by: [{salary: asc}, {id: asc}]) { name } }');
SELECT pg_temp.ask('{ person_aggregate(order_by: {id: asc}, limit: 3) { aggregate { sum { salary } count(columns: salary) } nodes { salary } } }');

DELETE FROM gqle.inherited_roles;
DROP TABLE person CASCADE;
DELETE FROM gqle.tables;
