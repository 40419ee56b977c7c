-- Permissions of tables as metadata: canonical form, refusals, drop, comment.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args text, path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.tables() RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(t::text, E'\n') FROM json_array_elements(gqle.export_metadata()->'sources'->0->'tables') AS t $$;

CREATE TABLE author (id int PRIMARY KEY, name text, made int GENERATED ALWAYS AS (1) STORED);
SELECT gqle.track_table('author');

-- keys in order, defaults left out
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "user", "comment": "c", "permission": {"allow_aggregations": false, "limit": 5, "computed_fields": [], "filter": {"name": {"_eq": "b", "_gt": "a"}, "id": {"_eq": "X-Hasura-User-Id"}}, "columns": ["name", "id"]}}');
SELECT pg_temp.m('pg_create_insert_permission', '{"table": "author", "role": "user", "permission": {"columns": "*", "set": {}, "backend_only": true, "check": {}}}');
SELECT pg_temp.m('pg_create_update_permission', '{"table": "author", "role": "user", "permission": {"columns": ["name"], "set": {"id": "x-hasura-user-id"}, "filter": {}}}');
SELECT pg_temp.m('pg_create_delete_permission', '{"table": "author", "role": "user", "permission": {"filter": {}, "backend_only": false}}');
SELECT pg_temp.m('pg_create_delete_permission', '{"table": "author", "role": "r", "permission": {"filter": {}, "validate_input": {"type": "http", "definition": {"url": "http://x"}}}}');
SELECT pg_temp.tables();

-- what is wrong
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "user", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "admin", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "nothing", "role": "r", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": ["nope"], "filter": {}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": "*", "filter": {"nope": 1}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": "*", "filter": {}, "limit": -1}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": "*", "filter": {}, "limit": "1"}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": "*", "filter": {}, "query_root_fields": ["select_aggregate"]}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "r", "permission": {"columns": "*"}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "", "permission": {"columns": "*", "filter": {}}}');
SELECT pg_temp.m('create_insert_permission', '{"table": "author", "role": "", "permission": {"check": {}}}', '/v1/query');
SELECT pg_temp.m('pg_create_insert_permission', '{"table": "author", "role": "r", "permission": {"check": {}, "columns": ["made"]}}');
SELECT pg_temp.m('pg_create_insert_permission', '{"table": "author", "role": "r", "permission": {"check": {}, "validate_input": {"type": "smtp", "definition": {"url": "http://x"}}}}');
SELECT pg_temp.m('pg_create_insert_permission', '{"table": "author", "role": "r", "permission": {"check": {}, "validate_input": {}}}');

-- what is wrong with a condition: its form before the table is known, the rest with it
CREATE TABLE book (id int PRIMARY KEY, author_id int REFERENCES author, data jsonb);
CREATE FUNCTION label(author, prefix text DEFAULT '') RETURNS text LANGUAGE sql STABLE AS $$ SELECT prefix || $1.name $$;
SELECT gqle.track_table('book');
SELECT pg_temp.m('pg_create_array_relationship', '{"table": "author", "name": "books", "using": {"foreign_key_constraint_on": {"table": "book", "column": "author_id"}}}');
SELECT pg_temp.m('pg_add_computed_field', '{"table": "author", "name": "label", "definition": {"function": "label"}}');
CREATE FUNCTION pg_temp.condition(filter text, tbl text DEFAULT 'author') RETURNS text LANGUAGE sql AS
	$$ SELECT regexp_replace(regexp_replace(pg_temp.m('pg_create_delete_permission', format('{"table": "%s", "role": "c", "permission": {"filter": %s}}', tbl, filter)),
		'"error":".*Internal error message: ', '"error":"'), ',"internal".*', '}') $$;
