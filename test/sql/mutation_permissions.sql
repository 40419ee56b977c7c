-- Mutations under permissions: checks, filters, presets, conflicts, hooks; each
-- allowed, denied, filtered.
\a
\t
SET client_min_messages = warning;
CREATE TABLE team (id int PRIMARY KEY, owner_id int);
CREATE TABLE post (id serial PRIMARY KEY, author_id int, team_id int REFERENCES team, title text UNIQUE, state text DEFAULT 'new', secret text);
CREATE TABLE remark (id serial PRIMARY KEY, post_id int REFERENCES post, author_id int, body text);
INSERT INTO team VALUES (1, 1), (2, 2);
INSERT INTO gqle.tables (source, schema_name, table_name) VALUES ('default', 'public', 'team'), ('default', 'public', 'post'), ('default', 'public', 'remark');
INSERT INTO gqle.relationships (source, schema_name, table_name, kind, name, using_definition) VALUES
	('default', 'public', 'post', 'object', 'team', '{"foreign_key_constraint_on": "team_id"}'),
	('default', 'public', 'post', 'array', 'remarks', '{"foreign_key_constraint_on": {"table": "remark", "column": "post_id"}}'),
	('default', 'public', 'remark', 'object', 'post', '{"foreign_key_constraint_on": "post_id"}');
INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition) VALUES
	('default', 'public', 'team', 'user', 'select', '{"columns": ["id"], "filter": {"owner_id": "x-hasura-user-id"}}'),
	('default', 'public', 'post', 'user', 'select', '{"columns": ["id", "title", "state", "team_id", "author_id"], "filter": {"author_id": "x-hasura-user-id"}, "limit": 1}'),
	('default', 'public', 'post', 'user', 'insert', '{"columns": ["title", "team_id", "state"], "check": {"team": {"owner_id": "x-hasura-user-id"}}, "set": {"author_id": "x-hasura-user-id"}}'),
	('default', 'public', 'post', 'user', 'update', '{"columns": ["title", "state"], "filter": {"author_id": "x-hasura-user-id"}, "check": {"state": {"_neq": "closed"}}, "set": {"secret": "set"}}'),
	('default', 'public', 'post', 'user', 'delete', '{"filter": {"author_id": "x-hasura-user-id", "state": "new"}}'),
	('default', 'public', 'remark', 'user', 'insert', '{"columns": ["body", "post_id"], "check": {"post": {"author_id": "x-hasura-user-id"}, "body": {"_neq": "bad"}}, "set": {"author_id": "x-hasura-user-id"}}'),
	('default', 'public', 'remark', 'writer', 'insert', '{"columns": ["body"], "check": {"post_id": {"_gt": 0}}}'),
	('default', 'public', 'remark', 'hooked', 'insert', '{"columns": "*", "check": {}, "validate_input": {"type": "http", "definition": {"url": "http://127.0.0.1:1/"}}}'),
	('default', 'public', 'remark', 'hooked', 'delete', '{"filter": {}, "validate_input": {"type": "http", "definition": {"url": "http://127.0.0.1:1/"}}}'),
	('default', 'public', 'remark', 'hooked', 'update', '{"columns": "*", "filter": {}, "validate_input": {"type": "http", "definition": {"url": "http://127.0.0.1:1/"}}}'),
	('default', 'public', 'remark', 'backend', 'insert', '{"columns": "*", "check": {}, "backend_only": true}');
CREATE FUNCTION run(query text, id text DEFAULT '1', role text DEFAULT 'user') RETURNS text LANGUAGE sql AS $$
	SELECT graphql.execute(jsonb_strip_nulls(jsonb_build_object('x-hasura-role', role, 'x-hasura-user-id', id)), query)::text
$$;

