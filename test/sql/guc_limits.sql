-- Limits of requests that the metadata set for roles other than admin.
CREATE SCHEMA limits;
CREATE TABLE limits.node (id integer PRIMARY KEY, parent integer REFERENCES limits.node);
INSERT INTO limits.node VALUES (1, NULL), (2, 1);
SELECT gqle.metadata('{"type": "bulk", "args": [
	{"type": "pg_track_table", "args": {"source": "default", "table": {"schema": "limits", "name": "node"}}},
	{"type": "pg_create_object_relationship", "args": {"source": "default", "table": {"schema": "limits", "name": "node"},
		"name": "up", "using": {"foreign_key_constraint_on": "parent"}}},
	{"type": "pg_create_select_permission", "args": {"source": "default", "table": {"schema": "limits", "name": "node"},
		"role": "low", "permission": {"columns": "*", "filter": {}}}},
	{"type": "pg_create_select_permission", "args": {"source": "default", "table": {"schema": "limits", "name": "node"},
		"role": "high", "permission": {"columns": "*", "filter": {}}}}]}');

CREATE FUNCTION pg_temp.ask(query text, role text) RETURNS json LANGUAGE sql AS
$$SELECT graphql.execute(jsonb_build_object('x-hasura-role', role), query)$$;

SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { up { id } } }', 'low');

-- A role's own limit takes the place of that for all; admins have none.
SELECT gqle.metadata('{"type": "set_api_limits", "args": {"depth_limit": {"global": 2, "per_role": {"low": 1}}}}');
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { id } }', 'low');
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { up { id } } }', 'low');
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { up { id } } }', 'high');
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { up { up { id } } } }', 'high');
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { up { up { id } } } }', 'admin');
SELECT pg_temp.ask('{ __schema { queryType { ofType { ofType { name } } } } }', 'low');

SELECT gqle.metadata('{"type": "set_api_limits", "args": {"node_limit": {"global": 1}}}');
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { up { id } } }', 'low');
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { id } }', 'low');
SELECT pg_temp.ask('{ a: limits_node_by_pk(id: 1) { id } b: limits_node_by_pk(id: 2) { id } }', 'low');

-- Limits that are switched off are stored.
SELECT gqle.metadata('{"type": "set_api_limits", "args": {"disabled": true, "time_limit": {"global": 1}, "node_limit": {"global": 1}}}');
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { up { id } } }', 'low');

SELECT gqle.metadata('{"type": "remove_api_limits", "args": {}}');

-- A limit of what the planner expects, for all and for some; admins have none.
SET gqle.cost_limit = 0.5;
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { id } }', 'low')->'errors'->0->'extensions';
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { id } }', 'admin');
SET gqle.cost_limit_roles = 'low = 1e6, high=0.1';
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { id } }', 'low');
SELECT pg_temp.ask('{ limits_node(where: {id: {_eq: 2}}) { id } }', 'high')->'errors'->0->'extensions'->'code';
SET gqle.cost_limit_roles = 'low';
SET gqle.cost_limit_roles = 'low=many';
SET gqle.cost_limit_roles = 'low=-1';
RESET gqle.cost_limit_roles;
RESET gqle.cost_limit;
SELECT gqle.metadata('{"type": "pg_untrack_table", "args": {"source": "default", "cascade": true,
	"table": {"schema": "limits", "name": "node"}}}');
DROP SCHEMA limits CASCADE;
