-- Actions in the schema: root fields by role, the types made for them, how values
-- are checked, and what is said of mistakes in their metadata.
\a
\t
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.m(type text, args json) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	message text;
BEGIN
	RETURN gqle.metadata(json_build_object('type', type, 'args', args)::jsonb);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, message = MESSAGE_TEXT;
	RETURN message || ' ' || detail;
END $$;
CREATE FUNCTION pg_temp.q(role text, query text, variables jsonb DEFAULT '{}') RETURNS json LANGUAGE sql AS $$
	SELECT graphql.execute(jsonb_build_object('x-hasura-role', role), query, variables)
$$;

SELECT pg_temp.m('set_custom_types', '{
 "scalars": [{"name": "Money", "description": "an amount"}],
 "enums": [{"name": "Mood", "description": "of people", "values": [{"value": "glad", "description": "rather"}, {"value": "sad"}]}],
 "input_objects": [{"name": "Person", "description": "who", "fields": [
  {"name": "name", "type": "String!", "description": "as told"}, {"name": "age", "type": "Int"},
  {"name": "weight", "type": "Float"}, {"name": "id", "type": "ID"}, {"name": "is_new", "type": "Boolean"},
  {"name": "mood", "type": "Mood"}, {"name": "born", "type": "date"}, {"name": "due", "type": "Money!"},
  {"name": "friends", "type": "[Person!]"}]}],
 "objects": [{"name": "Result", "description": "what came", "fields": [
  {"name": "id", "type": "ID!", "description": "its number"}, {"name": "mood", "type": "Mood"}, {"name": "at", "type": "timestamptz"},
  {"name": "parent", "type": "Result"}, {"name": "parts", "type": "[[Result!]]!"}]}]}');
SELECT pg_temp.m('create_action', '{"name": "greet", "comment": "say hello", "definition": {"handler": "http://127.0.0.1:1/greet", "output_type": "[Result!]!",
 "arguments": [{"name": "who", "type": "Person!", "description": "to be greeted"}, {"name": "n", "type": "Int"}, {"name": "ids", "type": "[uuid!]"}]}}');
SELECT pg_temp.m('create_action', '{"name": "look", "definition": {"type": "query", "handler": "http://127.0.0.1:1/look", "output_type": "[Money]"}}');
SELECT pg_temp.m('create_action_permission', '{"action": "look", "role": "user"}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "both", "role_set": ["user", "guest"]}') ~ 'guest';
SELECT pg_temp.m('create_action_permission', '{"action": "greet", "role": "guest"}');
SELECT pg_temp.m('add_inherited_role', '{"role_name": "both", "role_set": ["user", "guest"]}');

-- who sees what
SELECT graphql.sdl('admin');
SELECT graphql.sdl('user');
SELECT graphql.sdl('guest') ~ 'greet', graphql.sdl('guest') ~ 'look', graphql.sdl('both') ~ 'greet', graphql.sdl('both') ~ 'look',
	graphql.sdl('nobody') ~ 'greet|look|Result|Money';
SELECT pg_temp.q('user', 'mutation { greet(who: {name: "x", due: 1}) { id } }');
SELECT pg_temp.q('guest', '{ look }');
SELECT graphql.execute_relay('{"x-hasura-role": "admin"}', '{ look }');

-- nobody answers; what is passed on is told to those who may know
SELECT pg_temp.q('user', '{ look }');
SELECT pg_temp.q('admin', 'mutation ($n: Int, $who: Person!) { greet(who: $who, n: $n, ids: ["b6e2a6f4-93f0-4d6c-8f4d-1f4a4a0f1a5c"]) { id } }',
	'{"who": {"name": "A", "age": 1e1, "id": 7, "mood": "glad", "due": {"any": [1, null]}, "friends": [{"name": "B", "due": null}]}}')->'errors'->0->'extensions'->'internal'->'request';
SELECT pg_temp.q('admin', 'mutation { greet(who: {name: "A", due: x, born: null, friends: {name: "C", due: [1]}}) { id } }')->'errors'->0->'extensions'->'internal'->'request'->'body'->'input';

