// That settings have the effect that Hasura's variables of their names have.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { connect, headersOf, metadata, post, psql, query, secret, startHook, url } from './lib.mjs';

const setting = async (...settings) => {
  for (const one of settings) psql(`ALTER SYSTEM ${one}`);
  psql('SELECT pg_reload_conf()');
  await sleep(700);
};
const get = async (path, headers = headersOf()) => {
  const reply = await fetch(url + path, { headers, redirect: 'manual' });
  const text = await reply.text();
  return { status: reply.status, type: reply.headers.get('content-type'), text };
};

test('preserve_401_errors', async () => {
  const wrong = { 'content-type': 'application/json', 'x-hasura-admin-secret': 'wrong' };
  const ask = (path) => post(path, { query: '{ __typename }' }, wrong);
  assert.equal((await ask('/v1/graphql')).status, 200);
  await setting('SET gqle.preserve_401_errors = on');
  try {
    for (const path of ['/v1/graphql', '/v1beta1/relay']) {
      const { status, json } = await ask(path);
      assert.equal(status, 401);
      assert.equal(json.errors[0].extensions.code, 'access-denied');
    }
    assert.equal((await post('/v1/graphql', { query: '{ nothing }' })).status, 200, 'no other error');
  } finally {
    await setting('RESET gqle.preserve_401_errors');
  }
  assert.equal((await ask('/v1/graphql')).status, 200);
});

// How long a connection stays open after an answer, at most 6 s.
const lifetime = () => new Promise((resolve) => {
  let answered;
  const socket = connect(() => socket.write('GET /v1/version HTTP/1.1\r\nHost: a\r\n\r\n'));
  socket.on('data', () => { answered = Date.now(); }).on('close', () => resolve(Date.now() - answered)).on('error', () => {});
  setTimeout(() => socket.destroy(), 6000);
});

test('idle_timeout (SERVER_TIMEOUT)', async () => {
  await setting('SET gqle.idle_timeout = 1');
  try {
    const time = await lifetime();
    assert.ok(time >= 700 && time < 4000, `${time} ms`);
  } finally {
    await setting('RESET gqle.idle_timeout');
  }
  assert.ok(await lifetime() > 4500);
});

