-- Old events of event triggers are deleted, on demand or by schedule.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args text, path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.ahead(OUT trigger_name text, OUT count bigint, OUT steps interval[]) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT trigger_name, count(*), array_agg(DISTINCT step) FILTER (WHERE step IS NOT NULL)
	FROM (SELECT trigger_name, scheduled_at - lag(scheduled_at) OVER (PARTITION BY trigger_name ORDER BY scheduled_at) AS step
		FROM gqle.hdb_event_log_cleanups WHERE scheduled_at > now() AT TIME ZONE 'UTC' AND status = 'scheduled') AS s GROUP BY 1 ORDER BY 1 $$;
CREATE FUNCTION pg_temp.trigger(name text, cleanup text) RETURNS text LANGUAGE sql AS
	$$ SELECT pg_temp.m('pg_create_event_trigger', format('{"name": "%s", "table": "t", "webhook": "http://localhost:1/", "insert": {"columns": "*"}, "replace": true, "cleanup_config": %s}', name, cleanup)) $$;
CREATE TABLE t (id int PRIMARY KEY);
SELECT gqle.track_table('t');

-- times ahead follow the schedule
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "a", "table": "t", "webhook": "http://localhost:1/", "insert": {"columns": "*"}, "cleanup_config": {"schedule": "0 * * * *", "clear_older_than": 24}}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "b", "table": "t", "webhook": "http://localhost:1/", "insert": {"columns": "*"}}');
SELECT * FROM pg_temp.ahead();
SELECT min(id) AS kept_id FROM gqle.hdb_event_log_cleanups \gset
SELECT pg_temp.trigger('a', '{"schedule": "0 * * * *", "clear_older_than": 12}');
SELECT count(*) FROM gqle.hdb_event_log_cleanups WHERE id = :'kept_id';
SELECT pg_temp.trigger('a', '{"schedule": "*/10 * * * *", "clear_older_than": 12}');
SELECT pg_temp.trigger('b', '{"schedule": "@daily", "clear_older_than": 12, "paused": true}');
SELECT * FROM pg_temp.ahead();
SELECT count(*) FROM hdb_catalog.hdb_event_log_cleanups;
SELECT pg_temp.m('pg_delete_event_trigger', '{"name": "b"}');
SELECT * FROM pg_temp.ahead();

-- pausing and resuming
SELECT pg_temp.m('pause_event_trigger_cleanups', '{"event_triggers": [{"source_name": "default", "event_triggers": ["a"]}]}');
SELECT definition->'cleanup_config' FROM gqle.event_triggers;
SELECT pg_temp.m('resume_event_trigger_cleanups', '{"event_triggers": {"sources": "*"}}');
SELECT definition->'cleanup_config' FROM gqle.event_triggers;
SELECT pg_temp.m('pause_event_trigger_cleanups', '{"event_triggers": {"sources": ["nothing"]}}');
SELECT pg_temp.m('pause_event_trigger_cleanups', '{"event_triggers": [{"source_name": "default", "event_triggers": ["nothing"]}]}');
SELECT pg_temp.m('pg_create_event_trigger', '{"name": "c", "table": "t", "webhook": "http://localhost:1/", "insert": {"columns": "*"}}');
SELECT pg_temp.m('pause_event_trigger_cleanups', '{"event_triggers": [{"source_name": "default", "event_triggers": ["c"]}]}');

-- on demand: old events that are done, in batches
INSERT INTO gqle.event_log (id, schema_name, table_name, trigger_name, payload, delivered, error, created_at, locked)
	SELECT trigger || i, 'public', 't', trigger, '{}', i % 3 = 0, i % 3 = 1, now() - i * interval '1 hour', CASE WHEN i = 9 THEN now() END
	FROM generate_series(0, 9) AS i, unnest(ARRAY['a', 'c']) AS trigger;
INSERT INTO gqle.event_invocation_logs (id, event_id, trigger_name) SELECT 'call ' || id, id, NULLIF(trigger_name, 'c') FROM gqle.event_log;
SELECT pg_temp.m('cleanup_event_trigger_logs', '{"event_trigger_name": "a"}');
SELECT pg_temp.m('cleanup_event_trigger_logs', '{"event_trigger_name": "nothing", "clear_older_than": 1}');
SELECT pg_temp.m('cleanup_event_trigger_logs', '{"event_trigger_name": "a", "source": "nothing", "clear_older_than": 1}');
SELECT pg_temp.m('cleanup_event_trigger_logs', '{"event_trigger_name": "a", "clear_older_than": 5, "batch_size": 1, "clean_invocation_logs": true}');
SELECT pg_temp.m('cleanup_event_trigger_logs', '{"event_trigger_name": "c", "clear_older_than": 0}');
SELECT trigger_name, string_agg(id, ' ' ORDER BY id) FROM gqle.event_log GROUP BY 1 ORDER BY 1;
SELECT trigger_name, string_agg(event_id, ' ' ORDER BY event_id) FROM gqle.event_invocation_logs GROUP BY 1 ORDER BY 1;
SELECT pg_temp.m('cleanup_event_trigger_logs', '{"event_trigger_name": "a", "clear_older_than": 1}', '/v1/query') LIKE '400%';

SELECT pg_temp.m('clear_metadata', '{}');
SELECT * FROM pg_temp.ahead();
DELETE FROM gqle.event_log;
DELETE FROM gqle.event_invocation_logs;
DROP TABLE t;