-- values of GraphQL's own types
SELECT pg_temp.q('admin', format('mutation { greet(who: {name: "x", due: 1, %s}) { id } }', value))->'errors'->0
FROM unnest(ARRAY['age: "1"', 'age: 1.0', 'age: 3000000000', 'age: true', 'weight: "x"', 'weight: 1e400', 'id: 1.5', 'id: glad', 'is_new: "true"',
	'mood: "glad"', 'mood: angry', 'born: 7', 'friends: [null]', 'other: 1']) AS value;
SELECT pg_temp.q('admin', 'mutation { greet(who: {name: 5, due: 1}) { id } }')->'errors'->0;
SELECT pg_temp.q('admin', 'mutation { greet(who: {name: null, due: 1}) { id } }')->'errors'->0;
SELECT pg_temp.q('admin', 'mutation { greet(who: {name: "x"}) { id } }')->'errors'->0;
SELECT pg_temp.q('admin', 'mutation { greet(who: null) { id } }')->'errors'->0;
SELECT pg_temp.q('admin', 'mutation { greet { id } }')->'errors'->0;
SELECT pg_temp.q('admin', 'mutation { greet(who: {name: "x", due: 1}, n: true) { id } }')->'errors'->0;
SELECT pg_temp.q('admin', 'mutation { greet(who: {name: "x", due: 1}, ids: [null]) { id } }')->'errors'->0;
SELECT pg_temp.q('admin', 'mutation { greet(who: {name: "x", due: 1}) }')->'errors'->0;
SELECT pg_temp.q('admin', '{ look { id } }')->'errors'->0;
-- of a variable, in each request anew
SELECT pg_temp.q('admin', 'mutation ($p: Person!) { greet(who: $p) { id } }', format('{"p": {"name": %s, "due": 1, "age": %s}}', name, age)::jsonb)->'errors'->0->>'message'
FROM (VALUES ('"x"', '1'), ('"x"', '"1"'), ('"y"', '1.5'), ('3', '1'), ('"x"', 'null')) AS v (name, age);

-- cannot be explained
SELECT graphql.explain('{"x-hasura-role": "admin"}', '{ look }');

-- what is wrong with types
SELECT pg_temp.m('set_custom_types', json) FROM (VALUES
 ('{"scalars": [{"name": "A"}], "enums": [{"name": "A", "values": [{"value": "x"}, {"value": "x"}]}], "objects": [{"name": "B", "fields": [{"name": "a", "type": "Int"}]}, {"name": "B", "fields": [{"name": "a", "type": "Int"}]}]}'::json),
 ('{"input_objects": [{"name": "I", "fields": [{"name": "a", "type": "O"}, {"name": "b", "type": "int4"}]}], "objects": [{"name": "O", "fields": [{"name": "a", "type": "No"}]}]}'),
 ('{"objects": [{"name": "O", "fields": [{"name": "a", "type": "I", "arguments": []}, {"name": "a", "type": "Int"}]}], "input_objects": [{"name": "I", "fields": [{"name": "a", "type": "[["}]}]}'),
 ('{"objects": [{"name": "O", "fields": [{"name": "a", "type": "[Int]"}], "relationships": [{"name": "r", "type": "object", "remote_table": "t", "field_mapping": {"a": "id", "b": "id"}}]}]}'),
 ('{"objects": [{"name": "O", "fields": [{"name": "a", "type": "Int"}], "relationships": [{"name": "r", "type": "object", "remote_table": "t", "field_mapping": {"a": "id"}}, {"name": "s", "source": "other", "type": "object", "remote_table": "t", "field_mapping": {"a": "id"}}]}]}')
) AS v (json);
CREATE TABLE t (id int PRIMARY KEY);
SELECT gqle.track_table('t');
SELECT pg_temp.m('set_custom_types', '{"objects": [{"name": "O", "fields": [{"name": "a", "type": "[Int]"}, {"name": "r", "type": "Int"}], "relationships": [{"name": "r", "type": "object", "remote_table": "t", "field_mapping": {"a": "id", "b": "id", "r": "no"}}]}]}');
-- and with actions
SELECT pg_temp.m('create_action', json_build_object('name', 'a', 'definition', definition)) FROM (VALUES
 ('{"handler": "{{NO_SUCH_VARIABLE}}/{{NOR_THIS}}", "output_type": "Result"}'::json),
 ('{"handler": "http://x", "output_type": "Mood"}'),
 ('{"handler": "http://x", "output_type": "Person"}'),
 ('{"handler": "http://x", "output_type": "int4"}'),
 ('{"handler": "http://x", "output_type": "Int", "arguments": [{"name": "a", "type": "[Result!]!"}]}'),
 ('{"handler": "http://x", "output_type": "Int", "timeout": -1}'),
 ('{"handler": "http://x", "output_type": "Int", "type": "subscription"}')
) AS v (definition);
SELECT pg_temp.m('create_action', '{"name": "greet", "definition": {"handler": "http://x", "output_type": "Int"}}');
SELECT pg_temp.m('update_action', '{"name": "no", "definition": {"handler": "http://x", "output_type": "Int"}}');
SELECT pg_temp.m('create_action_permission', '{"action": "look", "role": "user"}');
SELECT pg_temp.m('drop_action_permission', '{"action": "look", "role": "guest"}');
SELECT pg_temp.m('create_action', '{"name": "t", "definition": {"type": "query", "handler": "http://x", "output_type": "Int"}}');

