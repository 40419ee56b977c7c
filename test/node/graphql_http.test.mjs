// GraphQL over HTTP as its specification has it, for clients that ask for it; and
// Hasura's ways, unchanged, for all others.
import test from 'node:test';
import assert from 'node:assert/strict';
import { serverAudits } from 'graphql-http';
import { url, secret, headersOf, post } from './lib.mjs';

const endpoint = `${url}/v1/graphql`;
const STRICT = 'application/graphql-response+json';
const admin = { 'x-hasura-admin-secret': secret };

// Run the specification's own audits; what came of those that failed.
async function audit(defaults) {
  const audits = serverAudits({
    url: endpoint,
    fetchFn: (target, options = {}) => fetch(target, { ...options, headers: { ...admin, ...defaults, ...options.headers } }),
  });
  const failed = { error: [], warn: [], notice: [] };
  for (const one of audits) {
    const result = await one.fn();
    if (result.status !== 'ok') {
      failed[result.status].push(`${result.id} ${result.name}: ${result.reason}`);
    }
  }
  assert.ok(audits.length > 50);
  return failed;
}

test('audits, where the client names no media type of its own: strict', async () => {
  const failed = await audit({ accept: STRICT });
  assert.deepEqual(failed.error, []);
  // those that insist on application/json are about Hasura's ways; see below
  assert.deepEqual(failed.warn.filter((w) => !/application\/json/.test(w)), []);
});

test('audits, as they are: no errors, and only warnings that Hasura gives, too', async () => {
  const failed = await audit({});
  assert.deepEqual(failed.error, []);
  assert.deepEqual(failed.warn.map((w) => w.slice(0, 4)).sort(), ['9ABE', 'BCF8']);
});

