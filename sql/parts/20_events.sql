-- 20_events.sql: queues and logs of event triggers, scheduled events and asynchronous
-- actions.
--
-- Columns and types are those of Hasura's catalog, since people query these
-- tables: times of the event queue have no zone, ids are text.  In a database
-- without a schema hdb_catalog they also appear there under Hasura's names; one
-- that has it keeps it, because it is Hasura's own.
--
-- An event is pending (neither delivered nor error), claimed while locked is
-- set, waiting while next_retry_at lies ahead.  Only the delivery worker of the
-- database claims, and it is alone, so that whatever is claimed when it starts
-- was left behind by one that ended.

CREATE TABLE gqle.event_log (
	id text PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid()::text,
	schema_name text NOT NULL,
	table_name text NOT NULL,
	trigger_name text NOT NULL,
	payload jsonb NOT NULL,
	delivered boolean NOT NULL DEFAULT false,
	error boolean NOT NULL DEFAULT false,
	tries integer NOT NULL DEFAULT 0,
	created_at timestamp DEFAULT pg_catalog.now(),
	locked timestamptz,
	next_retry_at timestamp,
	archived boolean NOT NULL DEFAULT false
);
CREATE INDEX event_log_trigger_name ON gqle.event_log (trigger_name);
CREATE INDEX event_log_pending ON gqle.event_log
	(locked NULLS FIRST, next_retry_at NULLS FIRST, created_at)
	WHERE NOT delivered AND NOT error AND NOT archived;
COMMENT ON TABLE gqle.event_log IS 'events captured by event triggers, and how far their delivery is';

CREATE TABLE gqle.event_invocation_logs (
	id text PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid()::text,
	trigger_name text,
	event_id text,
	status integer,
	request json,
	response json,
	created_at timestamp DEFAULT pg_catalog.now()
);
CREATE INDEX event_invocation_logs_event_id ON gqle.event_invocation_logs (event_id);
COMMENT ON TABLE gqle.event_invocation_logs IS 'calls of the webhooks of event triggers';

CREATE TABLE gqle.hdb_event_log_cleanups (
	id text PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid()::text,
	trigger_name text NOT NULL,
	scheduled_at timestamp NOT NULL,
	deleted_event_logs integer,
	deleted_event_invocation_logs integer,
	status text NOT NULL DEFAULT 'scheduled'
		CHECK (status IN ('scheduled', 'paused', 'completed', 'dead')),
	UNIQUE (trigger_name, scheduled_at)
);
COMMENT ON TABLE gqle.hdb_event_log_cleanups IS 'when logs of event triggers are cleaned up, and what was deleted; times are UTC';

CREATE TABLE gqle.cron_events (
	id text PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid()::text,
	trigger_name text NOT NULL,
	scheduled_time timestamptz NOT NULL,
	status text NOT NULL DEFAULT 'scheduled'
		CHECK (status IN ('scheduled', 'locked', 'delivered', 'error', 'dead')),
	tries integer NOT NULL DEFAULT 0,
	created_at timestamptz DEFAULT pg_catalog.now(),
	next_retry_at timestamptz
);
CREATE INDEX cron_events_status ON gqle.cron_events (status);
CREATE UNIQUE INDEX cron_events_scheduled ON gqle.cron_events (trigger_name, scheduled_time)
	WHERE status = 'scheduled';
COMMENT ON TABLE gqle.cron_events IS 'times at which cron triggers fire, past and next';

CREATE TABLE gqle.cron_event_invocation_logs (
	id text PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid()::text,
	event_id text,
	status integer,
	request json,
	response json,
	created_at timestamptz DEFAULT pg_catalog.now()
);
CREATE INDEX cron_event_invocation_logs_event_id ON gqle.cron_event_invocation_logs (event_id);
COMMENT ON TABLE gqle.cron_event_invocation_logs IS 'calls of the webhooks of cron triggers';

CREATE TABLE gqle.scheduled_events (
	id text PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid()::text,
	webhook_conf json NOT NULL,
	scheduled_time timestamptz NOT NULL,
	retry_conf json,
	payload json,
	header_conf json,
	status text NOT NULL DEFAULT 'scheduled'
		CHECK (status IN ('scheduled', 'locked', 'delivered', 'error', 'dead')),
	tries integer NOT NULL DEFAULT 0,
	created_at timestamptz DEFAULT pg_catalog.now(),
	next_retry_at timestamptz,
	comment text
);
CREATE INDEX scheduled_events_status ON gqle.scheduled_events (status);
COMMENT ON TABLE gqle.scheduled_events IS 'one-off events';

CREATE TABLE gqle.scheduled_event_invocation_logs (
	id text PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid()::text,
	event_id text,
	status integer,
	request json,
	response json,
	created_at timestamptz DEFAULT pg_catalog.now()
);
CREATE INDEX scheduled_event_invocation_logs_event_id ON gqle.scheduled_event_invocation_logs (event_id);
COMMENT ON TABLE gqle.scheduled_event_invocation_logs IS 'calls of the webhooks of one-off events';

CREATE TABLE gqle.action_log (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	action_name text,
	input_payload jsonb NOT NULL,
	request_headers jsonb NOT NULL,
	session_variables jsonb NOT NULL,
	response_payload jsonb,
	errors jsonb,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	response_received_at timestamptz,
	status text NOT NULL CHECK (status IN ('created', 'processing', 'completed', 'error'))
);
CREATE INDEX action_log_pending ON gqle.action_log (created_at)
	WHERE status IN ('created', 'processing');
