-- Cron triggers have their next hundred times as rows; one-off events are rows that
-- commands add, list and delete.
\a
\t
SET client_min_messages = error;
CREATE FUNCTION pg_temp.m(type text, args text, path text DEFAULT '/v1/metadata') RETURNS text LANGUAGE sql AS
	$$ SELECT status || ' ' || answer FROM gqle_internal.call_api(path, format('{"type": "%s", "args": %s}', type, args)) $$;
CREATE FUNCTION pg_temp.ahead(OUT trigger_name text, OUT count bigint, OUT steps interval[]) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT trigger_name, count(*), array_agg(DISTINCT step) FILTER (WHERE step IS NOT NULL)
	FROM (SELECT trigger_name, scheduled_time - lag(scheduled_time) OVER (PARTITION BY trigger_name ORDER BY scheduled_time) AS step
		FROM gqle.cron_events WHERE scheduled_time > now() AND status = 'scheduled') AS s GROUP BY 1 ORDER BY 1 $$;

-- shapes
SELECT pg_temp.m('create_cron_trigger', '{"name": "c", "webhook": "http://localhost/", "schedule": "* * * *", "include_in_metadata": true}');
SELECT pg_temp.m('create_cron_trigger', '{"name": "c", "webhook": "http://localhost/", "schedule": "*/5 * * * *", "include_in_metadata": true, "replace": true}');
SELECT pg_temp.m('create_cron_trigger', '{"name": "c", "webhook": "http://localhost/", "schedule": "*/5 * * * *", "include_in_metadata": true, "payload": {"a": 1}}');
SELECT pg_temp.m('create_cron_trigger', '{"name": "c", "webhook": "http://localhost/", "schedule": "*/5 * * * *", "include_in_metadata": true}');
SELECT pg_temp.m('create_cron_trigger', '{"name": "v", "webhook": "{{NOT_SET}}/{{ NOR_THIS }}", "schedule": "@daily", "include_in_metadata": true}');
SELECT pg_temp.m('create_cron_trigger', '{"name": "v", "webhook": "http://localhost/", "headers": [{"name": "a", "value_from_env": "NOT_SET"}], "schedule": "@daily", "include_in_metadata": true}');
SELECT pg_temp.m('create_cron_trigger', '{"name": "never", "webhook": "http://localhost/", "schedule": "0 0 30 2 *", "include_in_metadata": true}');
SELECT * FROM pg_temp.ahead();

-- whatever changes a trigger makes its times anew; others keep theirs
SELECT min(id) AS kept_id FROM gqle.cron_events \gset
SELECT pg_temp.m('create_cron_trigger', '{"name": "d", "webhook": "http://localhost/", "schedule": "@daily", "include_in_metadata": false}');
SELECT count(*) FROM gqle.cron_events WHERE id = :'kept_id';
SELECT pg_temp.m('create_cron_trigger', '{"name": "c", "webhook": "http://localhost/", "schedule": "@hourly", "include_in_metadata": true, "replace": true}');
SELECT * FROM pg_temp.ahead();

-- what was tried stays when its trigger goes
UPDATE gqle.cron_events SET tries = 1, status = 'delivered' WHERE id = (SELECT id FROM gqle.cron_events WHERE trigger_name = 'c' ORDER BY scheduled_time LIMIT 1);
SELECT pg_temp.m('delete_cron_trigger', '{"name": "c"}');
SELECT trigger_name, status, tries FROM gqle.cron_events WHERE trigger_name = 'c';
SELECT pg_temp.m('replace_metadata', json_build_object('version', 3, 'sources', gqle.export_metadata()->'sources', 'cron_triggers',
	'[{"name": "e", "webhook": "http://localhost/", "schedule": "0 12 * * *", "include_in_metadata": true}]'::json)::text);
SELECT * FROM pg_temp.ahead();

