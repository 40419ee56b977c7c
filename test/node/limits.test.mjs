// Limits of requests that the metadata set for roles other than admin.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import WebSocket from 'ws';
import { createClient } from 'graphql-ws';
import { customer, employee, headersOf, metadata, post, psql, runSql, url } from './lib.mjs';

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const ask = (headers, path = '/v1/graphql') => post(path, { query: '{ __typename }' }, headers);
const codeOf = ({ json }) => json.errors?.[0].extensions.code;

after(() => metadata('remove_api_limits', {}));

test('a batch has no more operations than the role may send', async () => {
  const batch = (n) => Array.from({ length: n }, () => ({ query: '{ __typename }' }));
  assert.equal((await metadata('set_api_limits', { disabled: false, batch_limit: { per_role: { customer: 2 } } })).status, 200);
  const { json } = await post('/v1/graphql', batch(3), customer(1));
  assert.deepEqual(json.errors, [{ message: 'the batch has 3 operations, more than the limit of 2',
    extensions: { path: '$', code: 'batch-limit-exceeded' } }]);
  assert.equal((await post('/v1/graphql', batch(2), customer(1))).json.length, 2);
  assert.equal((await post('/v1/graphql', batch(3))).json.length, 3);
});

test('requests of a role in a minute, by session variable and by address', async () => {
  const limit = (rate) => metadata('set_api_limits', { disabled: false, rate_limit: rate });
  assert.equal((await limit({ global: { max_reqs_per_min: 1000 },
    per_role: { customer: { max_reqs_per_min: 3, unique_params: ['x-hasura-customer-id'] } } })).status, 200);
  const of = (id) => customer(`rate-${process.pid}-${id}`);
  for (let i = 0; i < 3; i += 1) {
    assert.equal(codeOf(await ask(of(1))), undefined);
  }
  const refused = await ask(of(1));
  assert.deepEqual([refused.status, refused.json.errors], [200, [{
    message: 'more requests were made in the last minute than the limit of 3',
    extensions: { path: '$', code: 'rate-limit-exceeded' } }]]);
  assert.equal((await ask(of(1), '/v1alpha1/graphql')).status, 429);
  assert.equal(codeOf(await ask(of(2))), undefined, 'somebody else has his own');
  assert.equal(codeOf(await ask(headersOf())), undefined, 'admins have none');
  assert.equal(codeOf(await ask(employee(1))), undefined, 'nor this role');
  assert.equal(codeOf(await post('/v1/graphql', Array(4).fill({ query: '{ __typename }' }), of(3))),
    'rate-limit-exceeded', 'a batch counts for what is in it');

  const socket = createClient({ url: `${url.replace(/^http/, 'ws')}/v1/graphql`, webSocketImpl: WebSocket,
    connectionParams: { headers: of(1) } });
  await assert.rejects(async () => { for await (const answer of socket.iterate({ query: '{ __typename }' })) { assert.ok(!answer); } },
    (error) => error[0].extensions.code === 'rate-limit-exceeded', 'over a WebSocket it is the same');
  await socket.dispose();

  assert.equal((await limit({ per_role: { customer: { max_reqs_per_min: 1, unique_params: 'IP' } } })).status, 200);
  assert.equal(codeOf(await ask(of(4))), undefined);
  assert.equal(codeOf(await ask(of(5))), 'rate-limit-exceeded', 'the address is the same');
  assert.equal(codeOf(await ask({ ...of(5), 'x-forwarded-for': '192.0.2.9' })), 'rate-limit-exceeded', 'whatever the client says');
  psql("ALTER SYSTEM SET gqle.client_address_header = 'x-forwarded-for'");
  psql('SELECT pg_reload_conf()');
  await sleep(500);
  assert.equal(codeOf(await ask({ ...of(5), 'x-forwarded-for': `198.51.100.1, 192.0.2.${process.pid % 200}` })), undefined, 'unless a proxy is trusted');
  assert.equal(codeOf(await ask({ ...of(5), 'x-forwarded-for': `198.51.100.2, 192.0.2.${process.pid % 200}` })), 'rate-limit-exceeded');
  psql('ALTER SYSTEM RESET gqle.client_address_header');
  psql('SELECT pg_reload_conf()');
  await metadata('remove_api_limits', {});
  assert.equal(codeOf(await ask(of(1))), undefined);
});