COMMENT ON TABLE gqle.action_log IS 'calls of asynchronous actions, and what came of them';

-- Logs go with their events (10_metadata.sql, "owners").
CREATE TRIGGER follow_logs_gone AFTER DELETE ON gqle.cron_events REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('cron_event_invocation_logs', 'event_id', 'id');
CREATE TRIGGER follow_logs_gone AFTER DELETE ON gqle.scheduled_events REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gqle_internal.follow_owner('scheduled_event_invocation_logs', 'event_id', 'id');

SELECT pg_catalog.pg_extension_config_dump('gqle.event_log', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.event_invocation_logs', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.hdb_event_log_cleanups', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.cron_events', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.cron_event_invocation_logs', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.scheduled_events', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.scheduled_event_invocation_logs', '');
SELECT pg_catalog.pg_extension_config_dump('gqle.action_log', '');

-- A time as the commands on events print it: UTC, three or six digits of a second
-- or none.
CREATE FUNCTION gqle_internal.utc_text(at timestamp) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
SELECT regexp_replace(regexp_replace(to_char($1, 'YYYY-MM-DD"T"HH24:MI:SS.US'), '000$', ''), '\.000$', '') || 'Z'
$$;
REVOKE ALL ON FUNCTION gqle_internal.utc_text(timestamp) FROM PUBLIC;
COMMENT ON FUNCTION gqle_internal.utc_text(timestamp) IS 'a time in ISO 8601 form, taken to be UTC';

CREATE FUNCTION gqle_internal.utc_text(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
SELECT gqle_internal.utc_text($1 AT TIME ZONE 'UTC')
$$;
REVOKE ALL ON FUNCTION gqle_internal.utc_text(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION gqle_internal.utc_text(timestamptz) IS 'a time in ISO 8601 form and UTC';

-- The triggers of tables: notify_hasura_<event trigger>_<operation>.
CREATE FUNCTION gqle_internal.capture_event() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'gqle_sql_capture_event';
REVOKE ALL ON FUNCTION gqle_internal.capture_event() FROM PUBLIC;
COMMENT ON FUNCTION gqle_internal.capture_event() IS
'after a change of a row: puts an event into gqle.event_log. Arguments: event trigger, schema and name of the table, columns to deliver, columns that an update must change ("*" or a JSON list)';

CREATE FUNCTION gqle.insert_event_log(schema_name text, table_name text, trigger_name text, op text, row_data json)
RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'gqle_sql_insert_event_log';
REVOKE ALL ON FUNCTION gqle.insert_event_log(text, text, text, text, json) FROM PUBLIC;
COMMENT ON FUNCTION gqle.insert_event_log(text, text, text, text, json) IS
'Put an event into the queue of an event trigger, as a change of the table would: row_data is its "data". Returns the id of the event';

-- Hasura's names, where nobody has them; those of the event queue come with the
-- first event trigger (src/api/event_catalog.c).
DO $hdb_catalog$
DECLARE
	name text;
BEGIN
	IF EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) 'hdb_catalog') THEN
		RETURN;
	END IF;
	CREATE SCHEMA hdb_catalog;
	REVOKE ALL ON SCHEMA hdb_catalog FROM PUBLIC;
	COMMENT ON SCHEMA hdb_catalog IS 'gqle: queues and logs of events by the names they have in Hasura';
	CREATE VIEW hdb_catalog.hdb_cron_events AS TABLE gqle.cron_events;
	CREATE VIEW hdb_catalog.hdb_cron_event_invocation_logs AS TABLE gqle.cron_event_invocation_logs;
	CREATE VIEW hdb_catalog.hdb_scheduled_events AS TABLE gqle.scheduled_events;
	CREATE VIEW hdb_catalog.hdb_scheduled_event_invocation_logs AS TABLE gqle.scheduled_event_invocation_logs;
	CREATE VIEW hdb_catalog.hdb_action_log AS TABLE gqle.action_log;
	FOREACH name IN ARRAY ARRAY['hdb_action_log', 'hdb_cron_events',
		'hdb_cron_event_invocation_logs', 'hdb_scheduled_events', 'hdb_scheduled_event_invocation_logs']
	LOOP
		EXECUTE pg_catalog.format('REVOKE ALL ON hdb_catalog.%I FROM PUBLIC', name);
		EXECUTE pg_catalog.format('COMMENT ON VIEW hdb_catalog.%I IS %L', name, 'gqle: as in Hasura');
	END LOOP;
	CREATE FUNCTION hdb_catalog.gen_hasura_uuid() RETURNS uuid
		LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
		AS 'SELECT pg_catalog.gen_random_uuid()';
	REVOKE ALL ON FUNCTION hdb_catalog.gen_hasura_uuid() FROM PUBLIC;
	CREATE FUNCTION hdb_catalog.insert_event_log(schema_name text, table_name text, trigger_name text, op text, row_data json)
		RETURNS text LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
		AS 'SELECT gqle.insert_event_log($1, $2, $3, $4, $5)';
	REVOKE ALL ON FUNCTION hdb_catalog.insert_event_log(text, text, text, text, json) FROM PUBLIC;
END
$hdb_catalog$;