async function open() {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/graphql`, 'graphql-transport-ws');
  const closed = new Promise((resolve) => { socket.on('close', (code, reason) => resolve([code, String(reason)])); });
  await new Promise((resolve) => { socket.on('open', resolve); });
  socket.send(JSON.stringify({ type: 'connection_init', payload: { headers: { 'x-hasura-admin-secret': secret } } }));
  await new Promise((resolve) => { socket.on('message', resolve); });
  return { socket, closed };
}

test('close_websockets_on_metadata_change', async () => {
  const change = async (comment) => assert.equal((await metadata('pg_set_table_customization',
    { source: 'default', table: 'genre', configuration: { comment } })).status, 200);
  const first = await open();
  await change('one');
  assert.deepEqual(await first.closed, [1012, 'Server state changed, restarting the server']);
  await setting('SET gqle.close_websockets_on_metadata_change = off');
  try {
    const second = await open();
    await change('two');
    assert.equal(await Promise.race([second.closed, sleep(1500)]), undefined, 'it stays open');
    second.socket.close();
  } finally {
    await setting('RESET gqle.close_websockets_on_metadata_change');
    await metadata('pg_set_table_customization', { source: 'default', table: 'genre', configuration: {} });
  }
});

// A request of so many seconds, while all server workers are told to end.
async function ended(seconds) {
  const began = Date.now();
  const answer = post('/v2/query', { type: 'run_sql', args: { source: 'default', sql: `SELECT pg_sleep(${seconds})`, read_only: true } })
    .then(({ status }) => status, () => 'cut');
  await sleep(500);
  psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'gqle server'");
  return { outcome: await answer, time: Date.now() - began };
}

test('graceful_shutdown_timeout', async () => {
  await setting('SET gqle.graceful_shutdown_timeout = 10');
  try {
    const patient = await ended(3);
    assert.equal(patient.outcome, 200, 'the answer is waited for');
    await setting('SET gqle.graceful_shutdown_timeout = 1');
    for (let i = 0; i < 100 && (await get('/healthz').catch(() => ({}))).status !== 200; i += 1) await sleep(100);
    const hasty = await ended(8);
    assert.equal(hasty.outcome, 'cut');
    assert.ok(hasty.time < 6000, `${hasty.time} ms`);
  } finally {
    await setting('RESET gqle.graceful_shutdown_timeout');
    for (let i = 0; i < 100 && (await get('/healthz').catch(() => ({}))).status !== 200; i += 1) await sleep(100);
  }
});

test('console_assets_dir', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gqle-assets-'));
  mkdirSync(join(directory, 'versioned'));
  writeFileSync(join(directory, 'versioned', 'main.js'), 'console.log("own")');
  writeFileSync(join(directory, 'index.html'), '<title>own</title>');
  writeFileSync(join(directory, '.hidden.js'), 'canary');
  writeFileSync(join(directory, 'secret.conf'), 'canary');
  writeFileSync(join(directory, 'versioned', 'notes.txt'), 'canary');
  symlinkSync(join(directory, 'versioned'), join(directory, 'up'));
  for (const path of [directory, join(directory, 'versioned')]) chmodSync(path, 0o755);
  await setting(`SET gqle.console_assets_dir = '${directory}'`, 'SET gqle.enable_console = on');
  try {
    assert.match((await get('/console')).text, /<title>own/);
    const script = await get('/console/assets/versioned/main.js');
    assert.deepEqual([script.status, script.text], [200, 'console.log("own")']);
    assert.match(script.type, /javascript/);
    for (const path of ['.hidden.js', 'secret.conf', 'versioned', 'up/notes.txt']) {
      const answer = await get(`/console/assets/${path}`);
      assert.equal(answer.status, 404, path);
      assert.doesNotMatch(answer.text, /canary/);
    }
    assert.equal(JSON.parse((await get('/v1alpha1/config')).text).console_assets_dir, directory);
  } finally {
    await setting('RESET gqle.console_assets_dir', 'RESET gqle.enable_console');
    rmSync(directory, { recursive: true });
  }
  assert.equal(JSON.parse((await get('/v1alpha1/config')).text).console_assets_dir, null);
});

test('the health of the sources', async () => {
  const { status, text, type } = await get('/healthz/sources', {});
  assert.equal(status, 200);
  assert.match(type, /^application\/json/);
  const { default: source } = JSON.parse(text);
  assert.deepEqual([source.status, source.error], ['OK', null]);
  assert.match(source.timestamp, /^\d{4}-\d\d-\d\dT/);
});

test('endpoints for developers: off, then for admins only', async () => {
  const paths = ['/dev/ekg', '/dev/plan_cache', '/dev/subscriptions', '/dev/subscriptions/extended'];
  for (const path of paths) assert.equal((await get(path)).status, 404, path);
  await setting("SET gqle.enabled_apis = 'metadata,graphql,pgdump,config,developer'");
  try {
    for (const path of paths) {
      const refused = await get(path, headersOf('customer'));
      assert.equal(refused.status, 400, path);
      assert.equal(JSON.parse(refused.text).code, 'access-denied');
    }
    await query('{ __typename }');
    const ekg = JSON.parse((await get('/dev/ekg')).text);
    assert.equal(ekg.hasura_http_connections.type, 'g');
    assert.ok(ekg['hasura_graphql_execution_time_seconds_count{operation_type=query}'].val > 0);
    assert.equal((await get('/dev/plan_cache')).text, 'null');
    const { socket } = await open();
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: 'subscription($id: Int!) { genre_by_pk(id: $id) { id } }', variables: { id: 1 } } }));
    await sleep(500);
    // each worker tells what is its own
    const find = async (path) => {
      for (let i = 0; i < 60; i += 1) {
        const dump = JSON.parse((await get(path, { ...headersOf(), connection: 'close' })).text);
        if (dump.live_queries_map.length > 0) return dump.live_queries_map[0];
      }
      return undefined;
    };
    const live = await find('/dev/subscriptions');
    assert.deepEqual([live.source, live.role, live.cohorts], ['default', 'admin', null]);
    assert.match(live.multiplexed_query, /genre_by_pk/);
    const extended = await find('/dev/subscriptions/extended');
    assert.deepEqual(extended.cohorts[0], { variables: { session: { 'x-hasura-role': 'admin' }, query: { id: 1 } }, cohort: { subscribers: 1 } });
    assert.ok(!JSON.stringify(extended).includes(secret));
    socket.close();
  } finally {
    await setting('RESET gqle.enabled_apis');
  }
});

// Send messages on a new WebSocket, one after the other; [what came, code of the close if there was one].
async function talk(messages, { protocol = 'graphql-transport-ws', headers = {}, wait = 700 } = {}) {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/graphql`, protocol, { headers });
  const got = [];
  let code;
  socket.on('message', (text) => { const { type, id } = JSON.parse(String(text)); if (type !== 'ping' && type !== 'ka') got.push(id ? `${type} ${id}` : type); });
  socket.on('close', (c) => { code = c; });
  await new Promise((resolve) => { socket.on('open', resolve); });
  for (const message of messages) {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    await sleep(150);
  }
  await sleep(wait);
  const closed = code;
  socket.terminate();
  return [got, closed];
}
const init = { type: 'connection_init', payload: { headers: { 'x-hasura-admin-secret': secret } } };

