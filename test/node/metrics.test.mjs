// What /v1/metrics tells of events and subscriptions, and livequery-poller-log.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { createClient } from 'graphql-ws';
import { headersOf, metadata, psql, runSql, secret, startHook, url } from './lib.mjs';

let hook;

async function must(type, args) {
  const { status, raw } = await metadata(type, args);
  assert.equal(status, 200, raw);
}

const page = async () => (await fetch(`${url}/v1/metrics`, { headers: headersOf() })).text();

// The sum of the series of a name whose labels have all of these.
async function value(name, ...labels) {
  return (await page()).split('\n')
    .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function until(what, condition) {
  for (let i = 0; i < 200; i += 1) {
    if (await condition()) return;
    await sleep(50);
  }
  assert.fail(what);
}

// How much values have grown by the end of what is done.
async function growth(series, work) {
  const first = await Promise.all(series.map((one) => value(...one)));
  await work();
  return async () => Promise.all(series.map(async (one, i) => await value(...one) - first[i]));
}

const setting = async (...settings) => {
  for (const one of settings) psql(`ALTER SYSTEM ${one}`);
  psql('SELECT pg_reload_conf()');
  await sleep(700);
};

before(async () => {
  await setting("SET gqle.enabled_apis = 'metadata,graphql,pgdump,config,metrics'", "SET gqle.log_file = 'metrics-test.log'",
    "SET gqle.log_destination = 'file'", "SET gqle.enabled_log_types = 'startup,livequery-poller-log'",
    'SET gqle.live_queries_multiplexed_refetch_interval = 100');
  hook = await startHook(async ({ url: path }) => ({ status: path.endsWith('bad') ? 500 : 200, json: {} }));
  await runSql('CREATE TABLE measured (id int PRIMARY KEY)');
  await must('pg_track_table', { source: 'default', table: 'measured' });
});

after(async () => {
  await runSql('DROP TABLE measured CASCADE');
  psql('DELETE FROM gqle.event_log; DELETE FROM gqle.event_invocation_logs; DELETE FROM gqle.scheduled_events');
  hook.close();
  await setting('RESET gqle.enabled_apis', 'RESET gqle.log_file', 'RESET gqle.log_destination', 'RESET gqle.enabled_log_types',
    'RESET gqle.live_queries_multiplexed_refetch_interval');
});

test('events of event triggers, by trigger', async () => {
  for (const [name, retries] of [['good', 0], ['bad', 1]]) {
    await must('pg_create_event_trigger', { name: `measured_${name}`, table: 'measured', webhook: `${hook.url}/${name}`, insert: { columns: '*' },
      retry_conf: { num_retries: retries, interval_sec: 1, timeout_sec: 5 } });
  }
  const good = 'trigger_name="measured_good"';
  const bad = 'trigger_name="measured_bad"';
  const grown = await growth([
    ['hasura_events_fetched_total', 'source_name="default"'],
    ['hasura_event_invocations_total', good, 'status="success"'], ['hasura_event_processed_total', good, 'status="success"'],
    ['hasura_event_invocations_total', bad, 'status="failed"'], ['hasura_event_processed_total', bad, 'status="failed"'],
    ['hasura_event_invocations_total', bad, 'status="success"'],
    ['hasura_event_queue_time_seconds_count', good], ['hasura_event_webhook_processing_time_seconds_count', bad],
    ['hasura_event_processing_time_seconds_count', bad],
  ], () => runSql('INSERT INTO measured VALUES (1), (2)'));
  await until('all events settle', async () => psql('SELECT count(*) FROM gqle.event_log WHERE NOT delivered AND NOT error')[0] === '0');
  assert.deepEqual(await grown(), [6, 2, 2, 4, 2, 0, 2, 4, 2]);
  assert.ok(await value('hasura_event_fetch_time_per_batch_seconds_count') > 0);
  assert.ok(await value('hasura_events_fetched_per_batch') >= 1);
  assert.equal(await value('hasura_event_trigger_http_workers'), 0);
  for (const name of ['good', 'bad']) await must('pg_delete_event_trigger', { name: `measured_${name}` });
});

test('scheduled events', async () => {
  const at = new Date(Date.now() - 1000).toISOString();
  const grown = await growth([['hasura_oneoff_events_invocation_total', 'success'], ['hasura_oneoff_events_processed_total', 'success'],
    ['hasura_oneoff_events_invocation_total', 'failed'], ['hasura_oneoff_events_processed_total', 'failed']], async () => {
    await must('create_scheduled_event', { webhook: `${hook.url}/good`, schedule_at: at });
    await must('create_scheduled_event', { webhook: `${hook.url}/bad`, schedule_at: at, retry_conf: { num_retries: 0 } });
  });
  await until('both are over', async () => psql("SELECT count(*) FROM gqle.scheduled_events WHERE status IN ('scheduled', 'locked')")[0] === '0');
  assert.deepEqual(await grown(), [1, 1, 1, 1]);
  const cron = await growth([['hasura_cron_events_invocation_total', 'success'], ['hasura_cron_events_processed_total', 'success']], async () => {
    await must('create_cron_trigger', { name: 'measured', webhook: `${hook.url}/good`, schedule: '0 0 1 1 *', include_in_metadata: true });
    psql("UPDATE gqle.cron_events SET scheduled_time = now() WHERE id = (SELECT id FROM gqle.cron_events WHERE trigger_name = 'measured' LIMIT 1)");
    await must('create_scheduled_event', { webhook: `${hook.url}/good`, schedule_at: at });
  });
  await until('the cron event is over', async () => (await cron())[1] === 1);
  assert.equal((await cron())[0], 1);
  await must('delete_cron_trigger', { name: 'measured' });
});

test('subscriptions: how many, how long, and a line for each run', async () => {
  const client = createClient({ url: `${url.replace(/^http/, 'ws')}/v1/graphql`, webSocketImpl: WebSocket, retryAttempts: 0,
    connectionParams: { headers: { 'x-hasura-admin-secret': secret } } });
  const live = 'subscription_kind="live-query"';
  const streaming = 'subscription_kind="streaming"';
  const counts = () => Promise.all([['hasura_active_subscriptions', live], ['hasura_active_subscriptions', streaming],
    ['hasura_active_subscription_pollers', live], ['hasura_active_subscription_pollers', streaming]].map((one) => value(...one)));
  const start = await counts();
  const query = 'subscription { measured(limit: 1, order_by: { id: desc }) { id } }';
  const stops = [query, query, 'subscription { measured_stream(batch_size: 1, cursor: { initial_value: { id: 100 } }) { id } }']
    .map((text) => client.subscribe({ query: text }, { next: () => {}, error: () => {}, complete: () => {} }));
  await until('all are counted', async () => (await counts()).join() === [start[0] + 2, start[1] + 1, start[2] + 1, start[3] + 1].join());
  // a change of what they read makes them run
  let next = 200;
  await until('they run', async () => await runSql(`INSERT INTO measured VALUES (${next += 1})`) && await value('hasura_subscription_total_time_seconds_count', live) >= 3
    && await value('hasura_subscription_db_execution_time_seconds_count', live) >= 3
    && await value('hasura_subscription_total_time_seconds_count', streaming) >= 1);
  // one of the older protocol goes on after an error
  const apollo = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/graphql`, 'graphql-ws');
  await new Promise((resolve) => { apollo.on('open', resolve); });
  apollo.send(JSON.stringify({ type: 'connection_init', payload: { headers: { 'x-hasura-admin-secret': secret } } }));
  await sleep(200);
  apollo.send(JSON.stringify({ type: 'start', id: '1', payload: { query } }));
  await until('it is counted', async () => (await counts())[0] === start[0] + 3);
  psql('ALTER TABLE measured RENAME COLUMN id TO other');
  await until('a run that fails', async () => await value('hasura_active_subscription_pollers_in_error_state', live) === 1);
  stops.forEach((stop) => stop());
  await client.dispose();
  apollo.close();
  await until('none is left', async () => (await counts()).join() === start.join());
  assert.equal(await value('hasura_active_subscription_pollers_in_error_state'), 0);
  psql('ALTER TABLE measured RENAME COLUMN other TO id');

  const lines = psql("SELECT pg_read_file('metrics-test.log')").filter((line) => line.includes('"livequery-poller-log"')).map(JSON.parse);
  const { level, detail } = lines.find((line) => line.detail.kind === 'live-query' && line.level === 'info');
  assert.equal(level, 'info');
  assert.match(detail.poller_id, /^[0-9a-f-]{36}$/);
  assert.equal(detail.subscriber_count, 2);
  assert.equal(detail.role, 'admin');
  assert.match(detail.generated_sql, /^SELECT /);
  assert.deepEqual(Object.keys(detail.execution_batches[0]), ['db_execution_time', 'push_time', 'batch_id', 'pg_execution_time', 'batch_response_size_bytes']);
  assert.ok(detail.total_time >= detail.execution_batches[0].db_execution_time);
  assert.deepEqual(detail.subscription_options, { batch_size: 1, refetch_delay: 0.1 });
  assert.ok(lines.some((line) => line.detail.kind === 'streaming'));
  const failed = lines.find((line) => line.level === 'error');
  assert.equal(failed.detail.errors[0].batch_id, 1);
  assert.equal(failed.detail.errors[0].detail.code, 'validation-failed');
});

test('Prometheus has nothing to say', async (t) => {
  const text = await page();
  let said;
  try {
    said = execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
  } catch (error) {
    if (error.code === 'ENOENT') { t.skip('no promtool'); return; }
    said = error.stderr;
  }
  // names that Hasura has chosen
  assert.equal(said.replace(/^hasura_otel_\S+ counter metrics should have "_total" suffix\n/gm, ''), '');
});
