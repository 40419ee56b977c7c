-- Permissions as the engine understands them: expressions, presets, columns,
-- inheritance.
\a
\t
SET client_min_messages = warning;
CREATE TABLE person (id int PRIMARY KEY, name text, boss_id int REFERENCES person, data jsonb, extra json,
	tags text[], n int GENERATED ALWAYS AS IDENTITY, born timestamptz NOT NULL);
CREATE TABLE task (id int PRIMARY KEY, owner_id int NOT NULL REFERENCES person, title varchar(20), done boolean);
CREATE FUNCTION label(person person) RETURNS text LANGUAGE sql STABLE AS $$ SELECT person.name $$;
CREATE FUNCTION my_tasks(person person, session json) RETURNS SETOF task LANGUAGE sql STABLE
	AS $$ SELECT * FROM task WHERE owner_id = person.id $$;
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'person'), ('default', 'public', 'task');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'person', 'object', 'boss', '{"foreign_key_constraint_on": "boss_id"}'),
	('default', 'public', 'person', 'array', 'tasks', '{"foreign_key_constraint_on": {"table": "task", "column": "owner_id"}}'),
	('default', 'public', 'task', 'object', 'owner', '{"foreign_key_constraint_on": "owner_id"}');
INSERT INTO gqle.computed_fields (source, schema_name, table_name, name, definition) VALUES
	('default', 'public', 'person', 'label', '{"function": "label"}'),
	('default', 'public', 'person', 'my_tasks', '{"function": "my_tasks", "session_argument": "session"}');

CREATE FUNCTION pg_temp.filter(role text, filter json) RETURNS void LANGUAGE sql AS $$
	INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition)
	VALUES ('default', 'public', 'person', role, 'delete', json_build_object('filter', filter))
$$;
SELECT pg_temp.filter('e01', '{}');
SELECT pg_temp.filter('e02', '{"id": 1}');
SELECT pg_temp.filter('e03', '{"id": {"_eq": 1}, "name": {"$eq": "x-Hasura-Name"}, "boss_id": {"_ne": "REQ_USER_ID"}}');
SELECT pg_temp.filter('e04', '{"_and": [{"id": {"_gt": 1, "_lte": 3}}, {"$or": [{"name": {"_like": "a%"}}, {"_not": {"name": {"_is_null": true}}}]}]}');
SELECT pg_temp.filter('e05', '{"_or": []}');
SELECT pg_temp.filter('e06', '{"_not": {}}');
SELECT pg_temp.filter('e07', '{"id": {"_in": [1, 2]}, "name": {"_nin": "X-Hasura-Names"}}');
SELECT pg_temp.filter('e08', '{"tasks": {"owner": {"boss": {"id": {"_eq": "X-Hasura-User-Id"}}}}}');
SELECT pg_temp.filter('e09', '{"_exists": {"_table": {"schema": "public", "name": "task"}, "_where": {"owner_id": {"_ceq": ["$", "id"]}, "done": {"_cne": "done"}}}}');
SELECT pg_temp.filter('e10', '{"data": {"_contains": {"a": [1]}, "_has_key": "x", "_has_keys_any": ["y"], "_cast": {"text": {"_ilike": "%z%", "_eq": "q"}}}}');
SELECT pg_temp.filter('e11', '{"tags": {"_contains": ["a"], "_eq": "X-Hasura-Tags"}, "id": {"_cgte": ["boss_id"]}}');
SELECT pg_temp.filter('e12', '{"label": {"_eq": "x"}, "my_tasks": {"done": true}}');
SELECT pg_temp.filter('e13', '{"born": {"_eq": "X-Hasura-Born"}, "name": {"_eq": null}}');
-- refused
SELECT pg_temp.filter('f01', '{"nope": 1}');
SELECT pg_temp.filter('f02', '{"id": {"_foo": 1}}');
SELECT pg_temp.filter('f03', '{"id": {"_like": "a"}}');
SELECT pg_temp.filter('f04', '{"extra": {"_eq": 1}}');
SELECT pg_temp.filter('f05', '{"id": {"_ceq": "name"}}');
SELECT pg_temp.filter('f06', '{"id": {"_ceq": "nope"}}');
SELECT pg_temp.filter('f07', '{"_exists": {"_table": "nope", "_where": {}}}');
SELECT pg_temp.filter('f08', '{"_and": {"id": 1}}');
SELECT pg_temp.filter('f09', '{"id": {"_in": 1}}');
SELECT pg_temp.filter('f10', '{"id": {"_is_null": "yes"}}');
SELECT pg_temp.filter('f11', '{"data": {"_cast": {"integer": {"_eq": 1}}}}');
SELECT pg_temp.filter('f12', '{"boss": {"nope": 1}}');
SELECT pg_temp.filter('f13', '[]');
SELECT gqle_internal.catalog_dump('public', 'person');
SELECT string_agg(p ->> 'reason', E'\n') FROM json_array_elements(gqle_internal.catalog_problems()) AS p;
DELETE FROM gqle.permissions;