test('the time of an operation', async () => {
  await runSql('CREATE VIEW slow_limit AS SELECT 1 AS id, pg_sleep(3)::text AS slept');
  await metadata('pg_track_table', { source: 'default', table: 'slow_limit' });
  await metadata('pg_create_select_permission', { source: 'default', table: 'slow_limit', role: 'customer',
    permission: { columns: ['id', 'slept'], filter: {} } });
  await metadata('set_api_limits', { disabled: false, time_limit: { global: 1 } });
  const began = Date.now();
  const { json } = await post('/v1/graphql', { query: '{ slow_limit { id slept } }' }, customer(1));
  assert.deepEqual(json.errors, [{ message: 'the operation took longer than the limit of 1 seconds',
    extensions: { path: '$', code: 'time-limit-exceeded' } }]);
  assert.ok(Date.now() - began < 2500);
  assert.equal(codeOf(await ask(customer(1))), undefined);
  assert.equal(codeOf(await post('/v1/graphql', { query: '{ slow_limit { id slept } }' })), undefined, 'admins have as much as they like');
  await metadata('remove_api_limits', {});
  await runSql('DROP VIEW slow_limit CASCADE');
});

test('queries that were sent before are known by their hash', async () => {
  const query = `{ __typename as_${process.pid}: __typename }`;
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  const send = (body) => post('/v1/graphql', body);
  const get = async (parameters) => (await fetch(`${url}/v1/graphql?${new URLSearchParams(parameters)}`, { headers: headersOf() })).json();
  assert.equal((await send({ query, extensions })).json.errors[0].message, 'Automatic Persisted Queries is not enabled');
  psql('ALTER SYSTEM SET gqle.enable_persisted_queries = on');
  psql('ALTER SYSTEM SET gqle.persisted_queries_ttl = 2');
  psql('SELECT pg_reload_conf()');
  await sleep(500);
  assert.equal((await send({ extensions })).json.errors[0].message, 'PersistedQueryNotFound');
  assert.equal((await send({ query: '{ __typename }', extensions })).json.errors[0].message, 'provided sha does not match query');
  assert.equal((await send({ extensions })).json.errors[0].message, 'PersistedQueryNotFound', 'and that one was not kept');
  assert.ok((await send({ query, extensions })).json.data);
  assert.ok((await send({ extensions })).json.data, 'by the hash alone');
  assert.ok((await get({ extensions: JSON.stringify(extensions) })).data, 'by GET');
  assert.equal((await send({ extensions: { persistedQuery: { version: 2, sha256Hash } } })).json.errors[0].extensions.code, 'parse-failed');
  assert.equal((await send({ extensions: { persistedQuery: { version: 1, sha256Hash: `${sha256Hash}0` } } })).json.errors[0].extensions.code, 'parse-failed');
  const mutation = 'mutation { __typename }';
  const other = { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(mutation).digest('hex') } };
  assert.ok((await send({ query: mutation, extensions: other })).json.data);
  assert.match((await get({ extensions: JSON.stringify(other) })).errors[0].message, /mutations are not possible by GET/);
  await sleep(2500);
  assert.equal((await send({ extensions })).json.errors[0].message, 'PersistedQueryNotFound', 'forgotten');
  psql('ALTER SYSTEM RESET gqle.enable_persisted_queries');
  psql('ALTER SYSTEM RESET gqle.persisted_queries_ttl');
  psql('SELECT pg_reload_conf()');
});