test('websocket_connection_init_timeout', async () => {
  await setting('SET gqle.websocket_connection_init_timeout = 1');
  assert.deepEqual(await talk([], { wait: 2500 }), [[], 4408]);
  await setting('SET gqle.websocket_connection_init_timeout = 0');
  assert.deepEqual(await talk([], { wait: 4500 }), [[], undefined], 'no limit');
  await setting('RESET gqle.websocket_connection_init_timeout');
});

test('websocket_max_operations and websocket_max_message_size', async () => {
  const subscribe = (id, more = '') => ({ type: 'subscribe', id, payload: { query: `subscription { genre(limit: 1) { id } } ${more}` } });
  await setting('SET gqle.websocket_max_operations = 1', "SET gqle.websocket_max_message_size = '64kB'");
  const [got] = await talk([init, subscribe('1'), subscribe('2')]);
  assert.deepEqual(got.filter((type) => !type.startsWith('next')), ['connection_ack', 'error 2']);
  assert.equal((await talk([init, subscribe('1', `# ${'x'.repeat(70000)}`)]))[1], 1009);
  await setting('RESET gqle.websocket_max_operations', 'RESET gqle.websocket_max_message_size');
});

test('ws_read_cookie', async () => {
  const key = '0123456789abcdef0123456789abcdef';
  const base64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64({ exp: Math.floor(Date.now() / 1000) + 600,
    'https://hasura.io/jwt/claims': { 'x-hasura-allowed-roles': ['customer'], 'x-hasura-default-role': 'customer' } })}`;
  const token = `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
  const ask = () => talk([{ type: 'connection_init' }], { headers: { cookie: `session=${token}` } });
  await setting(`SET gqle.jwt_secret = '${JSON.stringify({ type: 'HS256', key, header: { type: 'Cookie', name: 'session' } })}'`, 'SET gqle.disable_cors = on');
  try {
    assert.deepEqual(await ask(), [[], 4403], 'any page could use it');
    await setting('SET gqle.ws_read_cookie = on');
    assert.deepEqual(await ask(), [['connection_ack'], undefined]);
  } finally {
    await setting('RESET gqle.jwt_secret', 'RESET gqle.disable_cors', 'RESET gqle.ws_read_cookie');
  }
});

test('configured_header_precedence', async () => {
  const hook = await startHook(() => ({ json: {} }));
  const permission = { source: 'default', table: 'genre', role: 'writer' };
  assert.equal((await metadata('pg_create_insert_permission', { ...permission, permission: { check: {}, columns: ['id', 'name'],
    validate_input: { type: 'http', definition: { url: hook.url, forward_client_headers: true, headers: [{ name: 'x-from', value: 'metadata' }] } } } })).status, 200);
  const from = async (id) => {
    await post('/v1/graphql', { query: `mutation { insert_genre(objects: [{ id: ${id}, name: "header ${id}" }]) { affected_rows } }` },
      { ...headersOf('writer'), 'x-from': 'client' });
    return hook.take()[0].headers['x-from'];
  };
  try {
    assert.equal(await from(90001), 'client');
    await setting('SET gqle.configured_header_precedence = on');
    assert.equal(await from(90002), 'metadata');
  } finally {
    await setting('RESET gqle.configured_header_precedence');
    await metadata('pg_drop_insert_permission', permission);
    psql('DELETE FROM genre WHERE id > 90000');
    hook.close();
  }
});

test('disable_native_query_validation', async () => {
  const track = () => metadata('pg_track_native_query', { source: 'default', root_field_name: 'of_nothing', code: 'SELECT x FROM there_is_no_such_table', returns: 'nothing' });
  assert.equal((await metadata('pg_track_logical_model', { source: 'default', name: 'nothing', fields: [{ name: 'x', type: 'integer' }] })).status, 200);
  try {
    assert.equal((await track()).status, 400);
    await setting('SET gqle.disable_native_query_validation = on');
    const { status, raw } = await track();
    assert.equal(status, 200, raw);
    await metadata('pg_untrack_native_query', { source: 'default', root_field_name: 'of_nothing' });
  } finally {
    await setting('RESET gqle.disable_native_query_validation');
    await metadata('pg_untrack_logical_model', { source: 'default', name: 'nothing' });
  }
});

after(async () => { for (let i = 0; i < 100 && (await get('/healthz').catch(() => ({}))).status !== 200; i += 1) await sleep(100); });
