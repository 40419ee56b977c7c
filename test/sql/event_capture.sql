-- Event triggers put a row into gqle.event_log for each change they listen to, in
-- the transaction of the change.
SET client_min_messages = warning;
CREATE SCHEMA capture;
CREATE TABLE capture.person (
	id bigint PRIMARY KEY,
	name text,
	notes json,
	amount numeric,
	doubled numeric GENERATED ALWAYS AS (amount * 2) STORED
);
CREATE TABLE capture.measure (day date, value int) PARTITION BY RANGE (day);
CREATE TABLE capture.measure_2020 (value int, day date);
ALTER TABLE capture.measure ATTACH PARTITION capture.measure_2020 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');

CREATE FUNCTION pg_temp.metadata(request text) RETURNS json LANGUAGE sql AS 'SELECT gqle.metadata($1::jsonb)';
CREATE FUNCTION pg_temp.events(OUT trigger_name text, OUT table_name text, OUT op text, OUT old jsonb, OUT new jsonb, OUT session jsonb)
RETURNS SETOF record LANGUAGE sql AS $$
	WITH taken AS (DELETE FROM gqle.event_log RETURNING *)
	SELECT trigger_name, schema_name || '.' || table_name, payload->>'op', payload->'data'->'old', payload->'data'->'new', payload->'session_variables'
	FROM taken ORDER BY 1, payload->>'op', payload->'data'->'old', payload->'data'->'new'
$$;
CREATE FUNCTION pg_temp.triggers(OUT relation text, OUT name text, OUT enabled text)
RETURNS SETOF record LANGUAGE sql AS $$
	SELECT tgrelid::regclass::text, tgname::text, tgenabled::text FROM pg_trigger
	WHERE tgfoid = 'gqle_internal.capture_event'::regproc ORDER BY 1, 2
$$;

SELECT pg_temp.metadata('{"type": "pg_track_table", "args": {"table": {"schema": "capture", "name": "person"}}}');
SELECT pg_temp.metadata('{"type": "pg_track_table", "args": {"table": {"schema": "capture", "name": "measure"}}}');
SELECT pg_temp.metadata('{"type": "pg_create_event_trigger", "args": {"name": "person_all", "table": {"schema": "capture", "name": "person"},
	"insert": {"columns": "*"}, "update": {"columns": ["name", "notes"]}, "delete": {"columns": "*", "payload": ["id"]},
	"webhook": "http://localhost/"}}');
SELECT pg_temp.metadata('{"type": "pg_create_event_trigger", "args": {"name": "measure_all", "table": {"schema": "capture", "name": "measure"},
	"insert": {"columns": "*"}, "webhook": "http://localhost/", "trigger_on_replication": true}}');
SELECT * FROM pg_temp.triggers();

-- whoever may write the table need not know the queue
CREATE ROLE capture_writer;
GRANT USAGE ON SCHEMA capture TO capture_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.person TO capture_writer;
SET ROLE capture_writer;
INSERT INTO capture.person VALUES (9007199254740993, 'Ada', '{"a": 1}', 1.10), (2, NULL, NULL, NULL);
RESET ROLE;
SELECT * FROM pg_temp.events();

-- an update must change a column that is listened to; json is compared by its text
UPDATE capture.person SET amount = 3 WHERE id = 2;
UPDATE capture.person SET name = 'Ada' WHERE id = 9007199254740993;
UPDATE capture.person SET notes = '{"a": 1}' WHERE id = 9007199254740993;
SELECT * FROM pg_temp.events();
UPDATE capture.person SET notes = '{"a":  1}' WHERE id = 9007199254740993;
UPDATE capture.person SET name = 'Bob' WHERE id = 2;
DELETE FROM capture.person WHERE id = 2;
SELECT * FROM pg_temp.events();

-- numbers as strings where answers have them so
SET gqle.stringify_numeric_types = on;
INSERT INTO capture.person VALUES (4, 'Dan', NULL, 4.5);
RESET gqle.stringify_numeric_types;
SELECT * FROM pg_temp.events();

-- exactly if the change commits
BEGIN;
INSERT INTO capture.person VALUES (5, 'rolled back');
ROLLBACK;
BEGIN;
SAVEPOINT s;
INSERT INTO capture.person VALUES (6, 'rolled back');
ROLLBACK TO s;
INSERT INTO capture.person VALUES (7, 'kept');
COMMIT;
SELECT new->>'name' FROM pg_temp.events();

