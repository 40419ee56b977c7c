// What graphql-ws and subscriptions-transport-ws make of the ways in which we close
// connections: which they take for final, after which they come back, and that what
// they were subscribed to goes on.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { createClient } from 'graphql-ws';
import transport from 'subscriptions-transport-ws';
import { metadata, psql, runSql, secret } from './lib.mjs';
import { Talk, APOLLO, MODERN, base, init, sleep } from './talk.mjs';
import { SECRET, claims, now, settings, token } from './tokens.mjs';

const { SubscriptionClient } = transport;
const endpoint = `${base}/v1/graphql`;
const wrong = { headers: { 'x-hasura-admin-secret': 'wrong' } };
const right = init.payload;
const text = 'subscription { clients_item_by_pk(id: 1) { n } }';
const byToken = 'subscription { customer { id } }';
const reason = (message) => JSON.stringify({ server_error_msg: message });

before(async () => {
  await runSql('DROP SCHEMA IF EXISTS clients CASCADE; CREATE SCHEMA clients;'
    + ' CREATE TABLE clients.item (id integer PRIMARY KEY, n integer); INSERT INTO clients.item VALUES (1, 0);'
    + ' CREATE VIEW clients.slow AS SELECT 1 AS id, pg_sleep(1.5)::text AS slept');
  for (const name of ['item', 'slow']) {
    assert.equal((await metadata('pg_track_table', { source: 'default', table: { schema: 'clients', name } })).status, 200);
  }
});

// A test that fails must not keep the process.
const leaving = [];

after(async () => {
  leaving.forEach((leave) => leave());
  await settings({});
  await runSql('DROP SCHEMA clients CASCADE');
});

const set = (n) => runSql(`UPDATE clients.item SET n = ${n}`);
const changeMetadata = () => metadata('pg_set_table_customization', { source: 'default', table: { schema: 'clients', name: 'slow' }, configuration: {} });
const restartServers = () => psql("SELECT pg_terminate_backend(pid) FROM gqle.stat_workers WHERE kind = 'server'");

async function until(what, condition, ms = 10000) {
  for (const end = Date.now() + ms; !condition(); await sleep(20)) {
    assert.ok(Date.now() < end, `in vain: ${what}`);
  }
}

// ---------------------------------------------------------------- graphql-ws

// A client, and what has happened to it.
function modern(options = {}) {
  const seen = { closed: [], pongs: 0, connected: 0 };
  const client = createClient({ url: endpoint, webSocketImpl: WebSocket, connectionParams: right, retryAttempts: 5,
    retryWait: () => sleep(50), onNonLazyError: () => {},
    ...options,
    on: { closed: ({ code, reason: why }) => seen.closed.push([code, why]), connected: () => { seen.connected += 1; },
      pong: (received) => { seen.pongs += received; } } });
  leaving.push(() => client.terminate(), () => client.dispose());
  const start = (query) => {
    const got = { data: [], end: undefined };
    got.stop = client.subscribe({ query }, {
      next: (result) => got.data.push(result.data), error: (e) => { got.end = e; }, complete: () => { got.end = 'complete'; },
    });
    return got;
  };
  return { client, seen, start };
}
const numbers = (got) => got.data.map((d) => d.clients_item_by_pk.n);

test('graphql-ws: 4403 is no end, since the next credentials may be right', async () => {
  let tries = 0;
  const { client, seen, start } = modern({ connectionParams: () => (tries++ === 0 ? wrong : right) });
  await set(1);
  const got = start(text);
  await until('a result', () => got.data.length === 1);
  assert.deepEqual(seen.closed, [[4403, reason('4403: Forbidden')]]);
  await client.dispose();
});

test('graphql-ws: 4403 again and again is told when the tries are used up', async () => {
  const { client, seen, start } = modern({ connectionParams: wrong, retryAttempts: 2 });
  const got = start(text);
  await until('an end', () => got.end);
  assert.deepEqual([got.end.code, got.end.reason], [4403, reason('4403: Forbidden')]);
  assert.equal(seen.closed.length, 3);
  await client.dispose();
});

