-- What others rely on: functions with their signatures, who may call them,
-- views, and a DROP that leaves nothing.
BEGIN;
SELECT * FROM no_plan();

SELECT has_schema('graphql');
SELECT has_schema('gqle');

-- signatures
SELECT has_function('graphql', 'execute', ARRAY['jsonb', 'text', 'jsonb', 'text']);
SELECT function_returns('graphql', 'execute', ARRAY['jsonb', 'text', 'jsonb', 'text'], 'json');
SELECT is(
	(SELECT pg_get_function_arguments('graphql.execute'::regproc)),
	$$session jsonb, query text, variables jsonb DEFAULT '{}'::jsonb, operation_name text DEFAULT NULL::text$$,
	'names and defaults of the arguments of graphql.execute');
SELECT has_function('graphql', 'explain', 'graphql.explain'::name);
SELECT has_function('graphql', 'sdl', 'graphql.sdl'::name);
SELECT has_function('gqle', 'metadata', ARRAY['jsonb']);
SELECT has_view('gqle', 'stat_workers', 'gqle.stat_workers');
SELECT has_view('gqle', 'stat_operations', 'gqle.stat_operations');

-- whoever may call them chooses the session: nobody is let in unasked
SELECT is_empty(
	$$SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	  WHERE n.nspname IN ('graphql', 'gqle', 'gqle_internal') AND has_function_privilege('public', p.oid, 'EXECUTE')$$,
	'PUBLIC may call no function');
SELECT is_empty(
	$$SELECT nspname FROM pg_namespace WHERE nspname IN ('graphql', 'gqle', 'gqle_internal')
	  AND has_schema_privilege('public', oid, 'USAGE, CREATE')$$,
	'PUBLIC may not even look into the schemas');
SELECT is_empty(
	$$SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	  WHERE n.nspname IN ('gqle', 'gqle_internal') AND c.relkind IN ('r', 'v', 'S')
	  AND has_table_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, DELETE')$$,
	'PUBLIC may read and write no metadata');

-- every function and table says what it is for
SELECT is_empty(
	$$SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	  WHERE n.nspname IN ('graphql', 'gqle') AND obj_description(p.oid, 'pg_proc') IS NULL$$,
	'every function has a comment');

-- settings
SELECT is_empty(
	$$SELECT name FROM pg_settings WHERE name LIKE 'gqle.%' AND category <> 'Customized Options'$$,
	'settings are custom options');
SELECT is(current_setting('gqle.inline_budget'), '25ms', 'the inline budget is 25 ms');
SELECT throws_ok($$SET gqle.no_such_setting = 1$$, NULL, NULL, 'an unknown setting is refused');

-- an ordinary user can neither forge a session nor call the engine
CREATE ROLE gqle_pgtap_user;
SET LOCAL ROLE gqle_pgtap_user;
SELECT throws_ok($$SET gqle.session = '{"x-hasura-role": "admin"}'$$, '42501');
SELECT throws_ok($$SELECT graphql.execute('{}', '{ __typename }')$$, '42501');
RESET ROLE;

-- answers
SELECT is(graphql.execute('{}', '{ __typename }')::text, '{"data":{"__typename":"query_root"}}', 'an empty schema has __typename');
SELECT is((graphql.execute('{}', '{ nope }') #>> '{errors,0,extensions,code}'), 'validation-failed', 'a mistake is an answer, not an exception');
SELECT throws_ok($$SELECT graphql.execute('[1]', '{ __typename }')$$, 'QL002');

-- DROP EXTENSION takes everything along
DROP EXTENSION gqle CASCADE;
SELECT is_empty(
	$$SELECT nspname FROM pg_namespace WHERE nspname IN ('graphql', 'gqle', 'gqle_internal')$$,
	'DROP EXTENSION leaves no schema');

SELECT * FROM finish();
ROLLBACK;
