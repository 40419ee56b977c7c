// Native queries over HTTP; everything happens in schema "native".
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { query, failure, metadata, runSql, psql, post, headersOf } from './lib.mjs';

const ok = (answer) => assert.equal(answer.status, 200, answer.raw);

before(async () => {
  psql(`DROP SCHEMA IF EXISTS native CASCADE; CREATE SCHEMA native;
    CREATE TABLE native.article (id integer PRIMARY KEY, owner text, content text);
    INSERT INTO native.article VALUES (1, 'ann', 'I like to eat dog food'), (2, 'bob', 'Well')`);
  ok(await metadata('bulk_atomic', [
    { type: 'pg_track_logical_model', args: { source: 'default', name: 'native_excerpt', fields: [
      { name: 'id', type: 'integer' }, { name: 'owner', type: { scalar: 'text' } },
      { name: 'excerpt', type: { scalar: 'text', nullable: true }, description: 'The start' }] } },
    { type: 'pg_track_native_query', args: { source: 'default', type: 'query', root_field_name: 'native_excerpts', returns: 'native_excerpt',
      arguments: { length: { type: 'integer' } },
      code: 'SELECT id, owner, substring(content, 1, {{length}}) AS excerpt FROM native.article WHERE {{length}} > 0' } },
  ]));
  ok(await metadata('pg_create_logical_model_select_permission', { source: 'default', name: 'native_excerpt', role: 'reader',
    permission: { columns: ['id', 'excerpt'], filter: { owner: { _eq: 'X-Hasura-Owner' } } } }));
});

after(async () => {
  ok(await metadata('pg_untrack_native_query', { source: 'default', root_field_name: 'native_excerpts' }));
  ok(await metadata('pg_untrack_logical_model', { source: 'default', name: 'native_excerpt' }));
  ok(await runSql('DROP SCHEMA native CASCADE'));
});

test('arguments, conditions, orders, aliases', async () => {
  const data = await query(`query ($n: Int!) {
    first: native_excerpts(args: {length: $n}, order_by: {id: desc}) { id excerpt }
    second: native_excerpts(args: {length: 1}, where: {owner: {_eq: "ann"}}) { excerpt owner } }`, { n: 6 });
  assert.deepEqual(data, { first: [{ id: 2, excerpt: 'Well' }, { id: 1, excerpt: 'I like' }], second: [{ excerpt: 'I', owner: 'ann' }] });
});

test('a value is never text of the statement', async () => {
  const error = await failure('query ($n: Int!) { native_excerpts(args: {length: $n}) { id } }', { n: '1) FROM native.article; DROP TABLE native.article --' });
  assert.ok(['validation-failed', 'data-exception', 'parse-failed'].includes(error.extensions.code), error.extensions.code);
  assert.deepEqual(psql('SELECT count(*) FROM native.article'), ['2']);
});

test('what is missing is told', async () => {
  const error = await failure('{ native_excerpts(args: {}) { id } }');
  assert.deepEqual(error, { message: "missing required field 'length'",
    extensions: { path: '$.selectionSet.native_excerpts.args.args.length', code: 'validation-failed' } });
});

test('a role sees what its permission shows', async () => {
  const reader = (owner) => headersOf('reader', { 'x-hasura-owner': owner });
  const text = '{ native_excerpts(args: {length: 2}) { id excerpt } }';
  assert.deepEqual((await query(text, undefined, reader('bob'))).native_excerpts, [{ id: 2, excerpt: 'We' }]);
  assert.deepEqual((await query(text, undefined, reader('eve'))).native_excerpts, []);
  await failure('{ native_excerpts(args: {length: 2}) { owner } }', undefined, reader('bob'));
  await failure('{ native_excerpts(args: {length: 2}, where: {owner: {_eq: "ann"}}) { id } }', undefined, reader('bob'));
  await failure(text, undefined, headersOf('stranger'));
});

test('a query that Postgres refuses is not tracked, and why', async () => {
  const answer = await metadata('pg_track_native_query', { source: 'default', root_field_name: 'native_bad', returns: 'native_excerpt',
    arguments: { n: { type: 'varchar' } }, code: 'SELECT nothing FROM native.article WHERE owner = {{n}};' });
  assert.equal(answer.status, 400);
  assert.equal(answer.json.code, 'invalid-configuration');
  assert.equal(answer.json.error, 'Inconsistent object: Failed to validate query');
  assert.deepEqual(answer.json.internal[0].message, {
    arguments: [],
    error: { description: null, exec_status: 'FatalError', hint: null, message: 'column "nothing" does not exist', status_code: '42703' },
    prepared: false,
    statement: 'PREPARE _logimo_vali_(varchar) AS WITH _cte_logimo_vali_ AS (\nSELECT nothing FROM native.article WHERE owner = $1\n\n)\nSELECT "id", "owner", "excerpt"\nFROM _cte_logimo_vali_',
  });
});

test('it follows the database', async () => {
  psql('ALTER TABLE native.article RENAME COLUMN content TO body');
  const error = await failure('{ native_excerpts(args: {length: 2}) { id } }');
  assert.match(error.message, /^field 'native_excerpts' not found in type: 'query_root'$/);
  const { json } = await post('/v1/metadata', { type: 'get_inconsistent_metadata', args: {} });
  assert.equal(json.is_consistent, false);
  assert.ok(json.inconsistent_objects.some((o) => o.type === 'native_query' && o.name === 'native_query native_excerpts in source default'));
  psql('ALTER TABLE native.article RENAME COLUMN body TO content');
  assert.equal((await query('{ native_excerpts(args: {length: 2}) { id } }')).native_excerpts.length, 2);
});

test('explain shows the statement', async () => {
  const { json } = await post('/v1/graphql/explain', { query: { query: '{ native_excerpts(args: {length: 2}) { id } }' } });
  assert.equal(json[0].field, 'native_excerpts');
  assert.match(json[0].sql, /substring\(content, 1, \(\$1::integer\)\)/);
});