test('graphql-ws: 4408 after three seconds without connection_init, then in time', async () => {
  let tries = 0;
  const { client, seen, start } = modern({ connectionParams: async () => { await sleep(tries++ === 0 ? 3500 : 0); return right; } });
  const got = start(text);
  await until('a result', () => got.data.length === 1);
  assert.deepEqual(seen.closed, [[4408, 'Connection initialisation timed out']]);
  await client.dispose();
});

test('graphql-ws: 4400 for what cannot be read is final', async () => {
  for (const [replacer, message] of [
    [(key, value) => (key === '' && value.type === 'subscribe' ? { type: 'nothing' } : value), /unexpected type/],
    [(key, value) => (key === 'query' ? undefined : value), /query/],
    [(key, value) => (key === 'id' ? undefined : value), /id/],
    [(key, value) => (key === '' && value.type === 'subscribe' ? [value] : value), /./],
  ]) {
    const { client, seen, start } = modern({ jsonMessageReplacer: replacer });
    const got = start(text);
    await until('an end', () => got.end);
    assert.equal(got.end.code, 4400);
    assert.match(JSON.parse(got.end.reason).server_error_msg, /^4400: Parsing client message failed: /);
    assert.match(got.end.reason, message);
    assert.equal(seen.closed.length, 1);
    await client.dispose();
  }
});

test('graphql-ws: an id that is taken closes with 1000, so the client comes back', async () => {
  const { client, seen, start } = modern({ generateID: () => 'same' });
  const first = start(text);
  await until('a result', () => first.data.length === 1);
  const second = start('{ clients_slow { id } }');
  await until('closed', () => seen.closed.length === 1);
  first.stop();
  second.stop();
  await client.dispose();
  assert.deepEqual(seen.closed[0], [1000, reason('4400: an operation already exists with this id: same')]);
});

for (const [what, cause, why] of [['a change of metadata', changeMetadata, 'Server state changed, restarting the server'],
  ['a restart of the workers', restartServers, 'shutting server down']]) {
  test(`graphql-ws: after 1012, for ${what}, subscriptions go on`, async () => {
    await set(1);
    const { client, seen, start } = modern({ retryAttempts: 50 });
    const several = [start(text), start(text), start('subscription { genre_by_pk(id: 5) { name } }')];
    await until('results', () => several.every((s) => s.data.length === 1));
    await cause();
    await until('closed', () => seen.closed.length === 1);
    assert.deepEqual(seen.closed[0], [1012, why]);
    await until('results again', () => several.every((s) => s.data.length >= 2), 30000);
    await set(2);
    await until('changes', () => numbers(several[0]).at(-1) === 2 && numbers(several[1]).at(-1) === 2);
    several.forEach((s) => assert.equal(s.end, undefined));
    await client.dispose();
  });
}

test('graphql-ws: a token that expires ends the connection with 1006; a new one goes on', async () => {
  await settings({ jwt_secret: JSON.stringify({ type: 'HS256', key: SECRET }) });
  const { client, seen, start } = modern({
    connectionParams: () => ({ headers: { authorization: `Bearer ${token(claims({ exp: now() + (seen.closed.length ? 600 : 2) }))}` } }),
  });
  const got = start(byToken);
  await until('results of two tokens', () => got.data.length === 2);
  assert.deepEqual(seen.closed.map(([code]) => code), [1006]);
  await client.dispose();
  await settings({});
});

test('graphql-ws: a change of secrets closes with 1012, and the old one is refused', async () => {
  await settings({ admin_secrets: JSON.stringify([secret, 'another']) });
  const { client, seen, start } = modern({ connectionParams: { headers: { 'x-hasura-admin-secret': 'another' } }, retryAttempts: 2 });
  const got = start(text);
  await until('a result', () => got.data.length === 1);
  await settings({});
  await until('an end', () => got.end);
  assert.equal(seen.closed[0][0], 1012);
  assert.equal(seen.closed[0][1], 'auth mode changed');
  assert.equal(got.end.code, 4403);
  await client.dispose();
});

