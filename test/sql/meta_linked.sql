-- Sources that are other databases: their metadata are kept there, changed in the same
-- transaction as ours, and enforced there.
\a
\t
SET client_min_messages = warning;
CREATE DATABASE gqle_regress_linked;
SELECT format('postgresql:///gqle_regress_linked?host=%s&port=%s&user=%s', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_user) AS url \gset
CREATE FUNCTION pg_temp.m(type text, args text) RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api('/v1/metadata', format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.q(path text, type text, args text, session jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, format('{"type": "%s", "args": %s}', type, args), session) $$;
CREATE FUNCTION pg_temp.tracked() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(t->'table'->>'name', ' ') FROM json_array_elements(gqle.export_metadata()->'sources') AS s, json_array_elements(s->'tables') AS t WHERE s->>'name' = 'other' $$;
CREATE TABLE here (id int PRIMARY KEY);
INSERT INTO here VALUES (1);
SELECT gqle.track_table('here');
SELECT gqle.create_select_permission('here', 'guest', '{"columns": ["id"], "filter": {}}');

-- what can't be linked
SELECT pg_temp.m('pg_add_source', '{"name": "other", "configuration": {"connection_info": {"database_url": {"from_env": "NO_SUCH_VARIABLE"}}}}');
SELECT regexp_replace(pg_temp.m('pg_add_source', '{"name": "other", "configuration": {"connection_info": {"database_url": "postgresql://127.0.0.1:1/x"}}}'), 'object: .*', '...');
SELECT pg_temp.m('pg_add_source', format('{"name": "other", "configuration": {"connection_info": {"database_url": "%s"}}}', replace(:'url', 'gqle_regress_linked', current_database())));
SELECT count(*) FROM gqle.sources;

SELECT pg_temp.m('pg_add_source', format('{"name": "other", "configuration": {"connection_info": {"database_url": "%s"}}, "customization": {"root_fields": {"prefix": "o_"}}}', :'url'));
SELECT pg_temp.m('pg_add_source', format('{"name": "other", "configuration": {"connection_info": {"database_url": "%s"}}}', :'url'));
SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = 'gqle_regress_linked');

-- commands, and what they answer
SELECT pg_temp.q('/v2/query', 'run_sql', '{"source": "other", "sql": "CREATE TABLE author (id serial PRIMARY KEY, name text); CREATE TABLE book (id serial PRIMARY KEY, author_id int REFERENCES author, price numeric)"}');
SELECT pg_temp.q('/v2/query', 'run_sql', '{"source": "other", "sql": "SELECT count(*) FROM author", "read_only": true}');
SELECT pg_temp.q('/v2/query', 'run_sql', '{"source": "other", "sql": "SELECT 1/0"}');
SELECT pg_temp.m('pg_track_table', '{"source": "other", "table": "author"}');
SELECT pg_temp.m('pg_track_table', '{"source": "other", "table": "book"}');
SELECT pg_temp.m('pg_track_table', '{"source": "other", "table": "book"}');
SELECT pg_temp.m('pg_track_table', '{"source": "other", "table": "missing"}');
SELECT pg_temp.m('pg_create_array_relationship', '{"source": "other", "table": "author", "name": "books", "using": {"foreign_key_constraint_on": {"table": "book", "column": "author_id"}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"source": "other", "table": "author", "role": "reader", "permission": {"columns": ["name"], "filter": {"id": {"_eq": "X-Hasura-Author-Id"}}, "limit": 5}}');
SELECT pg_temp.m('pg_create_event_trigger', '{"source": "other", "table": "author", "name": "t", "webhook": "http://x", "insert": {"columns": "*"}}');
SELECT pg_temp.m('bulk', '[{"type": "pg_untrack_table", "args": {"source": "other", "table": "missing"}}]');
SELECT pg_temp.m('bulk_keep_going', '[{"type": "pg_untrack_table", "args": {"source": "other", "table": "missing"}}, {"type": "pg_set_table_customization", "args": {"source": "other", "table": "book", "configuration": {"custom_name": "Volume"}}}]');
SELECT pg_temp.q('/v1/query', 'insert', '{"source": "other", "table": "author", "objects": [{"name": "Ann"}, {"name": "Bob"}], "returning": ["id"]}');
SELECT pg_temp.q('/v1/query', 'select', '{"source": "other", "table": "author", "columns": ["name"]}', '{"x-hasura-role": "reader", "x-hasura-author-id": "2"}');

-- requests
SELECT graphql.execute('{}', '{ here { id } o_author(order_by: {id: asc}) { id name __typename books { id } } }');
SELECT graphql.execute('{}', 'mutation ($o: [book_insert_input!]!) { o_insert_author_one(object: {name: "Cy"}) { id } o_insert_Volume(objects: $o) { returning { price } } }', '{"o": [{"author_id": 1, "price": 2.50}]}');
SELECT graphql.execute('{}', 'mutation ($o: [Volume_insert_input!]!) { o_insert_author_one(object: {name: "Cy"}) { id } o_insert_Volume(objects: $o) { returning { price } } }', '{"o": [{"author_id": 1, "price": 2.50}]}');
SELECT graphql.execute('{}', 'query ($id: Int!) { o_author_by_pk(id: $id) { name books_aggregate { aggregate { sum { price } } } } }', '{"id": 1}');
SELECT graphql.execute('{}', '{ o_author(where: {id: {_eq: "x"}}) { id } }');
SELECT graphql.execute('{}', 'mutation { o_insert_author(objects: [{id: 1}]) { affected_rows } }');
SELECT graphql.execute('{}', '{ __type(name: "Volume") { kind fields { name } } }');

