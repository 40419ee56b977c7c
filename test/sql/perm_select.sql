-- Select permissions in answers: allowed, denied, filtered, and not inferable.
\a
\t
SET client_min_messages = warning;
CREATE TABLE account (id int PRIMARY KEY, name text, secret text, boss_id int REFERENCES account);
CREATE TABLE note (id int PRIMARY KEY, owner_id int NOT NULL REFERENCES account, body text, shared boolean, tags text[]);
INSERT INTO account VALUES (1, 'ann', 'a', NULL), (2, 'bob', 'b', 1), (3, 'eve', 'c', 2);
INSERT INTO note VALUES (1, 1, 'one', true, '{x}'), (2, 1, 'two', false, NULL), (3, 2, 'three', NULL, '{y}'), (4, 3, 'four', true, '{x,y}');
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'account'), ('default', 'public', 'note');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'account', 'array', 'notes', '{"foreign_key_constraint_on": {"table": "note", "column": "owner_id"}}'),
	('default', 'public', 'account', 'object', 'boss', '{"foreign_key_constraint_on": "boss_id"}'),
	('default', 'public', 'note', 'object', 'owner', '{"foreign_key_constraint_on": "owner_id"}');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'account', 'user', 'select', '{"columns": ["id", "name", "boss_id"], "filter": {"_or": [{"id": "X-Hasura-User-Id"}, {"boss": {"id": "X-Hasura-User-Id"}}]}, "allow_aggregations": true}'),
	('default', 'public', 'note', 'user', 'select', '{"columns": ["id", "body", "owner_id"], "filter": {"owner_id": {"_eq": "X-Hasura-User-Id"}}, "limit": 1}'),
	('default', 'public', 'note', 'public', 'select', '{"columns": ["id"], "filter": {"shared": {"_eq": true}}}'),
	('default', 'public', 'note', 'listed', 'select', '{"columns": ["id"], "filter": {"id": {"_in": "X-Hasura-Ids"}}}'),
	('default', 'public', 'note', 'tagged', 'select', '{"columns": ["id"], "filter": {"tags": {"_contains": "X-Hasura-Tags"}}}'),
	('default', 'public', 'note', 'own', 'select', '{"columns": ["id"], "filter": {"_exists": {"_table": "account", "_where": {"id": {"_ceq": ["$", "owner_id"]}, "name": "X-Hasura-Name"}}}}'),
	('default', 'public', 'note', 'unset', 'select', '{"columns": ["id"], "filter": {"shared": {"_neq": true}}}'),
	('default', 'public', 'note', 'nothing', 'select', '{"columns": ["id"], "filter": {"_or": []}}');
CREATE FUNCTION pg_temp.ask(session json, query text) RETURNS text LANGUAGE sql AS
	$$ SELECT graphql.execute(session::jsonb, query)::text $$;