test('graphql-ws: pings of both sides', async () => {
  const { client, seen, start } = modern({ keepAlive: 300 });
  const got = start(text);
  await until('pongs', () => seen.pongs >= 3);
  assert.deepEqual(seen.closed, []);
  got.stop();
  await client.dispose();
});

test('graphql-ws: errors end one operation, complete another, and the rest goes on', async () => {
  await set(1);
  const { client, seen, start } = modern();
  const stays = start(text);
  const fails = start('subscription { nothing }');
  const query = start('{ genre_by_pk(id: 5) { name } }');
  const stops = start('{ clients_slow { id } }');
  await until('ends', () => fails.end && query.end && stays.data.length === 1);
  stops.stop();
  assert.equal(fails.end[0].extensions.code, 'validation-failed');
  assert.equal(query.end, 'complete');
  assert.deepEqual(query.data, [{ genre_by_pk: { name: 'Jazz' } }]);
  await set(2);
  await until('a change', () => numbers(stays).at(-1) === 2);
  stays.stop();
  await set(3);
  await sleep(1300);
  assert.deepEqual(numbers(stays), [1, 2]);
  assert.deepEqual([stops.data, stops.end], [[], 'complete']);
  assert.deepEqual(seen.closed.filter(([code]) => code !== 1000), []);
  await client.dispose();
});

test('graphql-ws: a client that breaks the connection off itself comes back', async () => {
  const { client, seen, start } = modern();
  const got = start(text);
  await until('a result', () => got.data.length === 1);
  client.terminate();
  await until('a result again', () => got.data.length === 2);
  assert.equal(seen.closed[0][0], 4499);
  await client.dispose();
  await until('closed', () => seen.closed.length === 2);
  assert.equal(seen.closed[1][0], 1000);
});

// What the protocol has codes for and Hasura, so we too, do otherwise.
test('graphql-transport-ws: 4401, 4406, 4409, 4429 and 4500 are never sent', async () => {
  const early = await Talk.open(MODERN);
  early.start('1', '{ __typename }');
  assert.deepEqual((await early.next()).payload, { error: 'start received before the connection is initialised', path: '$', code: 'start-failed' });
  assert.deepEqual(await early.closed, [1000, reason('4400: start received before the connection is initialised')]);

  const refused = new WebSocket(endpoint, 'graphql-other');
  const failure = await new Promise((resolve) => { refused.on('error', resolve); });
  assert.match(failure.message, /invalid subprotocol/);

  const twice = await Talk.ready(MODERN);
  twice.send(init);
  assert.deepEqual(await twice.next(), { type: 'connection_ack' });
  twice.start('1', '{ genre_by_pk(id: 5) { name } }');
  assert.deepEqual(await twice.data('1'), { genre_by_pk: { name: 'Jazz' } });
  await twice.next();
  twice.send({ type: 'connection_init', payload: wrong });
  assert.deepEqual(await twice.closed, [4403, reason('4403: Forbidden')]);
});

// ---------------------------------------------------------------- subscriptions-transport-ws

function apollo(options = {}) {
  const seen = { events: [], errors: [] };
  const client = new SubscriptionClient(endpoint, { connectionParams: right, reconnect: true, minTimeout: 1000, ...options,
    connectionCallback: (error) => error && seen.errors.push(error) }, WebSocket);
  // closed by the server and not coming back, it goes on looking for signs of life
  leaving.push(() => client.close(), () => client.clearCheckConnectionInterval());
  for (const event of ['connected', 'reconnected', 'disconnected']) {
    client.on(event, () => seen.events.push(event));
  }
  const start = (query) => {
    const got = { data: [], end: undefined };
    const { unsubscribe } = client.request({ query }).subscribe({
      next: (result) => got.data.push(result.data), error: (e) => { got.end = e; }, complete: () => { got.end = 'complete'; },
    });
    return Object.assign(got, { stop: unsubscribe });
  };
  return { client, seen, start };
}