-- who asked, and what no JSON is
SELECT graphql.execute('{"x-hasura-role": "admin", "x-hasura-user-id": "7"}',
	'mutation { insert_capture_person_one(object: {id: 8, name: "Eve"}) { id } }');
SET hasura."user" = 'no json';
INSERT INTO capture.person VALUES (9, 'Fay');
RESET hasura."user";
SELECT new->>'name' AS name, session FROM pg_temp.events();

-- events of partitions have the name of the tracked table
INSERT INTO capture.measure VALUES ('2020-05-05', 1);
SELECT * FROM pg_temp.events();

-- renames are followed, columns too; a disabled trigger stays so
ALTER TABLE capture.person DISABLE TRIGGER "notify_hasura_person_all_DELETE";
SELECT pg_temp.metadata('{"type": "pg_create_event_trigger", "args": {"name": "person_all", "table": {"schema": "capture", "name": "person"},
	"update": {"columns": ["amount"], "payload": ["id"]}, "delete": {"columns": "*", "payload": ["id"]}, "enable_manual": true, "replace": true,
	"webhook": "http://localhost/"}}');
SELECT * FROM pg_temp.triggers();
SELECT status FROM gqle_internal.call_api('/v2/query', '{"type": "run_sql", "args": {"sql": "ALTER TABLE capture.person RENAME COLUMN amount TO total; ALTER TABLE capture.person RENAME COLUMN id TO key; ALTER TABLE capture.person RENAME TO people"}}');
UPDATE capture.people SET total = 1 WHERE key = 4;
SELECT * FROM pg_temp.events();

-- by hand: a command, and a function of the same name as Hasura's
SELECT pg_temp.metadata('{"type": "pg_invoke_event_trigger", "args": {"name": "person_all", "payload": {"x": [1]}}}')->>'event_id' AS manual_id \gset
SELECT hdb_catalog.insert_event_log('capture', 'people', 'person_all', 'UPDATE', '{"old": null, "new": {"id": 1}}') AS own_id \gset
SELECT count(*) FROM hdb_catalog.event_log WHERE id IN (:'manual_id', :'own_id');
SELECT e->'payload', e->>'delivered', e->>'tries', e->>'created_at' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$'
FROM json_array_elements(pg_temp.metadata('{"type": "pg_get_event_logs", "args": {"name": "person_all", "status": "pending"}}')) AS e
ORDER BY e->'payload'->>'op';
SELECT json_array_length(pg_temp.metadata('{"type": "pg_get_event_logs", "args": {"name": "person_all", "status": "processed"}}'));
SELECT pg_temp.metadata('{"type": "pg_invoke_event_trigger", "args": {"name": "measure_all", "payload": null}}');
SELECT pg_temp.metadata('{"type": "pg_get_event_logs", "args": {"name": "nobody"}}');
SELECT pg_temp.metadata('{"type": "pg_get_event_logs", "args": {"name": "person_all", "status": "late"}}');
SELECT pg_temp.metadata('{"type": "pg_get_event_by_id", "args": {"event_id": "x"}}');
SELECT pg_temp.metadata('{"type": "pg_redeliver_event", "args": {"event_id": "x"}}');
UPDATE gqle.event_log SET locked = now();
SELECT pg_temp.metadata(format('{"type": "pg_redeliver_event", "args": {"event_id": "%s"}}', id)) FROM gqle.event_log LIMIT 1;
UPDATE gqle.event_log SET locked = NULL, error = true, tries = 3;
SELECT pg_temp.metadata(format('{"type": "pg_redeliver_event", "args": {"event_id": "%s"}}', id)) FROM gqle.event_log;
SELECT error, tries, archived FROM gqle.event_log;

-- a trigger that is deleted leaves its events, archived
SELECT pg_temp.metadata('{"type": "pg_delete_event_trigger", "args": {"name": "person_all"}}');
SELECT * FROM pg_temp.triggers();
SELECT archived, count(*) FROM gqle.event_log GROUP BY 1;

-- the function is for triggers only
SELECT gqle_internal.capture_event();

SELECT pg_temp.metadata('{"type": "pg_untrack_table", "args": {"table": {"schema": "capture", "name": "measure"}, "cascade": true}}');
SELECT * FROM pg_temp.triggers();
SELECT pg_temp.metadata('{"type": "clear_metadata", "args": {}}');
DELETE FROM gqle.event_log;
DROP SCHEMA capture CASCADE;
DROP ROLE capture_writer;
