// Bad input: Hasura's bodies and statuses, and a server that goes on.
import test from 'node:test';
import assert from 'node:assert/strict';
import { url, post, query, failure, psql, headersOf, customer } from './lib.mjs';

const alive = async () => assert.deepEqual(await query('{ __typename }'), { __typename: 'query_root' });

// [name, body, code, path] on /v1/graphql, always with status 200.
const refused = [
  ['malformed JSON', '{"query": ', 'invalid-json', '$'],
  ['no JSON at all', 'hello', 'invalid-json', '$'],
  ['an empty body', '', 'invalid-json', '$'],
  ['JSON with NUL', '{"query":"{ a }\\u0000"}', null, null],
  ['a missing query', '{}', 'parse-failed', '$'],
  ['a query of a wrong type', '{"query":5}', 'parse-failed', '$.query'],
  ['variables of a wrong type', '{"query":"{__typename}","variables":5}', 'parse-failed', '$.variables'],
  ['a syntax error', '{"query":"{ artist { id "}', 'validation-failed', '$.query'],
  ['an empty document', '{"query":""}', 'validation-failed', '$.query'],
  ['an unknown operation', '{"query":"query A { __typename }","operationName":"B"}', 'validation-failed', '$'],
  ['two operations without a name', '{"query":"query A { __typename } query B { __typename }"}', 'validation-failed', '$'],
  ['an unknown field', '{"query":"{ artist { nope } }"}', 'validation-failed', '$.selectionSet.artist.selectionSet.nope'],
  ['an unknown argument', '{"query":"{ artist(nope: 1) { id } }"}', 'validation-failed', '$.selectionSet.artist'],
  ['an unknown type', '{"query":"query ($x: nope) { artist(where: $x) { id } }"}', 'validation-failed', null],
  ['an undefined variable', '{"query":"{ artist(limit: $x) { id } }"}', 'validation-failed', null],
  ['a missing variable', '{"query":"query ($x: Int!) { artist_by_pk(id: $x) { id } }"}', 'validation-failed', null],
  ['a variable of a wrong type', '{"query":"query ($x: Int!) { artist_by_pk(id: $x) { id } }","variables":{"x":"y"}}', null, null],
  ['an unknown fragment', '{"query":"{ artist { ...F } }"}', 'validation-failed', null],
  ['a fragment cycle', '{"query":"{ artist { ...F } } fragment F on artist { albums { artist { ...F } } }"}', 'validation-failed', null],
  ['the hash of a query', '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}', 'not-supported', '$'],
  ['a query with its hash', '{"query":"{__typename}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}', 'not-supported', '$'],
  ['a subscription', '{"query":"subscription { artist { id } }"}', 'unexpected-payload', '$'],
];

for (const [name, body, code, path] of refused) {
  test(name, async () => {
    const { status, json, raw } = await post('/v1/graphql', body);
    assert.equal(status, 200, raw);
    assert.equal(json?.errors?.length, 1, raw);
    assert.deepEqual(Object.keys(json), ['errors']);
    assert.equal(typeof json.errors[0].message, 'string');
    if (code) assert.equal(json.errors[0].extensions.code, code, raw);
    if (path) assert.equal(json.errors[0].extensions.path, path, raw);
    await alive();
  });
}

test('the same errors have their status on /v1alpha1/graphql', async () => {
  assert.equal((await post('/v1alpha1/graphql', { query: '{ nope }' })).status, 400);
  assert.equal((await post('/v1alpha1/graphql', '{')).status, 400);
  assert.equal((await post('/v1alpha1/graphql', { query: '{ __typename }' }, {})).status, 401);
});

test('invalid UTF-8', async () => {
  const { json } = await post('/v1/graphql', Buffer.concat([Buffer.from('{"query":"{ artist(where: {name: {_eq: \\"'),
    Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('\\"}}) { id } }"}')]));
  assert.equal(json.errors.length, 1);
  await alive();
});

test('deep, wide and heavy documents end in bounded time', async () => {
  const deep = `${'{ artist { albums '.repeat(20000)}{ id }${'} }'.repeat(20000)}`;
  const lists = `{ artist(where: ${'{_and: ['.repeat(30000)}${']}'.repeat(30000)}) { id } }`;
  const wide = `{ ${Array.from({ length: 100000 }, (_, i) => `a${i}: __typename`).join(' ')} }`;
  const bomb = `{ artist(limit: 1) { ...F0 } } ${Array.from({ length: 40 }, (_, i) => `fragment F${i} on artist { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F40 on artist { id }`;
  for (const text of [deep, lists, wide, bomb]) {
    const started = Date.now();
    const { status, json, raw } = await post('/v1/graphql', { query: text });
    assert.equal(status, 200);
    assert.ok(json, raw.slice(0, 200));
    assert.ok(Date.now() - started < 5000);
    await alive();
  }
});

test('a body over the limit', async () => {
  const body = JSON.stringify({ query: `{ __typename } # ${'x'.repeat(10 * 1024 * 1024)}` });
  const answer = await post('/v1/graphql', body).catch(() => null);
  assert.ok(answer === null || [200, 400, 413].includes(answer.status));
  await alive();
  const huge = await post('/v1/graphql', 'x'.repeat(200 * 1024 * 1024)).catch(() => null);
  assert.ok(huge === null || huge.status === 413 || huge.json?.errors || huge.json?.error);
  await alive();
});

test('unknown paths and wrong methods', async () => {
  for (const [method, path] of [['GET', '/nope'], ['POST', '/nope'], ['GET', '/v1/metadata'], ['GET', '/v2/query']]) {
    const reply = await fetch(url + path, { method, headers: headersOf() });
    assert.equal(reply.status, 404, `${method} ${path}`);
    assert.deepEqual(await reply.json(), { path: '$', error: 'resource does not exist', code: 'not-found' });
  }
  assert.equal((await fetch(`${url}/v1/graphql`, { method: 'PUT', headers: headersOf(), body: '{}' })).status, 404);
});

test('an error in the database is reported and leaves nothing behind', async () => {
  const before = await failure('{ track(where: {name: {_regex: "("}}) { id } }');
  assert.equal(before.extensions.code, 'data-exception');
  const hidden = await failure('{ track(where: {name: {_regex: "("}}) { id } }', undefined, customer(7));
  assert.equal(hidden.extensions.internal, undefined);
  assert.deepEqual(psql(`SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'gqle%' AND xact_start IS NOT NULL
    AND state <> 'active'`), []);
  await alive();
});

test('metadata and query endpoints refuse with status and flat body', async () => {
  for (const [path, body, status, code] of [
    ['/v1/metadata', '{', 400, 'invalid-json'],
    ['/v1/metadata', { type: 'no_such_command', args: {} }, 400, 'parse-failed'],
    ['/v1/metadata', { args: {} }, 400, 'parse-failed'],
    ['/v1/metadata', { type: 'pg_track_table', args: { table: 'no_such_table' } }, 400, 'invalid-configuration'],
    ['/v1/metadata', { type: 'pg_track_table', args: { table: 'artist' } }, 400, 'already-tracked'],
    ['/v2/query', { type: 'run_sql', args: { sql: 'SELEC 1' } }, 400, 'postgres-error'],
  ]) {
    const answer = await post(path, body);
    assert.equal(answer.status, status, answer.raw);
    assert.equal(answer.json.code, code, answer.raw);
    assert.equal(typeof answer.json.error, 'string');
    assert.equal(typeof answer.json.path, 'string');
  }
});
