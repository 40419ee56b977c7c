// Event triggers, cron triggers and one-off events, with a webhook that answers.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { customer, metadata, post, psql, psqlAside, query, runSql, startHook } from './lib.mjs';

let answers = [];
let hook;

// The calls that have come, once there are n.
async function calls(n, milliseconds = 10000) {
  const end = Date.now() + milliseconds;
  while (hook.asked.length < n && Date.now() < end) {
    await sleep(10);
  }
  assert.equal(hook.asked.length, n, `${n} calls, not ${hook.asked.length}`);
  return hook.take();
}

async function until(what, condition, milliseconds = 10000) {
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    if (await condition()) {
      return;
    }
    await sleep(20);
  }
  assert.fail(what);
}

async function must(type, args) {
  const { status, json, raw } = await metadata(type, args);
  assert.equal(status, 200, raw);
  return json;
}

const trigger = (more = {}) => must('pg_create_event_trigger', {
  name: 'noted', table: { schema: 'noted', name: 'thing' }, webhook: `${hook.url}/noted`, replace: true,
  insert: { columns: '*' }, update: { columns: ['name'] }, delete: { columns: '*' }, enable_manual: true, ...more,
});
const events = () => must('pg_get_event_logs', { name: 'noted' });
const invocations = () => must('pg_get_event_invocation_logs', { name: 'noted' });
const settled = () => until('all events settle', async () =>
  psql("SELECT count(*) FROM gqle.event_log WHERE NOT delivered AND NOT error AND NOT archived")[0] === '0');

before(async () => {
  hook = await startHook(async () => answers.shift() ?? { status: 200, json: { ok: true } });
  await runSql('CREATE SCHEMA noted; CREATE TABLE noted.thing (id int PRIMARY KEY, name text)');
  await must('pg_track_table', { table: { schema: 'noted', name: 'thing' } });
  await trigger({ replace: false });
});

after(async () => {
  await metadata('pg_delete_event_trigger', { name: 'noted' });
  await runSql('DROP SCHEMA noted CASCADE');
  psql('DELETE FROM gqle.event_log; DELETE FROM gqle.event_invocation_logs; DELETE FROM gqle.scheduled_events');
  hook.close();
});