-- columns, presets, limits, root fields
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'person', 'a', 'select', '{"columns": "*", "computed_fields": ["label"], "filter": {"id": 1}, "limit": 10, "query_root_fields": ["select"], "subscription_root_fields": []}'),
	('default', 'public', 'person', 'b', 'select', '{"columns": ["id", "name"], "filter": {"id": 2}, "limit": 20, "allow_aggregations": true, "query_root_fields": ["select_by_pk", "select_aggregate"]}'),
	('default', 'public', 'person', 'a', 'insert', '{"check": {"id": 1}, "set": {"name": "X-Hasura-Name", "boss_id": 7}, "backend_only": true}'),
	('default', 'public', 'person', 'b', 'insert', '{"check": {"id": 1}, "columns": "*", "set": {"boss_id": 7, "name": "X-Hasura-Name"}, "backend_only": true}'),
	('default', 'public', 'person', 'a', 'update', '{"columns": ["name"], "filter": {}, "check": {"name": {"_neq": "x"}}}'),
	('default', 'public', 'person', 'b', 'update', '{"columns": ["name", "data"], "filter": {}, "check": null}'),
	('default', 'public', 'person', 'b', 'delete', '{"filter": {}}'),
	('default', 'public', 'person', 'c', 'select', '{"columns": ["tags"], "filter": {}}'),
	('default', 'public', 'person', 'own', 'update', '{"columns": [], "filter": {}}');
INSERT INTO gqle.inherited_roles VALUES ('ab', '{a,b}'), ('abc', '{ab,c}'), ('own', '{a,b}'), ('none', '{x,y}'),
	('loop', '{pool}'), ('pool', '{loop,a}');
SELECT gqle_internal.catalog_dump('public', 'person');
SELECT string_agg(p ->> 'reason', E'\n') FROM json_array_elements(gqle_internal.catalog_problems()) AS p;
DELETE FROM gqle.inherited_roles;
DELETE FROM gqle.permissions;

-- refused
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'person', 'a', 'select', '{"columns": ["nope"], "filter": {}}'),
	('default', 'public', 'person', 'b', 'select', '{"columns": ["boss"], "filter": {}}'),
	('default', 'public', 'person', 'c', 'select', '{"columns": "*", "filter": {}, "limit": -1}'),
	('default', 'public', 'person', 'd', 'select', '{"columns": "*", "filter": {}, "computed_fields": ["my_tasks"]}'),
	('default', 'public', 'person', 'e', 'select', '{"columns": ["name"], "filter": {}, "query_root_fields": ["select_by_pk"]}'),
	('default', 'public', 'person', 'f', 'select', '{"columns": ["name"], "filter": {}, "subscription_root_fields": ["select_aggregate"]}'),
	('default', 'public', 'person', 'g', 'select', '{"columns": "*"}'),
	('default', 'public', 'person', 'h', 'insert', '{"check": {}, "columns": ["n"]}'),
	('default', 'public', 'person', 'i', 'update', '{"filter": {}, "columns": ["n"]}'),
	('default', 'public', 'person', 'j', 'insert', '{"check": {}, "set": {"nope": 1}}'),
	('default', 'public', 'person', 'k', 'update', '{"columns": "all", "filter": {}}'),
	('default', 'public', 'person', 'l', 'select', '[]');
SELECT string_agg(p ->> 'reason', E'\n') FROM json_array_elements(gqle_internal.catalog_problems()) AS p;
-- nothing of them is left
SELECT gqle_internal.catalog_dump('public', 'person')::json -> 'permissions';

DELETE FROM gqle.tables;
DROP TABLE person, task CASCADE;
