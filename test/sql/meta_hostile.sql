-- Metadata that nobody should write: strange names, names that are missing, taken
-- or in circles.  Each command works or is refused as a whole.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args json, path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || left(answer::text, 400) FROM gqle_internal.call_api(path, json_build_object('type', type, 'args', args)::text) $$;
CREATE FUNCTION pg_temp.t(name text, schema text DEFAULT 'hostile') RETURNS json LANGUAGE sql AS
	$$ SELECT json_build_object('name', name, 'schema', schema) $$;
CREATE SCHEMA hostile;
CREATE TABLE hostile."a ""b"" 'c'; --" (id int PRIMARY KEY, "x""y" int, "z z" int);
CREATE TABLE hostile."naïve 表" (id int PRIMARY KEY, "größe" int);
CREATE TABLE hostile.a23456789012345678901234567890123456789012345678901234567890123 (id int PRIMARY KEY);
CREATE TABLE hostile."$filter" (id int PRIMARY KEY, "_and" int, "$x" int);
CREATE TABLE hostile.plain (id int PRIMARY KEY, other int REFERENCES hostile.plain);

-- names of tables
SELECT name, pg_temp.m('pg_track_table', json_build_object('table', pg_temp.t(name))) FROM unnest(ARRAY[
	'a "b" ''c''; --', 'naïve 表', 'a23456789012345678901234567890123456789012345678901234567890123', '$filter', 'plain', 'plain', 'PLAIN', '',
	'nothing', repeat('x', 100), 'pg_class', E'tab\there', E'line\nbreak', '%s%n']) WITH ORDINALITY AS n(name, o) ORDER BY o;
SELECT pg_temp.m('pg_set_table_customization', json_build_object('table', pg_temp.t('a "b" ''c''; --'), 'configuration', json_build_object('custom_name', 'quoted')));
SELECT pg_temp.m('pg_set_table_customization', json_build_object('table', pg_temp.t('naïve 表'), 'configuration',
	json_build_object('custom_name', 'naive', 'column_config', json_build_object('größe', json_build_object('custom_name', 'size')))));
SELECT pg_temp.m('pg_set_table_customization', json_build_object('table', pg_temp.t('$filter'), 'configuration', json_build_object('custom_name', n)))
	FROM unnest(ARRAY['__x', 'a b', '', '1', 'größe', 'query_root', 'Int', 'quoted', repeat('n', 5000), 'hostile_plain', 'dollar']) WITH ORDINALITY AS x(n, o) ORDER BY o;

-- names of relationships, roles, computed fields
SELECT left(name, 20), left(pg_temp.m('pg_create_object_relationship', json_build_object('table', pg_temp.t('plain'), 'name', name, 'using', json_build_object('foreign_key_constraint_on', 'other'))), 250)
	FROM unnest(ARRAY['up', 'up', 'id', 'a b', '__up', '', 'größe', repeat('r', 5000), E'n\u00e9', '_and', 'other', 'up_aggregate']) WITH ORDINALITY AS n(name, o) ORDER BY o;
SELECT pg_temp.m('pg_create_array_relationship', json_build_object('table', pg_temp.t('plain'), 'name', 'down', 'using',
	json_build_object('foreign_key_constraint_on', json_build_object('table', pg_temp.t('plain'), 'column', 'other'))));
SELECT left(role, 20), pg_temp.m('pg_create_select_permission', json_build_object('table', pg_temp.t('plain'), 'role', role, 'permission', json_build_object('columns', '*'::text, 'filter', '{}'::json)))
	FROM unnest(ARRAY['r', 'r', 'admin', '', 'a "b" ''c''', 'größe', repeat('r', 5000)]) WITH ORDINALITY AS n(role, o) ORDER BY o;

-- circles: through relationships in a filter, of inherited roles
SELECT pg_temp.m('pg_create_update_permission', json_build_object('table', pg_temp.t('plain'), 'role', 'r', 'permission',
	json_build_object('columns', '*'::text, 'filter', '{"up": {"down": {"up": {"down": {"id": {"_eq": "X-Hasura-User-Id"}}}}}}'::json)));
SELECT pg_temp.m('pg_create_delete_permission', json_build_object('table', pg_temp.t('plain'), 'role', 'r', 'permission', json_build_object('filter',
	(repeat('{"up": ', 5000) || '{}' || repeat('}', 5000))::json)));
SELECT pg_temp.m('add_inherited_role', '{"role_name": "i", "role_set": ["r", "j"]}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "i", "role_set": ["i"]}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "i", "role_set": ["r"]}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "j", "role_set": ["i"]}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "i", "role_set": ["j"]}');

-- what is there can be written and read
SELECT pg_temp.m('get_inconsistent_metadata', '{}');
SELECT gqle.export_metadata() AS before \gset
SELECT gqle.replace_metadata(:'before'::jsonb);
SELECT gqle.export_metadata()::text = :'before';
SELECT graphql.execute('{"x-hasura-role": "a \"b\" ''c''"}', '{ hostile_plain { id up { id } } }');
SELECT graphql.execute('{}', '{ quoted { id } naive { id size } }');

-- a document in which something comes twice changes nothing
SELECT pg_temp.m('replace_metadata', jsonb_set(:'before'::jsonb, '{sources,0,tables}', (:'before'::jsonb)#>'{sources,0,tables}' || ((:'before'::jsonb)#>'{sources,0,tables}'))::json);
SELECT pg_temp.m('replace_metadata', jsonb_set(:'before'::jsonb, '{sources}', (:'before'::jsonb)->'sources' || ((:'before'::jsonb)->'sources'))::json);
SELECT gqle.export_metadata()::text = :'before';
SELECT gqle.clear_metadata();
DROP SCHEMA hostile CASCADE;