SELECT pg_temp.condition(f) FROM unnest(ARRAY['5', '{"_and": {}}', '{"$or": [{}, 5]}', '{"_not": []}', '{"_exists": 5}', '{"_exists": {"_table": "book"}}',
	'{"_exists": {"_table": "", "_where": {}}}', '{"_exists": {"_table": "book", "_where": {"_and": 1}}}',
	'{"_exists": {"_table": "nope", "_where": {}}}', '{"nope": 1}', '{"books": 5}', '{"books": {"_and": 5}}', '{"id": {"eq": 1}}', '{"id": {"_st_intersects_rast": 1}}',
	'{"id": {"_like": "a"}}', '{"id": {"_contains": "a"}}', '{"id": {"_has_key": "a"}}', '{"id": {"_st_d_within": {}}}', '{"id": {"_st_within": {}}}', '{"id": {"_ancestor": "a"}}',
	'{"id": {"_is_null": 1}}', '{"id": {"_cast": 1}}', '{"id": {"_cast": {"text": {}}}}', '{"id": {"_ceq": "nope"}}', '{"id": {"_ceq": "name"}}', '{"id": {"_ceq": ["$", "books"]}}',
	'{"id": {"_ceq": ["books", "id"]}}', '{"id": {"_ceq": []}}', '{"id": {"_ceq": [1]}}', '{"id": {"_ceq": 1}}', '{"id": {"_eq": 1.5}}', '{"id": {"_eq": true}}', '{"id": [1]}',
	'{"id": {"_in": 1}}', '{"id": {"_in": [1, {}]}}', '{"name": {"_eq": 1}}', '{"label": {"_eq": "a"}}']) AS f;
-- and with columns and presets
SELECT regexp_replace(pg_temp.m('pg_create_' || o || '_permission', format('{"table": "author", "role": "c", "permission": {"check": {}, "filter": {}, %s}}', p)), ',"internal".*', '}')
FROM (VALUES ('select', '"columns": ["books"]'), ('select', '"columns": ["label"]'), ('select', '"columns": [], "computed_fields": ["nope"]'), ('select', '"columns": [], "computed_fields": ["id"]'),
	('select', '"columns": [], "computed_fields": ["books"]'), ('insert', '"columns": ["books"]'), ('update', '"columns": ["nope"]'), ('insert', '"set": {"books": 1}'), ('update', '"columns": [], "set": {"nope": 1}'),
	('insert', '"set": {"id": {}}')) AS x (o, p);
-- exported in one spelling
SELECT pg_temp.m('pg_create_delete_permission', '{"table": "author", "role": "c", "permission": {"filter": {"$or": [{"$not": {"id": {"$gt": 1}}}], "$exists": {"_table": "book", "_where": {"books": {"$and": []}}}}}}');
SELECT pg_temp.m('pg_create_delete_permission', '{"table": "author", "role": "c", "permission": {"filter": {"$or": [{"$not": {"id": {"$gt": 1}}}], "$exists": {"_table": "book", "_where": {"data": {"$and": 1}}}}}}');
SELECT pg_temp.m('pg_create_delete_permission', '{"table": "author", "role": "c", "permission": {"filter": {"$or": [{"$not": {"id": {"$gt": 1}}}], "$exists": {"_table": "book", "_where": {"data": {"$eq": 1}}}}}}');
SELECT pg_temp.m('pg_create_delete_permission', '{"table": "author", "role": "d", "permission": {"filter": {"$and": [{"id": 1}], "_and": []}}}');
SELECT p->>'role', p->'permission' FROM json_array_elements(gqle.export_metadata()->'sources'->0->'tables'->0->'delete_permissions') AS p WHERE p->>'role' IN ('c', 'd');
SELECT pg_temp.m('pg_drop_delete_permission', '{"table": "author", "role": "c"}');
SELECT pg_temp.m('pg_drop_delete_permission', '{"table": "author", "role": "d"}');
SELECT pg_temp.m('pg_drop_computed_field', '{"table": "author", "name": "label"}');
SELECT pg_temp.m('pg_untrack_table', '{"table": "book", "cascade": true}');
DROP FUNCTION label;
DROP TABLE book;

