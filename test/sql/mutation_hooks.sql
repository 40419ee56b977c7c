-- Webhooks that validate what is written: metadata, who is asked, and that nothing
-- is written without a yes.  (What they are told: test/node/hooks.test.mjs.)
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args text) RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api('/v1/metadata', format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.run(role text, query text) RETURNS text LANGUAGE sql AS
	$$ SELECT graphql.execute(jsonb_build_object('x-hasura-role', role), query)::text $$;
CREATE FUNCTION pg_temp.permit(kind text, target text, role text, hook text) RETURNS text LANGUAGE sql AS
	$$ SELECT pg_temp.m(format('pg_create_%s_permission', kind), format('{"table": "%s", "role": "%s", "permission": {%s, "validate_input": %s}}', target, role,
		CASE kind WHEN 'insert' THEN '"check": {}, "columns": "*"' WHEN 'update' THEN '"filter": {}, "columns": "*"' ELSE '"filter": {}' END, hook)) $$;

CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE article (id int PRIMARY KEY, author_id int REFERENCES author, title text);
SELECT gqle.track_table('author'), gqle.track_table('article');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "articles", "using": {"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}}');
SELECT pg_temp.m('pg_create_object_relationship', '{"table": "article", "name": "author", "using": {"foreign_key_constraint_on": "author_id"}}');

-- what metadata say, with defaults and in order
SELECT pg_temp.permit('insert', 'author', 'user', '{"type": "http", "definition": {"url": "http://127.0.0.1:1/check", "timeout": 5}}');
SELECT pg_temp.permit('update', 'author', 'user', '{"type": "http", "definition": {"url": "http://127.0.0.1:1/", "headers": [{"name": "x-key", "value_from_env": "GQLE_NO_SUCH_VARIABLE"}]}}');
SELECT pg_temp.permit('delete', 'author', 'user', '{"type": "http", "definition": {"url": "http://127.0.0.1:1/", "forward_client_headers": true, "headers": [{"name": "x-key", "value": "{{GQLE_NO_SUCH_VARIABLE}}!"}]}}');
SELECT pg_temp.permit('insert', 'article', 'user', '{"type": "http", "definition": {"url": "http://127.0.0.1:1/"}}');
SELECT pg_temp.m('pg_create_insert_permission', '{"table": "author", "role": "half", "permission": {"check": {}, "columns": "*"}}');
SELECT pg_temp.permit('insert', 'article', 'half', '{"type": "http", "definition": {"url": "http://127.0.0.1:1/"}}');
SELECT p->'permission'->'validate_input' FROM json_array_elements(gqle.export_metadata()->'sources'->0->'tables'->1->'insert_permissions') AS p WHERE p->>'role' = 'user';
SELECT p->'permission'->'validate_input' FROM json_array_elements(gqle.export_metadata()->'sources'->0->'tables'->1->'delete_permissions') AS p;

-- what is wrong with it
SELECT pg_temp.permit('delete', 'article', 'r', '{"type": "http", "definition": {"headers": []}}');
SELECT pg_temp.permit('delete', 'article', 'r', '{"type": "http"}');
SELECT pg_temp.permit('delete', 'article', 'r', '{"definition": {"url": "http://x"}}');
SELECT pg_temp.permit('delete', 'article', 'r', '{"type": "grpc", "definition": {"url": "http://x"}}');
SELECT pg_temp.permit('delete', 'article', 'r', '{"type": "http", "definition": {"url": "http://x", "timeout": -1}}');
SELECT pg_temp.permit('delete', 'article', 'r', '{"type": "http", "definition": {"url": "http://x", "headers": [{"name": "a"}]}}');
SELECT pg_temp.permit('delete', 'article', 'r', '{"type": "http", "definition": {"url": "http://x", "headers": [{"name": "a", "value_from_env": "HASURA_GRAPHQL_ADMIN_SECRET"}]}}');
SELECT pg_temp.permit('delete', 'article', 'r', '{"type": "http", "definition": {"url": "http://{{GQLE_NO_SUCH_VARIABLE}}/{{GQLE_NOR_THIS}}"}}');

-- nobody answers: nothing is written
SELECT pg_temp.run('user', 'mutation { insert_author(objects: {id: 1, name: "a"}) { affected_rows } }');
SELECT pg_temp.run('user', 'mutation { insert_author(objects: []) { affected_rows } }');
SELECT pg_temp.run('user', 'mutation { insert_author(objects: {id: 1}, on_conflict: {constraint: author_pkey, update_columns: [name]}) { affected_rows } }');
SELECT pg_temp.run('half', 'mutation { insert_author(objects: {id: 1, articles: {data: [{id: 1}]}}) { affected_rows } }');
SELECT pg_temp.run('half', 'mutation { insert_author(objects: {id: 1, articles: {data: []}}) { affected_rows } }');
SELECT pg_temp.run('user', 'mutation { update_author(where: {}, _set: {name: "x"}) { affected_rows } }');
SELECT pg_temp.run('user', 'mutation { delete_author(where: {}) { affected_rows } }');
SELECT count(*) FROM author;
-- what the client got wrong comes first, on a second look, too
SELECT pg_temp.run('user', 'mutation { insert_author(objects: {id: "x", name: "a"}) { affected_rows } }');
SELECT graphql.execute('{"x-hasura-role": "user"}', 'mutation ($o: author_insert_input!) { insert_author(objects: [$o]) { affected_rows } }', '{"o": {"id": 1}}');
SELECT graphql.execute('{"x-hasura-role": "user"}', 'mutation ($o: author_insert_input!) { insert_author(objects: [$o]) { affected_rows } }', '{"o": {"id": true}}');
-- details are for developers
SET gqle.dev_mode = on;
SELECT pg_temp.run('user', 'mutation { insert_author(objects: {id: 1, name: "a"}) { affected_rows } }');
RESET gqle.dev_mode;

-- no hook, none asked: the admin, other roles, nothing nested, queries
SELECT pg_temp.run('admin', 'mutation { insert_author(objects: {id: 1, articles: {data: [{id: 1}]}}) { affected_rows } }');
SELECT pg_temp.run('half', 'mutation { insert_author(objects: {id: 2}) { affected_rows } }');
SELECT graphql.explain('{"x-hasura-role": "user"}', 'mutation { delete_author(where: {}) { affected_rows } }');

-- inherited: the same hook of both parents holds, different ones are no permission
SELECT pg_temp.permit('delete', 'article', 'a', '{"type": "http", "definition": {"url": "http://127.0.0.1:1/"}}'),
	pg_temp.permit('delete', 'article', 'b', '{"type": "http", "definition": {"url": "http://127.0.0.1:1/"}}'),
	pg_temp.permit('delete', 'article', 'c', '{"type": "http", "definition": {"url": "http://127.0.0.1:1/other"}}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "same", "role_set": ["a", "b"]}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "different", "role_set": ["a", "c"]}');
SELECT pg_temp.run('same', 'mutation { delete_article(where: {}) { affected_rows } }');
SELECT pg_temp.run('different', 'mutation { delete_article(where: {}) { affected_rows } }');
SELECT pg_temp.m('clear_metadata', '{}');
DROP TABLE article, author;