-- allowed, filtered, denied, not to be inferred
SELECT graphql.execute('{"x-hasura-role": "reader", "x-hasura-author-id": "2"}', '{ o_author { name } }');
SELECT graphql.execute('{"x-hasura-role": "reader", "x-hasura-author-id": "7"}', '{ o_author { name } }');
SELECT graphql.execute('{"x-hasura-role": "reader"}', '{ o_author { name } }');
SELECT graphql.execute('{"x-hasura-role": "reader", "x-hasura-author-id": "2"}', '{ o_author { id } }');
SELECT graphql.execute('{"x-hasura-role": "reader", "x-hasura-author-id": "2"}', '{ o_Volume { id } }');
SELECT graphql.execute('{"x-hasura-role": "reader"}', '{ __type(name: "Volume") { name } __schema { queryType { fields { name } } } }');
SELECT graphql.execute('{"x-hasura-role": "guest"}', '{ o_author { name } }');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "both", "role_set": ["guest", "reader"]}');
SELECT graphql.execute('{"x-hasura-role": "both", "x-hasura-author-id": "1"}', '{ here { id } o_author { name } }');
SELECT pg_temp.m('drop_inherited_role', '{"role_name": "both"}');
SELECT graphql.execute('{"x-hasura-role": "both", "x-hasura-author-id": "1"}', '{ o_author { name } }');

-- what is for backends only, over which no variable of a client's decides
SELECT pg_temp.m('pg_create_insert_permission', '{"source": "other", "table": "author", "role": "backend", "permission": {"columns": ["name"], "check": {}, "backend_only": true}}');
SELECT graphql.execute('{"x-hasura-role": "backend"}', 'mutation { o_insert_author(objects: [{name: "Dee"}]) { affected_rows } }');
SELECT graphql.execute('{"x-hasura-role": "backend", "x-hasura-use-backend-only-permissions": "true"}', 'mutation { o_insert_author(objects: [{name: "Dee"}]) { affected_rows } }');
SELECT pg_temp.q('/v1/query', 'insert', '{"source": "other", "table": "author", "objects": [{"name": "Eve"}]}', '{"x-hasura-role": "backend", "x-hasura-use-backend-only-permissions": "true"}');

-- one transaction
SELECT pg_temp.tracked();
BEGIN;
SELECT pg_temp.m('pg_untrack_table', '{"source": "other", "table": "book", "cascade": true}');
SELECT pg_temp.tracked();
ROLLBACK;
SELECT pg_temp.tracked();
BEGIN;
SAVEPOINT a;
SELECT pg_temp.m('pg_untrack_table', '{"source": "other", "table": "book", "cascade": true}');
ROLLBACK TO a;
SELECT pg_temp.m('pg_untrack_table', '{"source": "other", "table": "author", "cascade": true}');
COMMIT;
SELECT pg_temp.tracked();
SELECT pg_temp.m('bulk', '[{"type": "pg_untrack_table", "args": {"source": "other", "table": "book"}}, {"type": "pg_track_table", "args": {"source": "default", "table": "missing"}}]');
SELECT pg_temp.tracked();

-- DDL done there, unnoticed here until it is asked
SELECT pg_temp.m('pg_track_table', '{"source": "other", "table": "author"}');
SELECT pg_temp.q('/v2/query', 'run_sql', '{"source": "other", "sql": "DROP TABLE book", "check_metadata_consistency": false}');
SELECT pg_temp.m('reload_metadata', '{}');
SELECT pg_temp.m('drop_inconsistent_metadata', '{}');
SELECT pg_temp.m('get_inconsistent_metadata', '{}');

-- export, replace, clear
SELECT (json_array_elements(gqle.export_metadata()->'sources'))->'tables';
SELECT gqle.export_metadata() AS document \gset
SELECT pg_temp.m('clear_metadata', '{}');
SELECT graphql.execute('{}', '{ o_author { name } }');
SELECT pg_temp.m('replace_metadata', :'document');
SELECT gqle.export_metadata()::text = :'document';
SELECT graphql.execute('{}', '{ o_author(order_by: {id: asc}) { name } }');

-- out of reach: stored here, and given to it once it is back
ALTER DATABASE gqle_regress_linked ALLOW_CONNECTIONS false;
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'gqle_regress_linked';
SELECT regexp_replace(graphql.execute('{}', '{ here { id } o_author { name } }')::text, '"internal".*', '...');
SELECT regexp_replace(pg_temp.m('replace_metadata', format('{"allow_inconsistent_metadata": true, "metadata": %s}', :'document')), '"reason":"[^"\\]*(\\.[^"\\]*)*"', '"reason":...');
SELECT graphql.execute('{}', '{ here { id } }');
ALTER DATABASE gqle_regress_linked ALLOW_CONNECTIONS true;
SELECT pg_temp.m('reload_metadata', '{}');
SELECT count(*) FROM gqle.tables WHERE source = 'other';
SELECT graphql.execute('{}', '{ o_author(order_by: {id: asc}) { name } }');

-- another name, and no more
SELECT pg_temp.m('rename_source', '{"name": "other", "new_name": "second"}');
SELECT graphql.execute('{}', '{ o_author(limit: 1, order_by: {id: asc}) { name } }');
SELECT pg_temp.m('pg_update_source', '{"name": "second", "customization": {"root_fields": {"prefix": "s_"}}}');
SELECT graphql.execute('{}', '{ s_author(limit: 1, order_by: {id: asc}) { name } }');
SELECT pg_temp.m('pg_drop_source', '{"name": "second"}');
SELECT graphql.execute('{}', '{ s_author { name } }');
SELECT pg_temp.m('clear_metadata', '{}');
DROP TABLE here;
DROP DATABASE gqle_regress_linked WITH (FORCE);