-- insert: allowed, denied, columns and presets
SELECT run('mutation { insert_post_one(object: {title: "a", team_id: 1}) { id title state team { id } author_id } }');
SELECT run('mutation { insert_post_one(object: {title: "b", team_id: 2}) { id } }');
SELECT run('mutation { insert_post(objects: [{title: "b", team_id: 1}, {title: "c", team_id: 2}]) { affected_rows } }');
SELECT run('mutation { insert_post(objects: [{title: "b", author_id: 2}]) { affected_rows } }');
SELECT run('mutation { insert_post(objects: [{title: "b", team_id: 1}]) { affected_rows } }', NULL);
SELECT run('mutation { insert_post(objects: [{title: "b", team_id: 1}]) { affected_rows } }', 'x');
-- a check that is NULL passes
SELECT run('mutation { insert_remark(objects: {body: "no post"}) { affected_rows } }', '1', 'writer');
SELECT run('mutation { insert_remark(objects: {body: "no select"}) { affected_rows returning { body } } }', '1', 'writer');
-- answers are not filtered; relationships are
SELECT run('mutation { insert_post(objects: [{title: "d", team_id: 1}, {title: "e", team_id: 1}]) { affected_rows returning { title team { id } } } }');
-- nested: checks of children see their parents
SELECT run('mutation { insert_post_one(object: {title: "f", team_id: 1, remarks: {data: [{body: "1"}, {body: "2"}]}}) { title } }');
SELECT run('mutation { insert_post(objects: [{title: "g", team_id: 1, remarks: {data: [{body: "1"}, {body: "bad"}]}}]) { affected_rows } }');
SELECT run('mutation { insert_post(objects: [{title: "g", team_id: 1, remarks: {data: [{body: "1"}]}}, {title: "h", team_id: 2, remarks: {data: [{body: "2"}]}}]) { affected_rows } }');

-- conflicts: own rows only, checked as updates, presets set
SELECT run('mutation { insert_post_one(object: {title: "a", team_id: 1, state: "old"}, on_conflict: {constraint: post_title_key, update_columns: [state]}) { title state } }');
SELECT run('mutation { insert_post_one(object: {title: "a", team_id: 1, state: "closed"}, on_conflict: {constraint: post_title_key, update_columns: [state]}) { title state } }');
SELECT run('mutation { insert_post_one(object: {title: "closed", team_id: 1, state: "closed"}, on_conflict: {constraint: post_title_key, update_columns: [state]}) { title state } }');
SELECT run('mutation { insert_post_one(object: {title: "a", team_id: 2, state: "stolen"}, on_conflict: {constraint: post_title_key, update_columns: [state]}) { title state } }', '2');
SELECT run('mutation { insert_remark(objects: {body: "x"}, on_conflict: {constraint: remark_pkey, update_columns: [_PLACEHOLDER]}) { affected_rows } }', '1', 'writer');
SELECT title, state, secret, author_id FROM post ORDER BY id;

-- update and delete
SELECT run('mutation { update_post(where: {}, _set: {state: "seen"}) { affected_rows returning { title state } } }', '2');
SELECT run('mutation { update_post(where: {title: {_in: ["d", "e"]}}, _set: {state: "seen"}) { affected_rows returning { title state } } }');
SELECT run('mutation { update_post(where: {title: {_eq: "d"}}, _set: {state: "closed"}) { affected_rows } }');
SELECT run('mutation { update_post(where: {title: {_eq: "d"}}, _set: {author_id: 2}) { affected_rows } }');
SELECT run('mutation { update_post(where: {secret: {_eq: "set"}}, _set: {state: "x"}) { affected_rows } }');
SELECT run('mutation { update_post_by_pk(pk_columns: {id: 1}) { id } }');
SELECT run('mutation { update_post(where: {team: {id: {_eq: 2}}}, _set: {state: "x"}) { affected_rows } }');
SELECT run('mutation { delete_post(where: {title: {_in: ["d", "e", "closed"]}}) { affected_rows } }');
SELECT run('mutation { delete_post_by_pk(id: 1) { id } }', '2');
SELECT run('mutation { insert_post_one(object: {title: "z", team_id: 1}) { title } delete_post(where: {title: {_eq: "z"}}) { returning { title team { id } } } }');

-- hooks are not ignored
SELECT run('mutation { insert_remark(objects: {body: "x"}) { affected_rows } }', '1', 'hooked');
SELECT run('mutation { update_remark(where: {}, _set: {body: "x"}) { affected_rows } }', '1', 'hooked');
SELECT run('mutation { delete_remark(where: {}) { affected_rows } }', '1', 'hooked');
SELECT run('mutation { insert_remark(objects: {body: "x"}) { affected_rows } }', '1', 'backend');

DELETE FROM gqle.permissions;
DELETE FROM gqle.relationships;
DELETE FROM gqle.tables;
DROP TABLE remark, post, team;
DROP FUNCTION run;
