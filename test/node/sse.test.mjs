// Subscriptions as server-sent events, by their own client and by hand.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';
import { url, secret, metadata, runSql, connect, psql } from './lib.mjs';

const endpoint = `${url}/v1/graphql`;
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

before(async () => {
  await runSql('DROP SCHEMA IF EXISTS events CASCADE; CREATE SCHEMA events;'
    + ' CREATE TABLE events.item (id integer PRIMARY KEY, owner text, n integer, doc json);'
    + " INSERT INTO events.item VALUES (1, 'ann', 0, E'{\\n \"a\": [1,\\r\\n2]}'), (2, 'bob', 0, 'null');"
    + ' CREATE VIEW events.slow AS SELECT 1 AS id, pg_sleep(0.5)::text AS slept;'
    + " CREATE VIEW events.large AS SELECT g AS id, repeat('x', 1000) AS filler FROM generate_series(1, 2000) AS g");
  for (const name of ['item', 'slow', 'large']) {
    assert.equal((await metadata('pg_track_table', { source: 'default', table: { schema: 'events', name } })).status, 200);
  }
  assert.equal((await metadata('pg_create_select_permission', {
    source: 'default', table: { schema: 'events', name: 'item' }, role: 'owner',
    permission: { columns: ['id', 'n'], filter: { owner: { _eq: 'X-Hasura-Name' } } },
  })).status, 200);
});

after(async () => {
  await runSql('DROP SCHEMA events CASCADE');
});

const clientOf = (headers = {}, options = {}) => createClient({
  url: endpoint, headers: { 'x-hasura-admin-secret': secret, ...headers }, retryAttempts: 0, ...options });

async function resultsOf(client, text, variables) {
  const results = [];
  for await (const result of client.iterate({ query: text, variables })) {
    results.push(result);
  }
  return results;
}

test('queries and mutations: one result', async () => {
  const client = clientOf();
  assert.deepEqual(await resultsOf(client, 'query ($id: Int!) { genre_by_pk(id: $id) { name } }', { id: 5 }),
    [{ data: { genre_by_pk: { name: 'Jazz' } } }]);
  assert.deepEqual(await resultsOf(client, '{ events_slow { id } }'), [{ data: { events_slow: [{ id: 1 }] } }]);
  assert.deepEqual(await resultsOf(client, 'mutation { update_events_item_by_pk(pk_columns: {id: 2}, _inc: {n: 1}) { id } }'),
    [{ data: { update_events_item_by_pk: { id: 2 } } }]);
  const [{ data: { events_large: rows } }] = await resultsOf(client, '{ events_large { id filler } }');
  assert.equal(rows.length, 2000);
});

test('results with line ends in them are whole', async () => {
  assert.deepEqual(await resultsOf(clientOf(), '{ events_item_by_pk(id: 1) { doc } }'),
    [{ data: { events_item_by_pk: { doc: { a: [1, 2] } } } }]);
});

test('errors are results', async () => {
  const [result, ...more] = await resultsOf(clientOf(), '{ nothing }');
  assert.deepEqual(more, []);
  assert.equal(result.errors[0].extensions.code, 'validation-failed');
});

test('a subscription tells each change, to whom it may concern', async () => {
  const results = [];
  const text = 'subscription { events_item(order_by: {id: asc}) { id n } }';
  const stop = clientOf({ 'x-hasura-role': 'owner', 'x-hasura-name': 'ann' }).subscribe({ query: text },
    { next: (r) => results.push(r.data.events_item), error: (e) => results.push(e), complete() {} });
  while (results.length < 1) await sleep(20);
  psql('UPDATE events.item SET n = 7 WHERE id = 2');
  psql('UPDATE events.item SET n = 8 WHERE id = 1');
  while (results.length < 2) await sleep(20);
  await sleep(1500);
  assert.deepEqual(results, [[{ id: 1, n: 0 }], [{ id: 1, n: 8 }]]);
  stop();
});

test('EventSource: a subscription by GET, with keep-alives', async () => {
  const reply = await fetch(`${endpoint}?query=${encodeURIComponent('subscription { genre_by_pk(id: 1) { id } }')}`,
    { headers: { accept: 'text/event-stream', 'x-hasura-admin-secret': secret } });
  assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, 'text/event-stream; charset=utf-8']);
  const reader = reply.body.getReader();
  let text = '';
  while (!text.includes('\n:\n\n')) {
    text += Buffer.from((await reader.read()).value).toString();
  }
  assert.equal(text, 'event: next\ndata: {"data":{"genre_by_pk":{"id":1}}}\n\n:\n\n');
  await reader.cancel();
});

test('refusals have a status of their own', async () => {
  const status = async (method, headers, query = '') => (await fetch(endpoint + query, { method,
    headers: { accept: 'text/event-stream', 'x-hasura-admin-secret': secret, ...headers },
    ...(method === 'POST' && { body: '{"query":"{__typename}"}' }) })).status;
  assert.equal(await status('POST', { 'content-type': 'application/json', 'x-hasura-admin-secret': 'wrong' }), 401);
  assert.equal(await status('POST', { 'content-type': 'text/plain' }), 415);
  assert.equal(await status('GET', {}, `?query=${encodeURIComponent('mutation { delete_events_item(where: {}) { affected_rows } }')}`), 405);
});

test('a change of metadata cuts streams off, and clients come back', async () => {
  const results = [];
  const stop = clientOf({}, { retryAttempts: 5, retry: () => sleep(100) }).subscribe(
    { query: 'subscription { events_item_by_pk(id: 1) { id } }' },
    { next: (r) => results.push(r), error: (e) => results.push(e), complete: () => results.push('complete') });
  while (results.length < 1) await sleep(20);
  await metadata('pg_set_table_customization', { source: 'default', table: { schema: 'events', name: 'slow' }, configuration: {} });
  while (results.length < 2) await sleep(20);
  assert.deepEqual(results[1], { data: { events_item_by_pk: { id: 1 } } });
  stop();
});

test('a client that leaves ends its stream', async () => {
  const streams = () => Number(psql("SELECT sum(connections) FROM gqle.stat_workers WHERE kind = 'server'")[0]);
  await sleep(1500);
  const before = streams();
  const open = [];
  for (let i = 0; i < 20; i++) {
    const socket = connect(() => socket.write('POST /v1/graphql HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n'
      + `Content-Type: application/json\r\nX-Hasura-Admin-Secret: ${secret}\r\nContent-Length: 58\r\n\r\n`
      + '{"query":"subscription { genre_by_pk(id: 1) { name } }"}  '));
    open.push(new Promise((resolve) => { socket.once('data', (d) => resolve([socket, String(d)])); socket.on('error', () => {}); }));
  }
  const sockets = await Promise.all(open);
  for (const [, text] of sockets) assert.match(text, /^HTTP\/1\.1 200/);
  await sleep(1500);
  assert.ok(streams() >= before + 20, `${streams()} connections, ${before} before`);
  sockets.forEach(([socket], i) => { if (i % 2) socket.destroy(); else socket.end(); });
  for (let i = 0; i < 50 && streams() > before; i++) await sleep(200);
  assert.ok(streams() <= before, `${streams()} connections left, ${before} before`);
});