test('a change reaches the webhook as Hasura sends it', async () => {
  await query('mutation { insert_noted_thing_one(object: {id: 1, name: "a"}) { id } }');
  const [call] = await calls(1);
  const { id, created_at: created, ...rest } = call.body;
  assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.match(created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/);
  assert.deepEqual(rest, {
    delivery_info: { current_retry: 0, max_retries: 0 },
    event: {
      op: 'INSERT', data: { old: null, new: { id: 1, name: 'a' } },
      session_variables: { 'x-hasura-role': 'admin' }, trace_context: rest.event.trace_context,
    },
    table: { schema: 'noted', name: 'thing' },
    trigger: { name: 'noted' },
  });
  assert.equal(call.method, 'POST');
  assert.equal(call.url, '/noted');
  assert.equal(call.headers['content-type'], 'application/json');
  assert.match(call.headers['user-agent'], /^hasura-graphql-engine\//);
  await settled();
  const [event] = await events();
  assert.deepEqual([event.id, event.delivered, event.error, event.tries, event.locked, event.next_retry_at],
    [id, true, false, 1, null, null]);
  const [invocation] = await invocations();
  assert.equal(invocation.http_status, 200);
  assert.deepEqual(invocation.request.payload, call.body);
  assert.equal(invocation.request.version, '2');
  assert.equal(invocation.response.type, 'webhook_response');
  assert.equal(invocation.response.data.body, '{"ok":true}');
  assert.equal(invocation.response.data.status, 200);
  assert.ok(invocation.response.data.headers.some((header) => header.name.toLowerCase() === 'content-type'));
});

test('it comes soon after the commit, and only then', async () => {
  const times = [];
  for (let i = 0; i < 20; i++) {
    await psqlAside(`INSERT INTO noted.thing VALUES (${100 + i}, 'x')`);
    const committed = Date.now();
    await calls(1);
    times.push(Date.now() - committed);
  }
  times.sort((a, b) => a - b);
  assert.ok(times[10] < 250, `the median is ${times[10]} ms after the commit`);
  await psqlAside("BEGIN; INSERT INTO noted.thing VALUES (900, 'x'); ROLLBACK");
  await psqlAside("UPDATE noted.thing SET name = name WHERE id = 100");
  await sleep(300);
  await calls(0);
});

test('a role without rights on the queue captures too, and is named', async () => {
  await must('pg_create_insert_permission', {
    table: { schema: 'noted', name: 'thing' }, role: 'customer', permission: { check: {}, columns: '*' },
  });
  const { json } = await post('/v1/graphql',
    { query: 'mutation { insert_noted_thing(objects: {id: 2}) { affected_rows } }' }, customer(7));
  assert.deepEqual(json, { data: { insert_noted_thing: { affected_rows: 1 } } });
  const [call] = await calls(1);
  assert.deepEqual(call.body.event.session_variables, { 'x-hasura-role': 'customer', 'x-hasura-customer-id': '7' });
});

test('a failure is tried again as often as configured, with the same id', async () => {
  await trigger({ retry_conf: { num_retries: 2, interval_sec: 0, timeout_sec: 5 } });
  answers = [{ status: 500, raw: 'no' }, { status: 404 }];
  psql("UPDATE noted.thing SET name = 'again' WHERE id = 1");
  const tries = await calls(3);
  assert.deepEqual(tries.map((call) => call.body.delivery_info),
    [0, 1, 2].map((retry) => ({ current_retry: retry, max_retries: 2 })));
  assert.equal(new Set(tries.map((call) => call.body.id)).size, 1);
  await settled();
  assert.deepEqual((await invocations()).slice(0, 3).map((invocation) => invocation.http_status), [200, 404, 500]);

  answers = [{ status: 500 }, { status: 500 }, { status: 500 }];
  psql("UPDATE noted.thing SET name = 'lost' WHERE id = 1");
  await calls(3);
  await settled();
  const event = (await events()).find((one) => one.payload.data.new?.name === 'lost');
  assert.deepEqual([event.delivered, event.error, event.tries], [false, true, 3]);

  await must('pg_redeliver_event', { event_id: event.id });
  const [again] = await calls(1);
  assert.equal(again.body.id, event.id);
  await settled();
  const { event: row, invocations: log } = await must('pg_get_event_by_id', { event_id: event.id });
  assert.deepEqual([row.delivered, row.tries, log.length], [true, 1, 4]);
});

test('Retry-After is obeyed, even when no tries are left', async () => {
  await trigger({ retry_conf: { num_retries: 0, interval_sec: 0 } });
  answers = [{ status: 503, headers: { 'retry-after': '1' } }, { status: 503, headers: { 'retry-after': 'tomorrow' } }];
  const before = Date.now();
  psql('DELETE FROM noted.thing WHERE id = 2');
  const [, second] = await calls(2);
  assert.equal(second.body.event.op, 'DELETE');
  assert.ok(Date.now() - before >= 900, 'not before its time');
  await settled();
  assert.equal((await events()).find((event) => event.payload.op === 'DELETE').error, true);
});

test('no answer is a failure without status', async () => {
  await trigger({ webhook: 'http://127.0.0.1:1/closed' });
  psql("UPDATE noted.thing SET name = 'nobody' WHERE id = 1");
  await settled();
  let [invocation] = await invocations();
  assert.equal(invocation.http_status, null);
  assert.equal(invocation.response.type, 'client_error');
  const message = JSON.parse(invocation.response.data.message);
  assert.equal(message.type, 'http_exception');
  assert.equal(message.request.port, 1);

  await trigger({ webhook: hook.url, retry_conf: { num_retries: 0, interval_sec: 0, timeout_sec: 1 } });
  answers = [undefined];
  hook.close();
  hook = await startHook(async () => { await sleep(3000); return { status: 200 }; });
  await trigger({ webhook: hook.url, retry_conf: { num_retries: 0, interval_sec: 0, timeout_sec: 1 } });
  psql("UPDATE noted.thing SET name = 'late' WHERE id = 1");
  await settled();
  [invocation] = await invocations();
  assert.equal(invocation.http_status, 500);
  assert.equal(invocation.request.payload, null);
  assert.equal(invocation.response.data.message, JSON.stringify('Event Trigger "noted" timed out while processing.'));
  const at = new Date(Date.now() - 1000).toISOString();
  const retry = { num_retries: 0, timeout_seconds: 1, retry_interval_seconds: 1, tolerance_seconds: 100 };
  const { event_id: id } = await must('create_scheduled_event', { webhook: hook.url, schedule_at: at, retry_conf: retry });
  let late;
  await until('the time is up', async () => {
    [late] = (await must('get_scheduled_event_invocations', { type: 'one_off', event_id: id })).invocations;
    return late;
  });
  const text = `One-off Scheduled event ${id} timed out while processing.`;
  assert.deepEqual([late.status, late.request, late.response], [500, { payload: { error: text }, headers: [], version: '1' },
    { type: 'client_error', data: { message: JSON.stringify(text) }, version: '1' }]);
  hook.close();
  hook = await startHook(async () => answers.shift() ?? { status: 200, json: { ok: true } });
  answers = [];
});

test('headers of the definition are sent; the log names variables, not their values', async () => {
  await trigger({
    headers: [{ name: 'x-plain', value: 'p' }, { name: 'User-Agent', value: 'mine' }, { name: 'x-path', value_from_env: 'PATH' }],
  });
  psql("UPDATE noted.thing SET name = 'headers' WHERE id = 1");
  const [call] = await calls(1);
  assert.equal(call.headers['x-plain'], 'p');
  assert.ok(call.headers['x-path'].includes('/'));
  assert.match(call.headers['user-agent'], /^hasura-graphql-engine\//);
  await settled();
  const [invocation] = await invocations();
  assert.deepEqual(invocation.request.headers.find((header) => header.name === 'x-path'), { name: 'x-path', value_from_env: 'PATH' });
  assert.ok(!JSON.stringify(invocation.request).includes(call.headers['x-path']));
  assert.deepEqual(invocation.request.headers.map((header) => [header.name, header.value]),
    [['Content-Type', 'application/json'], ['User-Agent', 'mine'], ['x-plain', 'p'], ['x-path', undefined]], 'each once');
});

test('requests and answers are transformed', async () => {
  const body = '{"who": {{$session_variables?["x-hasura-role"]}}, "name": {{$body.event.data.new.name}}}';
  await trigger({
    request_transform: {
      version: 2, template_engine: 'Kriti', method: 'PUT', url: '{{$base_url}}/{{$body.trigger.name}}', query_params: { q: '1' },
      request_headers: { add_headers: { 'x-added': '{{$body.event.op}}' }, remove_headers: ['User-Agent'] },
      body: { action: 'transform', template: body.replace('["x-hasura-role"]', "['x-hasura-role']") },
    },
    response_transform: { version: 2, template_engine: 'Kriti', body: { action: 'transform', template: '{"ok": {{$body.ok}}}' } },
  });
  await query('mutation { update_noted_thing_by_pk(pk_columns: {id: 1}, _set: {name: "changed"}) { id } }');
  const [call] = await calls(1);
  assert.deepEqual([call.method, call.url, call.body], ['PUT', '/noted/noted?q=1', { who: 'admin', name: 'changed' }]);
  assert.equal(call.headers['x-added'], 'UPDATE');
  assert.equal(call.headers['user-agent'], undefined);
  await settled();
  let [invocation] = await invocations();
  assert.deepEqual(invocation.request.payload, { who: 'admin', name: 'changed' });
  assert.equal(invocation.response.data.body, '{"ok":true}', JSON.stringify(invocation.response));

  // an answer that does not fit is a failure
  answers = [{ status: 200, json: {} }];
  psql("UPDATE noted.thing SET name = 'unfit' WHERE id = 1");
  await calls(1);
  await settled();
  [invocation] = await invocations();
  assert.deepEqual([invocation.http_status, invocation.response.type], [500, 'client_error']);
  assert.equal(JSON.parse(JSON.parse(invocation.response.data.message))[0].error_code, 'Attribute Error', 'a text of JSON');

  // a request that can't be made is one, too, and no call
  await trigger({ request_transform: { version: 2, template_engine: 'Kriti', body: { action: 'transform', template: '{{$body.nothing.at}}' } } });
  const before = (await invocations()).length;
  psql("UPDATE noted.thing SET name = 'never' WHERE id = 1");
  await settled();
  const event = (await events()).find((one) => one.payload.data.new?.name === 'never');
  assert.deepEqual([event.error, event.tries, (await invocations()).length], [true, 0, before]);
  await calls(0);
  await trigger();
});

test('a redirect is followed as its status says', async () => {
  for (const [status, method, has] of [[301, 'POST', true], [302, 'GET', false], [303, 'GET', false], [307, 'POST', true], [308, 'POST', true]]) {
    answers = [{ status, headers: { location: `${hook.url}/elsewhere` } }];
    await must('pg_invoke_event_trigger', { name: 'noted', payload: { status } });
    const [first, second] = await calls(2);
    assert.deepEqual([second.method, second.url, second.body], [method, '/elsewhere', has ? first.body : ''], status);
  }
  await settled();

  answers = Array(11).fill({ status: 307, headers: { location: `${hook.url}/round` } });
  await must('pg_invoke_event_trigger', { name: 'noted', payload: 'round' });
  await calls(11);
  await settled();
  const [lost] = await invocations();
  assert.equal(JSON.parse(lost.response.data.message).message, 'Too many redirects: 11 redirects');
});

test('an event by hand', async () => {
  const { event_id: id } = await must('pg_invoke_event_trigger', { name: 'noted', payload: { any: ['thing'] } });
  const [call] = await calls(1);
  assert.deepEqual([call.body.id, call.body.event.op, call.body.event.data], [id, 'MANUAL', { old: null, new: { any: ['thing'] } }]);
});

test('many events arrive, each once', async () => {
  psql("INSERT INTO noted.thing SELECT n, 'many' FROM generate_series(10001, 10500) AS n");
  const ids = (await calls(500, 30000)).map((call) => call.body.event.data.new.id);
  assert.equal(new Set(ids).size, 500);
  await settled();
});

test('one-off events', async () => {
  const { event_id: id } = await must('create_scheduled_event', {
    webhook: `${hook.url}/once`, schedule_at: new Date().toISOString(), payload: { a: [1.50] }, comment: 'now',
    headers: [{ name: 'x-once', value: '1' }],
  });
  const [call] = await calls(1);
  assert.deepEqual(Object.keys(call.body).sort(), ['comment', 'created_at', 'id', 'payload', 'scheduled_time']);
  assert.deepEqual([call.url, call.body.id, call.body.payload, call.headers['x-once']], ['/once', id, { a: [1.5] }, '1']);
  await until('delivered', async () =>
    (await must('get_scheduled_events', { type: 'one_off' })).events.find((event) => event.id === id).status === 'delivered');
  const { invocations: [invocation] } = await must('get_scheduled_event_invocations', { type: 'one_off', event_id: id });
  assert.deepEqual([invocation.status, invocation.request.version, invocation.response.type], [200, '1', 'webhook_response']);

  const soon = new Date(Date.now() + 1500);
  await must('create_scheduled_event', { webhook: hook.url, schedule_at: soon.toISOString() });
  await calls(1);
  assert.ok(Date.now() >= soon.getTime(), 'not before its time');

  // too late, unknown variable, and tried again
  const { event_id: dead } = await must('create_scheduled_event', { webhook: hook.url, schedule_at: '2001-01-01T00:00:00Z' });
  const { event_id: unknown } = await must('create_scheduled_event', {
    webhook: '{{NO_SUCH_VARIABLE}}/{{PATH}}{{NOR_THIS}}', schedule_at: new Date().toISOString(),
    headers: [{ name: 'a', value: 'x{{NOT_THERE}}' }, { name: 'b', value_from_env: 'NOR_THAT' }],
  });
  answers = [{ status: 500 }];
  const { event_id: twice } = await must('create_scheduled_event', {
    webhook: hook.url, schedule_at: new Date().toISOString(), retry_conf: { num_retries: 1, retry_interval_seconds: 0 },
  });
  await calls(2);
  const status = async (event) => (await must('get_scheduled_events', { type: 'one_off' })).events.find((one) => one.id === event);
  await until('dead', async () => (await status(dead)).status === 'dead');
  await until('error', async () => (await status(unknown)).status === 'error');
  await until('delivered', async () => (await status(twice)).status === 'delivered');
  assert.equal((await status(dead)).tries, 0);
  assert.equal((await status(twice)).tries, 2);
  const { invocations: [told] } = await must('get_scheduled_event_invocations', { type: 'one_off', event_id: unknown });
  const reason = 'The value for environment variables not found: NO_SUCH_VARIABLE, NOR_THIS, template cannot be resolved: "NOT_THERE", NOR_THAT';
  assert.deepEqual(told.request.payload, { error: `Error creating the request. ${reason}` });
  assert.equal(told.response.data.message, JSON.stringify(reason));
});

test('cron triggers', async () => {
  await must('create_cron_trigger', {
    name: 'noted_cron', webhook: `${hook.url}/cron`, schedule: '0 0 1 1 *', include_in_metadata: true, payload: { p: 1 }, comment: 'yearly',
  });
  psql("INSERT INTO gqle.cron_events (trigger_name, scheduled_time) VALUES ('noted_cron', date_trunc('minute', now()))");
  await must('create_scheduled_event', { webhook: `${hook.url}/wake`, schedule_at: '2040-01-01T00:00:00Z' });
  const [call] = await calls(1);
  assert.deepEqual(Object.keys(call.body).sort(), ['comment', 'id', 'name', 'payload', 'scheduled_time']);
  assert.deepEqual([call.url, call.body.name, call.body.payload], ['/cron', 'noted_cron', { p: 1 }]);
  assert.match(call.body.scheduled_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/);
  await must('delete_cron_trigger', { name: 'noted_cron' });
  psql('DELETE FROM gqle.cron_events');
});

test('old events are deleted when their time has come', async () => {
  const config = { schedule: '0 0 1 1 *', clear_older_than: 1, clean_invocation_logs: true, batch_size: 2 };
  const rows = (values) => psql(`INSERT INTO gqle.event_log (id, schema_name, table_name, trigger_name, payload, delivered, created_at)
      SELECT 'old' || i, 'noted', 'thing', 'noted', '{}', i <= 5, now() - interval '2 hours' FROM generate_series(1, 6) AS i ON CONFLICT DO NOTHING;
    UPDATE gqle.event_log SET archived = true WHERE id = 'old6';
    INSERT INTO gqle.event_invocation_logs (event_id, trigger_name) SELECT 'old' || i, 'noted' FROM generate_series(1, 5) AS i;
    DELETE FROM gqle.hdb_event_log_cleanups WHERE scheduled_at < now() AT TIME ZONE 'UTC';
    INSERT INTO gqle.hdb_event_log_cleanups (id, trigger_name, scheduled_at)
      SELECT 'due' || i, 'noted', now() AT TIME ZONE 'UTC' - i * interval '1 minute' FROM generate_series(1, 2) AS i;
    SELECT ${values}`);
  const outcome = () => psql("SELECT id, status, deleted_event_logs, deleted_event_invocation_logs FROM gqle.hdb_event_log_cleanups WHERE id LIKE 'due%' ORDER BY 1");
  const left = () => psql("SELECT count(*) FROM gqle.event_log WHERE id LIKE 'old%'")[0];
  const wake = async () => {
    await query('mutation { delete_noted_thing(where: {id: {_eq: 99}}) { affected_rows } insert_noted_thing_one(object: {id: 99}) { id } }');
    await until('the event arrives', async () => hook.asked.length > 0);
    hook.take();
  };

  await trigger({ cleanup_config: { ...config, paused: true } });
  rows('1');
  await until('what is due is paused', async () => { await wake(); return outcome()[0].includes('paused'); }, 75000);
  assert.match(outcome()[1], /^due2.dead/);
  assert.equal(left(), '6');

  await must('resume_event_trigger_cleanups', { event_triggers: [{ source_name: 'default', event_triggers: ['noted'] }] });
  rows('2');
  await until('what is due is done', async () => { await wake(); return outcome()[0].includes('completed'); }, 75000);
  assert.match(outcome()[0], /^due1.completed.5.10$/);
  assert.equal(left(), '1', 'what is pending stays');
  await settled();
  await trigger();
  assert.deepEqual(psql("SELECT count(*) FROM gqle.hdb_event_log_cleanups WHERE status = 'scheduled'"), ['0']);
});