-- rows the rule lets through, directly and through relationships
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ account(order_by: {id: asc}) { id name boss { name } notes { id } } }');
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "2"}', '{ account(order_by: {id: asc}) { id name boss { name } notes { id } } }');
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "9"}', '{ account { id } note { id } account_by_pk(id: 1) { id } account_aggregate { aggregate { count } } }');
SELECT pg_temp.ask('{"x-hasura-role": "admin"}', '{ account_aggregate { aggregate { count } } note_aggregate { aggregate { count } } }');
-- the limit of the rule holds for lists, not for rows by key
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ note(limit: 10, order_by: {id: desc}) { id } note_by_pk(id: 1) { id } }');
-- columns and aggregates that are not granted don't exist
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ account { secret } }');
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ account(where: {secret: {_eq: "a"}}) { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ account(order_by: {secret: asc}) { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "1"}', '{ note_aggregate { aggregate { count } } }');
SELECT pg_temp.ask('{"x-hasura-role": "public"}', '{ account { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "stranger"}', '{ account { id } }');
-- nothing can be inferred about hidden rows: by conditions on relationships, by
-- order, or by distinct
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "2"}', '{ account(where: {notes: {body: {_eq: "four"}}}) { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "2"}', '{ account(where: {boss: {name: {_eq: "ann"}}}) { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "2"}', '{ account(where: {_not: {boss: {name: {_eq: "ann"}}}}, order_by: {id: asc}) { id } }');

-- expressions
SELECT pg_temp.ask('{"x-hasura-role": "public"}', '{ note(order_by: {id: asc}) { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "listed", "x-hasura-ids": "{1,3,7}"}', '{ note(order_by: {id: asc}) { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "tagged", "x-hasura-tags": "{x}"}', '{ note(order_by: {id: asc}) { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "own", "x-hasura-name": "ann"}', '{ note(order_by: {id: asc}) { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "unset"}', '{ note(order_by: {id: asc}) { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "nothing"}', '{ note { id } }');
-- session variables: missing, of the wrong type, and not SQL
SELECT pg_temp.ask('{"x-hasura-role": "user"}', '{ note { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "user", "x-hasura-user-id": "abc"}', '{ note { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "own", "x-hasura-name": "ann'' OR true --"}', '{ note { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "listed", "x-hasura-ids": "[1,3]"}', '{ note { id } }');

-- inherited roles: rows of either, cells of the parent who sees them
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'account', 'auditor', 'select', '{"columns": ["id", "secret"], "filter": {"id": {"_gte": 2}}}');
INSERT INTO gqle.inherited_roles VALUES ('chief', '{user,auditor}');
SELECT pg_temp.ask('{"x-hasura-role": "chief", "x-hasura-user-id": "1"}', '{ account(order_by: {id: asc}) { id name secret } }');
-- a hidden cell cannot be found by a condition or an order either
SELECT pg_temp.ask('{"x-hasura-role": "chief", "x-hasura-user-id": "1"}', '{ account(where: {secret: {_eq: "a"}}) { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "chief", "x-hasura-user-id": "1"}', '{ account(where: {name: {_eq: "eve"}}) { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "chief", "x-hasura-user-id": "1"}', '{ account(order_by: {secret: desc_nulls_last}) { id } }');
-- an inconsistent rule is no rule
UPDATE gqle.permissions SET definition = '{"columns": ["id", "gone"], "filter": {}}' WHERE role = 'auditor';
SELECT pg_temp.ask('{"x-hasura-role": "auditor"}', '{ account { id } }');
SELECT pg_temp.ask('{"x-hasura-role": "chief", "x-hasura-user-id": "1"}', '{ account(order_by: {id: asc}) { id name } }');

-- compat: what is not null is neither equal to null nor unequal, so that NOT shows no row
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'note', 'null', 'select', '{"columns": ["id"], "filter": {"shared": {"_eq": null}}}'),
	('default', 'public', 'note', 'notnull', 'select', '{"columns": ["id"], "filter": {"shared": {"_neq": null}}}'),
	('default', 'public', 'note', 'neither', 'select', '{"columns": ["id"], "filter": {"_not": {"shared": {"_eq": null}}}}');
SELECT pg_temp.ask(json_build_object('x-hasura-role', role), '{ note(order_by: {id: asc}) { id } }') FROM unnest(ARRAY['null', 'notnull', 'neither']) AS role;

-- a key that a parent's rule hides in a row finds no row: not to read, not to write
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'account', 'namer', 'select', '{"columns": ["name"], "filter": {}}'),
	('default', 'public', 'account', 'keyed', 'select', '{"columns": ["id", "name"], "filter": {"id": 1}}'),
	('default', 'public', 'account', 'keyed', 'update', '{"columns": ["secret"], "filter": {}}'),
	('default', 'public', 'account', 'keyed', 'delete', '{"filter": {}}');
INSERT INTO gqle.inherited_roles VALUES ('both', '{namer,keyed}');
SELECT pg_temp.ask('{"x-hasura-role": "both"}', '{ account(order_by: {name: asc}) { id name } one: account_by_pk(id: 1) { name } two: account_by_pk(id: 2) { name } }');
SELECT pg_temp.ask('{"x-hasura-role": "both"}', 'mutation { update_account_by_pk(pk_columns: {id: 2}, _set: {secret: "x"}) { name } }');
SELECT pg_temp.ask('{"x-hasura-role": "both"}', 'mutation { delete_account_by_pk(id: 3) { name } }');
SELECT pg_temp.ask('{"x-hasura-role": "both"}', 'mutation { update_account_by_pk(pk_columns: {id: 1}, _set: {secret: "x"}) { name } }');

DELETE FROM gqle.inherited_roles;
DELETE FROM gqle.tables;
DROP TABLE account, note CASCADE;