test('subscriptions-transport-ws: refused credentials are told, and better ones taken', async () => {
  let tries = 0;
  const { client, seen, start } = apollo({ connectionParams: () => (tries++ === 0 ? wrong : right) });
  await set(1);
  const got = start(text);
  await until('a result', () => got.data.length === 1, 20000);
  assert.deepEqual(seen.errors, ['invalid "x-hasura-admin-secret"/"x-hasura-access-key"']);
  assert.deepEqual(seen.events, ['disconnected', 'reconnected']);
  client.close();
});

test('subscriptions-transport-ws: without reconnecting, refused credentials are the end', async () => {
  const { client, seen } = apollo({ connectionParams: wrong, reconnect: false });
  await until('the end', () => seen.events.includes('disconnected'));
  assert.equal(seen.errors.length, 1);
  assert.deepEqual(seen.events, ['disconnected']);
  client.close();
});

test('subscriptions-transport-ws: connection_init too late, then in time', async () => {
  let tries = 0;
  const { client, seen, start } = apollo({ minTimeout: 10000, connectionParams: async () => { await sleep(tries++ === 0 ? 3500 : 0); return right; } });
  const got = start(text);
  await until('a result', () => got.data.length === 1, 20000);
  assert.deepEqual(seen.events, ['disconnected', 'reconnected']);
  client.close();
});

for (const [what, cause] of [['a change of metadata', changeMetadata], ['a restart of the workers', restartServers]]) {
  test(`subscriptions-transport-ws: after ${what} subscriptions go on`, async () => {
    await set(1);
    const { client, seen, start } = apollo();
    const got = start(text);
    await until('a result', () => got.data.length === 1);
    await cause();
    await until('a result again', () => got.data.length >= 2, 30000);
    assert.ok(seen.events.includes('reconnected'), seen.events.join());
    await set(2);
    await until('a change', () => numbers(got).at(-1) === 2);
    assert.equal(got.end, undefined);
    client.close();
  });
}

test('subscriptions-transport-ws: a token that expires, and a new one', async () => {
  await settings({ jwt_secret: JSON.stringify({ type: 'HS256', key: SECRET }) });
  let tries = 0;
  const { client, seen, start } = apollo({
    connectionParams: () => ({ headers: { authorization: `Bearer ${token(claims({ exp: now() + (tries++ === 0 ? 2 : 600) }))}` } }),
  });
  const got = start(byToken);
  await until('results of two tokens', () => got.data.length === 2, 20000);
  assert.deepEqual(seen.events, ['connected', 'disconnected', 'reconnected']);
  client.close();
  await settings({});
});

test('subscriptions-transport-ws: keep-alive messages come in time for it', async () => {
  const { client, seen, start } = apollo({ timeout: 6000 });
  const got = start(text);
  await sleep(7500);
  assert.deepEqual(seen.events, ['connected']);
  assert.equal(got.end, undefined);
  client.close();
});

test('subscriptions-transport-ws: errors, ends, and unsubscribing', async () => {
  await set(1);
  const { client, seen, start } = apollo();
  const stays = start(text);
  const fails = start('subscription { nothing }');
  const query = start('{ genre_by_pk(id: 5) { name } }');
  const stops = start('{ clients_slow { id } }');
  await until('ends', () => fails.end && query.end && stays.data.length === 1);
  stops.stop();
  assert.equal(fails.end.message, "field 'nothing' not found in type: 'subscription_root'");
  assert.equal(query.end, 'complete');
  await set(2);
  await until('a change', () => numbers(stays).at(-1) === 2);
  stays.stop();
  await set(3);
  await sleep(1300);
  assert.deepEqual(numbers(stays), [1, 2]);
  assert.deepEqual(stops.data, []);
  assert.deepEqual(seen.events, ['connected']);
  client.close();
});

test('subscriptions-transport-ws: leaving is said with connection_terminate', async () => {
  const { client, seen, start } = apollo();
  const got = start(text);
  await until('a result', () => got.data.length === 1);
  client.close();
  assert.deepEqual(seen.events, ['connected', 'disconnected']);
  const talk = await Talk.ready(APOLLO);
  talk.send({ type: 'connection_terminate' });
  assert.deepEqual(await talk.closed, [1000, 'GQL_CONNECTION_TERMINATE received']);
});