-- comment and drop
SELECT pg_temp.m('pg_set_permission_comment', '{"table": "author", "role": "user", "permission": "select", "comment": "d"}');
SELECT pg_temp.m('pg_set_permission_comment', '{"table": "author", "role": "nobody", "permission": "select"}');
SELECT pg_temp.m('pg_set_permission_comment', '{"table": "author", "role": "user", "permission": "read"}');
SELECT pg_temp.m('pg_drop_select_permission', '{"table": "author", "role": "nobody"}');
SELECT pg_temp.m('pg_drop_insert_permission', '{"table": "author", "role": "user"}');
SELECT pg_temp.m('pg_drop_update_permission', '{"table": "author", "role": "user"}');
SELECT pg_temp.m('pg_drop_delete_permission', '{"table": "author", "role": "user"}');
SELECT pg_temp.tables();
SELECT pg_temp.m('pg_drop_select_permission', '{"table": "author", "role": "user"}');

-- inherited roles
SELECT pg_temp.m('pg_create_select_permission', '{"table": "author", "role": "user", "permission": {"columns": ["id"], "filter": {}}}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "both", "role_set": ["user", "b"]}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "b", "role_set": ["user"]}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "both", "role_set": ["user", "b"]}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "b", "role_set": ["both"]}');
SELECT pg_temp.m('drop_inherited_role', '{"role_name": "b"}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "both", "role_set": ["both", "b"]}');
SELECT pg_temp.m('drop_inherited_role', '{"role_name": "nobody"}');
SELECT pg_temp.m('drop_inherited_role', '{"role_name": "both"}');

SELECT gqle.clear_metadata();
-- admin has every permission already; of tables with one name the last counts
SELECT regexp_replace(pg_temp.m('replace_metadata', '{"version": 3, "sources": [{"name": "default", "kind": "postgres", "configuration": {"connection_info": {"database_url": "x"}}, "tables": [{"table": "author", "select_permissions": [{"role": "admin", "permission": {"columns": ["id"], "filter": {}}}]}]}]}'), '"table":\{[^}]*}', '…');
SELECT pg_temp.m('replace_metadata', '{"version": 3, "sources": [{"name": "default", "kind": "postgres", "configuration": {"connection_info": {"database_url": "x"}}, "tables": [{"table": "author", "is_enum": true}, {"table": {"schema": "public", "name": "author"}, "configuration": {"custom_name": "writer"}}]}]}');
SELECT pg_temp.tables();
SELECT gqle.clear_metadata();
SELECT gqle.metadata('{"type": "pg_update_source", "args": {"name": "default", "configuration": {"connection_info": {"database_url": {"from_env": "HASURA_GRAPHQL_DATABASE_URL"}}}}}');
DROP TABLE author;

-- values of an enum table
SELECT gqle.clear_metadata();
CREATE TABLE color (value text PRIMARY KEY);
INSERT INTO color VALUES ('green'), ('blue');
CREATE TABLE thing (id int PRIMARY KEY, color text REFERENCES color);
SELECT gqle.track_table('color', is_enum => true);
SELECT gqle.track_table('thing');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "thing", "role": "r", "permission": {"columns": "*", "filter": {"color": {"_eq": "red"}}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "thing", "role": "r", "permission": {"columns": "*", "filter": {"color": {"_in": ["blue", "red"]}}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "thing", "role": "r", "permission": {"columns": "*", "filter": {"color": "red"}}}');
SELECT pg_temp.m('pg_create_insert_permission', '{"table": "thing", "role": "r", "permission": {"columns": "*", "check": {}, "set": {"color": "red"}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "thing", "role": "r", "permission": {"columns": "*", "filter": {"color": {"_in": ["blue", "X-Hasura-Color"]}}}}');
SELECT pg_temp.m('pg_create_select_permission', '{"table": "thing", "role": "r2", "permission": {"columns": "*", "filter": {"_or": [{"color": {"_in": ["blue", "green"]}}, {"color": {"_eq": "X-Hasura-Color"}}]}}}');
SELECT gqle.clear_metadata();
DROP TABLE thing, color;