-- types that others have
SELECT gqle.create_select_permission('t', 'user', '{"columns": "*", "filter": {}}');
SELECT pg_temp.m('drop_action', '{"name": "greet"}'), pg_temp.m('update_action', '{"name": "look", "definition": {"type": "query", "handler": "http://x", "output_type": "Int"}}');
SELECT name, pg_temp.m('set_custom_types', json_build_object('objects', format('[{"name": "%s", "fields": [{"name": "id", "type": "Int"}]}]', name)::json)),
	pg_temp.m('update_action', json_build_object('name', 'look', 'definition', json_build_object('type', 'query', 'handler', 'http://x', 'output_type', name)))
FROM unnest(ARRAY['t', 't_bool_exp', 'query_root', 'Fine']) AS name;
SELECT pg_temp.m('update_action', '{"name": "look", "definition": {"type": "query", "handler": "http://x", "output_type": "Int"}}');
SELECT pg_temp.m('set_custom_types', '{"objects": [{"name": "Result", "fields": [{"name": "id", "type": "ID!"}]}], "scalars": [{"name": "Money"}]}');
SELECT pg_temp.m('update_action', '{"name": "look", "definition": {"type": "query", "handler": "http://x", "output_type": "[Money]"}}');
SELECT pg_temp.m('create_action', '{"name": "greet", "definition": {"handler": "http://x", "output_type": "Result"}}');

-- types that vanish take the actions with them
SELECT pg_temp.m('set_custom_types', '{}') ~ 'cannot continue due to new inconsistent metadata';
DELETE FROM gqle.settings WHERE key = 'custom_types';
SELECT json_array_elements((gqle.metadata('{"type": "get_inconsistent_metadata", "args": {}}')::json)->'inconsistent_objects')->>'reason';
SELECT pg_temp.q('admin', '{ look }');
-- what somebody wrote who should not
UPDATE gqle.actions SET definition = d.value FROM (VALUES ('greet', '[1]'::json), ('look', '{"output_type": 5, "arguments": [1, {"name": []}], "headers": 7}')) AS d (name, value) WHERE d.name = actions.name;
INSERT INTO gqle.settings VALUES ('custom_types', '{"objects": [5, {"name": "A", "fields": {"a": 1}, "relationships": [[]]}], "enums": 7, "scalars": [{"name": 1}, {}]}');
SELECT json_array_elements((gqle.metadata('{"type": "get_inconsistent_metadata", "args": {}}')::json)->'inconsistent_objects')->>'reason';
SELECT pg_temp.q('admin', '{ look }');
DELETE FROM gqle.settings WHERE key = 'custom_types';
SELECT json_array_elements((gqle.metadata('{"type": "get_inconsistent_metadata", "args": {}}')::json)->'inconsistent_objects')->>'reason';
SELECT pg_temp.q('admin', '{ look }');
SELECT pg_temp.m('drop_action', '{"name": "greet"}'), pg_temp.m('drop_action', '{"name": "look"}'), pg_temp.m('drop_action', '{"name": "look"}');
SELECT pg_temp.m('drop_inherited_role', '{"role_name": "both"}');
SELECT gqle.metadata('{"type": "clear_metadata", "args": {}}');
DROP TABLE t;