-- one-off events
SELECT pg_temp.m('create_scheduled_event', '{"webhook": "{{HOOK}}/x", "schedule_at": "2030-02-30T00:00:00Z"}');
SELECT pg_temp.m('create_scheduled_event', '{"webhook": "{{HOOK}}/x", "schedule_at": "2030-02-28"}');
SELECT pg_temp.m('create_scheduled_event', '{"webhook": "{{HOOK}}/x", "schedule_at": "2030-02-28T10:00:00"}');
SELECT pg_temp.m('create_scheduled_event', '{"webhook": "{{HOOK}}/x"}');
SELECT regexp_replace(pg_temp.m('create_scheduled_event', '{"webhook": "{{HOOK}}/x", "schedule_at": "2030-02-28T10:00:00.5+02:00", "payload": {"b": [1, 2.50]},
	"headers": [{"name": "a", "value_from_env": "A"}], "retry_conf": {"num_retries": 2}, "comment": "later"}'), '[0-9a-f-]{36}', '<id>');
SELECT regexp_replace(pg_temp.m('create_scheduled_event', '{"webhook": "http://localhost/", "schedule_at": "2029-01-01T00:00:00Z"}', '/v1/query'), '[0-9a-f-]{36}', '<id>');
SELECT regexp_replace(regexp_replace(pg_temp.m('get_scheduled_events', '{"type": "one_off", "get_rows_count": true, "limit": 1, "offset": 1}'), '[0-9a-f-]{36}', '<id>'), '"created_at":"[^"]*"', '<time>');
SELECT e->>'scheduled_time', e->>'comment' FROM json_array_elements((regexp_replace(pg_temp.m('get_scheduled_events',
	'{"type": "one_off", "order_by": [{"column": "comment", "type": "desc", "nulls": "last"}]}'), '^200 ', '')::json)->'events') AS e;
SELECT pg_temp.m('get_scheduled_events', '{"type": "one_off", "status": ["delivered"]}');
SELECT pg_temp.m('get_scheduled_events', '{"type": "one_off", "status": ["late"]}');
SELECT pg_temp.m('get_scheduled_events', '{"type": "one_off", "order_by": [{"column": "id; DROP TABLE x"}]}');
SELECT pg_temp.m('get_scheduled_events', '{"type": "cron"}');
SELECT pg_temp.m('get_scheduled_events', '{"type": "cron", "trigger_name": "nobody"}');
SELECT pg_temp.m('get_scheduled_events', '{"type": "weekly"}');
SELECT (regexp_replace(pg_temp.m('get_scheduled_events', '{"type": "cron", "trigger_name": "e", "limit": 1, "get_rows_count": true, "status": ["scheduled", "dead"]}'), '^200 ', '')::json)->>'count';
SELECT pg_temp.m('delete_scheduled_event', format('{"type": "one_off", "event_id": "%s"}', id)) FROM gqle.scheduled_events WHERE comment IS NULL;
SELECT pg_temp.m('delete_scheduled_event', '{"type": "cron", "event_id": "x"}');
SELECT count(*) FROM hdb_catalog.hdb_scheduled_events;

-- calls
INSERT INTO gqle.scheduled_event_invocation_logs (id, event_id, status, request, response, created_at)
SELECT 'i' || n, id, 200, '{"payload": 1}', '{"type": "webhook_response"}', '2024-01-01T00:00:00Z'::timestamptz + n * interval '1.5 s' FROM gqle.scheduled_events, generate_series(1, 2) AS n;
SELECT regexp_replace(pg_temp.m('get_scheduled_event_invocations', '{"type": "one_off", "get_rows_count": true}'), '[0-9a-f]{8}-[0-9a-f-]{27}', '<id>', 'g');
SELECT pg_temp.m('get_scheduled_event_invocations', '{"type": "one_off", "event_id": "x"}');
SELECT pg_temp.m('get_scheduled_event_invocations', '{"type": "cron", "trigger_name": "e"}');
SELECT pg_temp.m('get_scheduled_event_invocations', '{"type": "cron", "trigger_name": "nobody"}');

-- cron triggers that no metadata have stay
SELECT pg_temp.m('clear_metadata', '{}');
SELECT DISTINCT trigger_name FROM gqle.cron_events WHERE tries = 0;
SELECT pg_temp.m('delete_cron_trigger', '{"name": "d"}');
SELECT count(*) FROM gqle.cron_events WHERE tries = 0;
DELETE FROM gqle.cron_events;
DELETE FROM gqle.scheduled_events;
SELECT count(*) FROM gqle.scheduled_event_invocation_logs;