async function ask(body, { method = 'POST', query = '', ...headers } = {}) {
  const reply = await fetch(endpoint + query, {
    method, headers: { ...admin, accept: STRICT, ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, type: reply.headers.get('content-type'), allow: reply.headers.get('allow'),
    text, json: text === '' ? undefined : JSON.parse(text) };
}

test('statuses mean something', async () => {
  const cases = [
    [{ query: '{ genre_by_pk(id: 1) { name } }' }, 200],
    [{ query: '{ nothing }' }, 400],
    [{ query: '{' }, 400],
    ['{"query', 400],
    [{ query: 'mutation { insert_genre_one(object: {id: 1, name: "again"}) { id } }' }, 400],
    [{ query: 'subscription { genre { id } }' }, 400],
  ];
  for (const [body, status] of cases) {
    const reply = await ask(body);
    assert.equal(reply.status, status, JSON.stringify(body));
    assert.equal(reply.type, `${STRICT}; charset=utf-8`);
    assert.equal(reply.json.data === undefined, status !== 200);
    assert.equal(reply.json.errors === undefined, status === 200);
  }
  const refused = await ask({ query: '{ __typename }' }, { 'x-hasura-admin-secret': 'wrong' });
  assert.deepEqual([refused.status, refused.json.errors[0].extensions.code], [401, 'access-denied']);
});

test('content types: JSON in UTF-8, or 415', async () => {
  const body = { query: '{ __typename }' };
  for (const type of ['application/json', 'Application/JSON; charset=UTF-8', 'application/json ;charset="utf-8"; x=y']) {
    assert.equal((await ask(body, { 'content-type': type })).status, 200, type);
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=iso-8859-1', 'application/jsonx']) {
    const reply = await ask(body, { 'content-type': type });
    assert.equal(reply.status, 415, type);
    assert.equal(reply.json.errors[0].extensions.code, 'not-supported');
  }
});

test('what is accepted decides: a clear preference, or Hasura\'s ways', async () => {
  const typeFor = async (accept, body = { query: '{ nothing }' }) => {
    const { status, type } = await ask(body, { accept });
    return [status, type.split(';')[0]];
  };
  const json = [200, 'application/json'];
  const strict = [400, STRICT];
  for (const [accept, expected] of [
    [`${STRICT}, application/json;q=0.9`, strict],
    [`application/json;q=0.5, ${STRICT};q=0.6`, strict],
    [`${STRICT}`, strict],
    [`*/*;q=0.1, ${STRICT}`, strict],
    [`${STRICT}; charset=utf-8`, strict],
    [`${STRICT}, application/json`, json],
    [`${STRICT}, application/graphql+json, application/json, text/event-stream, multipart/mixed`, json],
    [`${STRICT};q=0.3, */*;q=0.8`, json],
    ['application/json', json], ['*/*', json], ['text/html', json], ['', json], ['garbage;;=,,;q', json],
  ]) {
    assert.deepEqual(await typeFor(accept), expected, accept);
  }
  for (const accept of [`${STRICT};q=0`, `${STRICT}; charset=latin1`, 'text/event-stream;q=0, text/html']) {
    assert.equal((await ask({ query: '{ __typename }' }, { accept })).status, 406, accept);
  }
});

test('GET: queries with variables, no mutations', async () => {
  const get = (parameters, headers = {}) => ask(undefined,
    { method: 'GET', query: `?${new URLSearchParams(parameters)}`, ...headers });
  const text = 'query A($id: Int!) { genre_by_pk(id: $id) { name } } query B { __typename }';
  assert.deepEqual((await get({ query: text, operationName: 'A', variables: '{"id": 5}', utm_source: 'x' })).json,
    { data: { genre_by_pk: { name: 'Jazz' } } });
  assert.deepEqual((await get({ query: '{ genre(where: {name: {_eq: "Rock + & Ünïcode %"}}) { id } }' })).json, { data: { genre: [] } });
  const mutation = await get({ query: 'mutation { delete_genre(where: {}) { affected_rows } }' });
  assert.deepEqual([mutation.status, mutation.allow], [405, 'POST']);
  const named = await get({ query: 'query A { __typename } mutation B { delete_genre(where: {}) { affected_rows } }', operationName: 'B' });
  assert.equal(named.status, 405);
  for (const bad of ['', '?', '?query', '?query=%', '?query=%7', '?query=%zz', '?query=a%00b', '?variables=%7B%7D',
    '?query=%7B__typename%7D&variables=%7B', '?query=%7B__typename%7D&query=%7B__typename%7D',
    '?query=%7B__typename%7D&variables=%7B%7D,%22query%22:%22mutation%22']) {
    assert.equal((await ask(undefined, { method: 'GET', query: bad })).status, 400, bad);
  }
  const head = await ask(undefined, { method: 'HEAD', query: '?query=%7B__typename%7D' });
  assert.deepEqual([head.status, head.text], [200, '']);
});

test('roles are the same by GET', async () => {
  const reply = await ask(undefined, { method: 'GET', query: `?query=${encodeURIComponent('{ employee { id } }')}`,
    'x-hasura-role': 'nobody' });
  assert.equal(reply.status, 400);
  assert.match(reply.json.errors[0].message, /field 'employee' not found/);
});

test('for everybody else nothing has changed', async () => {
  const plain = await post('/v1/graphql', { query: '{ nothing }' });
  assert.deepEqual([plain.status, plain.headers.get('content-type')], [200, 'application/json; charset=utf-8']);
  const odd = await post('/v1/graphql', { query: '{ __typename }' }, { ...headersOf(), 'content-type': 'text/plain' });
  assert.deepEqual([odd.status, odd.json], [200, { data: { __typename: 'query_root' } }]);
  const alpha = await post('/v1alpha1/graphql', { query: '{ nothing }' });
  assert.equal(alpha.status, 400);
  const get = await fetch(`${endpoint}?query=%7B__typename%7D`, { headers: admin });
  assert.deepEqual([get.status, await get.json()],
    [200, { errors: [{ message: 'PersistedQueryNotSupported', extensions: { path: '$', code: 'not-supported' } }] }]);
});
