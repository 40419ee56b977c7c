-- Who a request is cannot be forged from SQL, and secrets do not show.
CREATE ROLE guc_session_user;
SET ROLE guc_session_user;

-- every way for an ordinary role to set the trusted session
SET gqle.session = '{"x-hasura-role": "admin"}';
SET LOCAL gqle.session = '{"x-hasura-role": "admin"}';
SELECT set_config('gqle.session', '{"x-hasura-role": "admin"}', false);
SELECT set_config('gqle.session', '{"x-hasura-role": "admin"}', true);
ALTER ROLE guc_session_user SET gqle.session = '{"x-hasura-role": "admin"}';
CREATE FUNCTION pg_temp.forge() RETURNS text LANGUAGE sql
	SET gqle.session = '{"x-hasura-role": "admin"}'
	AS $$ SELECT current_setting('gqle.session') $$;
RESET gqle.session;

-- settings that weaken what is told to clients
SET gqle.dev_mode = on;
SET gqle.admin_internal_errors = on;

-- settings nobody changes in a session
SET gqle.admin_secret = 'mine';
SELECT name FROM pg_settings WHERE name IN ('gqle.admin_secret', 'gqle.session');

-- names that don't exist are refused, so that a typing error shows
SET gqle.no_such_setting = 1;

RESET ROLE;
SET gqle.admin_secret = 'mine';
SET gqle.session = '{"x-hasura-role": "user"}';
SHOW gqle.session;
RESET ALL;
SHOW gqle.session;
RESET gqle.session;
SHOW gqle.session;

-- lists of words are checked
SET gqle.experimental_features = 'naming_convention, hide_stream_fields';
SHOW gqle.experimental_features;
SET gqle.experimental_features = 'naming_convention, no_such_feature';
SET gqle.default_naming_convention = 'graphql-default';
SET gqle.default_naming_convention = 'camel';
SET gqle.tx_isolation = 'repeatable-read';

DROP ROLE guc_session_user;
