// Remote schemas: what their servers are asked, and what becomes of the answers.
import test, { before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { buildSchema, graphql, parse, print } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { url, secret, query, failure, post, psql, psqlAside, runSql, metadata, headersOf, startHook } from './lib.mjs';

const schema = buildSchema(readFileSync(new URL('../fixtures/remote.graphql', import.meta.url), 'utf8'));
const films = { 1: { __typename: 'Film', id: '1', title: 'Metropolis', minutes: 153, director: { __typename: 'Person', name: 'Fritz' } } };
const book = { __typename: 'Book', id: '2', title: 'Emma', pages: 400 };
const roots = {
  works: ({ limit }) => [films[1], book].slice(0, limit),
  film: ({ id }) => films[id] ?? null,
  things: ({ text }) => [films[1], book, { __typename: 'Person', name: text }, null],
  person: (args) => ({ __typename: 'Person', name: args.name, works: [], born: JSON.stringify(args) }),
  version: () => '1.0',
  rate: ({ id, stars }) => ({ ...films[id], minutes: stars }),
};

let server;
let canned; // by path: the whole answer

async function run({ url: path, body }) {
  if (canned[path] && (path === server.introspects || body.operationName !== 'IntrospectionQuery')) {
    return canned[path]({ body });
  }
  const { query: source, variables, operationName } = body;
  return { json: await graphql({ schema, source, rootValue: roots, variableValues: variables, operationName }) };
}

const definition = (more = {}) => ({ url: `${server.url}/films`, ...more });
const add = (name, more) => metadata('add_remote_schema', { name, definition: definition(more) });
const remove = (name) => metadata('remove_remote_schema', { name });
const ok = (reply) => assert.equal(reply.status, 200, reply.raw);
// compat: Hasura prints two spaces in places
const asked = () => server.take().map(({ body }) => ({ ...body, query: body.query.replace(/ +/g, ' ') }));
const raw = async (text, variables, headers) => (await post('/v1/graphql', { query: text, variables }, headers)).json;

// Another definition for a while, then the plain one again.
async function withDefinition(more, work) {
  ok(await metadata('update_remote_schema', { name: 'films', definition: definition(more) }));
  server.take();
  try {
    await work();
  } finally {
    ok(await metadata('update_remote_schema', { name: 'films', definition: definition() }));
  }
}

async function withSetting(name, value, work) {
  const set = async (text) => {
    psql(text);
    psql('SELECT pg_reload_conf()');
    await new Promise((resolve) => { setTimeout(resolve, 500); });
  };
  await set(`ALTER SYSTEM SET ${name} = ${value}`);
  try {
    await work();
  } finally {
    await set(`ALTER SYSTEM RESET ${name}`);
  }
}

before(async () => {
  canned = {};
  server = await startHook(run);
  await runSql('DROP SCHEMA IF EXISTS remote CASCADE; CREATE SCHEMA remote; CREATE TABLE remote.mark (id integer PRIMARY KEY)');
  ok(await metadata('pg_track_table', { source: 'default', table: { schema: 'remote', name: 'mark' } }));
  ok(await add('films'));
});

after(async () => {
  await remove('films');
  await runSql('DROP SCHEMA remote CASCADE');
  server.close();
});

beforeEach(async () => {
  canned = {};
  await runSql('TRUNCATE remote.mark');
  server.take();
});

test('adding a remote schema asks it once, as admin, without fragments', async () => {
  ok(await add('again', { customization: { root_fields_namespace: 'again', type_names: { prefix: 'A', mapping: {} } }, headers: [{ name: 'x-a', value: 'b' }] }));
  const calls = server.take();
  assert.equal(calls.length, 1);
  assert.equal(calls[0].method, 'POST');
  assert.equal(calls[0].headers['x-hasura-role'], 'admin');
  assert.equal(calls[0].headers['x-a'], 'b');
  assert.equal(calls[0].headers['content-type'], 'application/json');
  assert.equal(calls[0].body.operationName, 'IntrospectionQuery');
  assert.equal(parse(calls[0].body.query).definitions.length, 1);
  ok(await remove('again'));
  assert.deepEqual(psql("SELECT remote_schema FROM gqle.remote_introspections"), ['films']);
});

test('every root field is a request of its own, with fragments written out', async () => {
  const data = await query(`query Q($id: ID!, $no: Boolean!) { a: film(id: $id) { ...F title @include(if: $no) } version }
    fragment F on Film { id director(upper: false) { n: name } __typename }`, { id: '1', no: false });
  assert.deepEqual(data, { a: { id: '1', director: { n: 'Fritz' }, __typename: 'Film' }, version: '1.0' });
  const bodies = asked();
  assert.deepEqual(bodies.map((b) => [print(parse(b.query)), b.variables, b.operationName]), [
    [print(parse('query ($id: ID!) { a: film(id: $id) { id director(upper: false) { n: name } __typename } }')), { id: '1' }, undefined],
    [print(parse('{ version }')), undefined, undefined],
  ]);
});

test('a name of the operation that is given goes along', async () => {
  await post('/v1/graphql', { query: 'query Mine { version }', operationName: 'Mine' });
  const [body] = asked();
  assert.equal(body.operationName, 'Mine');
  assert.equal(body.query, 'query Mine { version }');
});

test('values go out as they are, defaults are written', async () => {
  const ask = async (text, variables) => {
    await query(text, variables);
    return asked().map((b) => [b.query, b.variables])[0];
  };
  assert.deepEqual(await ask('{ works(where: {title: "a\\"b", year: {from: 1}, kinds: [FILM], not: null}) { id } }'),
    ['query { works(where: {title: "a\\"b", year: {from: 1}, kinds: [FILM], not: null}, limit: 20) { id } }', undefined]);
  assert.deepEqual(await ask('query ($n: Int) { works(limit: $n) { id } }', { n: 1 }),
    ['query ($hasura_json_var_1: Int) { works(limit: $hasura_json_var_1) { id } }', { hasura_json_var_1: 1 }]);
  assert.deepEqual(await ask('query ($n: Int) { works(limit: $n) { id } }'), ['query { works(limit: 20) { id } }', undefined]);
  assert.deepEqual(await ask('query ($w: WorkFilter) { works(where: $w) { id } }', { w: { year: { from: 5 } } }),
    ['query ($hasura_json_var_1: WorkFilter) { works(where: $hasura_json_var_1, limit: 20) { id } }', { hasura_json_var_1: { year: { from: 5 } } }]);
  assert.deepEqual(await ask('query ($t: String,$k: Kind!) { works(where: {title: $t, kinds: [$k]}) { id } }', { t: 'x', k: 'BOOK' }),
    ['query ($t: String,$k: Kind!) { works(where: {title: $t, kinds: [$k]}, limit: 20) { id } }', { t: 'x', k: 'BOOK' }]);
  assert.deepEqual(await ask('query ($i: ID! = "1") { film(id: $i) { id } }'), ['query ($i: ID! = "1") { film(id: $i) { id } }', {}]);
});

test('of interfaces and unions the types are asked as fragments', async () => {
  const data = await query('{ works { id title ... on Film { minutes } ... on Book { pages } } things(text: "x") { __typename ... on Person { name } ... on Work { id } } }');
  assert.deepEqual(data.works, [{ id: '1', title: 'Metropolis', minutes: 153 }, { id: '2', title: 'Emma', pages: 400 }]);
  assert.deepEqual(data.things, [{ __typename: 'Film', id: '1' }, { __typename: 'Book', id: '2' }, { __typename: 'Person', name: 'x' }, null]);
  assert.deepEqual(asked().map((b) => b.query), [
    'query { works(limit: 20) { id title ... on Film { minutes } ... on Book { pages } } }',
    'query { things(text: "x") { __typename ... on Film { id } ... on Book { id } ... on Person { name } } }',
  ]);
});

test('tables and remote schemas in one operation', async () => {
  await runSql('INSERT INTO remote.mark VALUES (1), (2)');
  const data = await query('{ version remote_mark(order_by: {id: asc}) { id } film(id: 1) { id } __typename }');
  assert.equal(JSON.stringify(data), '{"version":"1.0","remote_mark":[{"id":1},{"id":2}],"film":{"id":"1"},"__typename":"query_root"}');
});

test('mutations run in order; what a table had stays if a remote schema fails', async () => {
  const data = await query('mutation { a: insert_remote_mark_one(object: {id: 1}) { id } rate(id: 1, stars: 5) { minutes } b: insert_remote_mark_one(object: {id: 2}) { id } }');
  assert.deepEqual(data, { a: { id: 1 }, rate: { minutes: 5 }, b: { id: 2 } });
  assert.deepEqual(psql('SELECT id FROM remote.mark ORDER BY 1'), ['1', '2']);
  canned['/films'] = () => ({ json: { errors: [{ message: 'no' }] } });
  assert.deepEqual(await raw('mutation { a: insert_remote_mark_one(object: {id: 3}) { id } rate(id: 1, stars: 5) { minutes } b: insert_remote_mark_one(object: {id: 4}) { id } }'),
    { data: null, errors: [{ message: 'no' }] });
  assert.deepEqual(psql('SELECT id FROM remote.mark ORDER BY 1'), ['1', '2', '3']);
});

test('errors are passed on as they are, and are the whole answer', async () => {
  const errors = [{ message: 'm', path: ['x', 1], locations: [{ line: 1, column: 2 }], extensions: { z: 1, a: [null] } }, { message: 'n' }];
  canned['/films'] = () => ({ status: 500, json: { errors } });
  assert.deepEqual(await raw('{ __typename version }'), { data: null, errors });
  canned['/films'] = () => ({ json: { data: { version: '2' }, errors } });
  assert.deepEqual(await raw('{ version }'), { data: null, errors });
  await withSetting('gqle.remote_schema_prioritize_data', 'on', async () => {
    assert.deepEqual(await raw('{ version }'), { data: { version: '2' } });
    canned['/films'] = () => ({ json: { data: null, errors } });
    assert.deepEqual(await raw('{ version }'), { data: null, errors });
  });
});

test('answers that are none', async () => {
  const message = async (answer) => {
    canned['/films'] = () => answer;
    const error = await failure('{ version }');
    assert.equal(error.extensions.code, 'remote-schema-error');
    assert.equal(error.extensions.path, '$');
    return error.message;
  };
  assert.match(await message({ raw: '<html>' }), /^Error in \$: /);
  assert.match(await message({ raw: '' }), /^Error in \$: /);
  assert.match(await message({ raw: `${'['.repeat(5000)}` }), /^Error in \$: /);
  assert.match(await message({ raw: Buffer.from([0x22, 0xff, 0x22]) }), /^Error in \$: /);
  assert.equal(await message({ json: [] }), 'expecting ordered object');
  assert.equal(await message({ json: { data: 1 } }), 'expecting ordered object');
  assert.equal(await message({ json: { errors: {} } }), 'Invalid "errors" field in response from remote');
  assert.equal(await message({ json: { errors: [] } }), 'Empty "errors" field in response from remote');
  assert.equal(await message({ json: {} }), 'Missing "data" field with no errors in response from remote');
  assert.equal(await message({ json: { data: null } }), 'Received null "data" field with no errors in response from remote');
  assert.equal(await message({ json: { data: { other: 1 } } }), 'expecting key version');
  canned['/films'] = () => ({ json: { data: { version: { any: [1.10, 'thing'] } } } });
  assert.deepEqual(await query('{ version }'), { version: { any: [1.1, 'thing'] } });
  canned['/films'] = () => ({ raw: '{"data":{"version":12345678901234567890.10}}' });
  assert.match((await post('/v1/graphql', { query: '{ version }' })).raw, /12345678901234567890\.10/);
});

test('a server that takes too long, or is not there', async () => {
  await withDefinition({ timeout_seconds: 1 }, async () => {
    canned['/films'] = () => undefined;
    const error = await failure('{ version }');
    assert.equal(error.message, `HTTP exception occurred while sending the request to "${server.url}/films"`);
    assert.equal(error.extensions.code, 'remote-schema-error');
    assert.equal(error.extensions.internal.type, 'http_exception');
    assert.equal(error.extensions.internal.message, 'Response timeout');
    const user = await failure('{ version }', undefined, headersOf('user'));
    assert.equal(user.extensions.internal, undefined);
  });
});

test('configured headers before session variables before those of the client', async () => {
  const client = { 'x-hasura-user-id': '7', 'x-own': 'client', 'x-both': 'client', cookie: 'c=1', 'user-agent': 'tester', origin: 'http://here' };
  await query('{ version }', undefined, headersOf('user', client));
  let [{ headers }] = server.take();
  assert.equal(headers['x-hasura-role'], 'user');
  assert.equal(headers['x-hasura-user-id'], '7');
  assert.equal(headers['x-own'], undefined);
  assert.equal(headers['x-hasura-admin-secret'], undefined);
  assert.match(headers['user-agent'], /^hasura-graphql-engine\/v2/);
  const configured = [{ name: 'x-both', value: 'configured' }, { name: 'x-hasura-user-id', value: '8' }, { name: 'content-type', value: 'text/plain' }];
  await withDefinition({ forward_client_headers: true, headers: configured }, async () => {
    await query('{ version }', undefined, headersOf('user', client));
    [{ headers }] = server.take();
    assert.equal(headers['x-own'], 'client');
    assert.equal(headers['x-both'], 'configured');
    assert.equal(headers['x-hasura-user-id'], '8');
    assert.equal(headers['x-hasura-role'], 'user');
    assert.equal(headers['x-hasura-admin-secret'], undefined);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['x-forwarded-user-agent'], 'tester');
    assert.equal(headers['x-forwarded-origin'], 'http://here');
    assert.ok(headers['x-forwarded-host']);
  });
});

test('trace contexts and cookies', async () => {
  canned['/films'] = () => ({ json: { data: { version: '3' } }, headers: { 'set-cookie': ['a=1; Path=/', 'b=2'] } });
  const reply = await post('/v1/graphql', { query: '{ version }' }, headersOf(null, { 'x-b3-traceid': '463ac35c9f6413ad48485a3953bb6124', 'x-b3-spanid': 'a2fb4a1d1a96d312' }));
  assert.deepEqual(reply.headers.getSetCookie(), ['a=1; Path=/', 'b=2']);
  assert.equal(server.take()[0].headers['x-b3-traceid'], '463ac35c9f6413ad48485a3953bb6124');
});

test('public names go back and forth', async () => {
  const customization = {
    root_fields_namespace: 'cinema',
    type_names: { prefix: 'C', mapping: { Film: 'Movie', Int: 'Whole', Kind: 'Sort' } },
    field_names: [{ parent_type: 'Query', prefix: 'get_', mapping: {} },
      { parent_type: 'Film', mapping: { id: 'key', minutes: 'length' } }, { parent_type: 'Book', mapping: { id: 'key' } }, { parent_type: 'Work', mapping: { id: 'key' } }],
  };
  await withDefinition({ customization }, async () => {
    const data = await query(`query ($n: Whole!, $w: CWorkFilter) { c: cinema { __typename one: get_film(id: 1) { t: __typename key length director { __typename } }
      get_works(where: $w, limit: $n) { key kind: __typename ... on CBook { __typename pages } ... on Film { nothing } } } }`, { n: 2, w: { kinds: ['FILM'], title: 't' } });
    assert.deepEqual(data, { c: {
      __typename: 'cinemaQuery',
      one: { t: 'Movie', key: '1', length: 153, director: { __typename: 'CPerson' } },
      get_works: [{ key: '1', kind: 'Movie' }, { key: '2', kind: 'CBook', __typename: 'CBook', pages: 400 }],
    } });
    const bodies = asked();
    assert.equal(bodies.length, 2);
    assert.equal(bodies[0].query, 'query { one: film(id: 1) { t: __typename key: id length: minutes director(upper: false) { __typename } } }');
    assert.match(bodies[1].query, /get_works: works\(where: \{title: \$hasura_json_var_1, kinds: \[FILM\]\}, limit: \$\w+\)/);
    assert.match(bodies[1].query, /\.\.\. on Book \{/);
    assert.doesNotMatch(bodies[1].query, /Whole|Movie|CBook/);
    assert.equal((await failure('{ film(id: 1) { id } }')).message, "field 'film' not found in type: 'query_root'");
  });
});

test('permissions: allowed, denied, preset, not to be inferred', async () => {
  await withSetting('gqle.enable_remote_schema_permissions', 'on', async () => {
    const sdl = `type Query { works(where: WorkFilter, limit: Int = 20 @preset(value: 1)): [Work!]!
      person(name: String! @preset(value: "x-hasura-name"), on: Date @preset(value: "x-hasura-day", static: true), range: Range): Person }
      interface Work { id: ID! } type Film implements Work { id: ID! title: String } type Person { name: String! born: Date } scalar Date
      input Range { from: Int @preset(value: "x-hasura-from") to: Int = 10 @preset(value: 3) }
      enum Kind { FILM } input WorkFilter { title: String kinds: [Kind!] @preset(value: [FILM]) not: WorkFilter }`;
    ok(await metadata('add_remote_schema_permissions', { remote_schema: 'films', role: 'reader', definition: { schema: sdl } }));
    const reader = headersOf('reader', { 'x-hasura-name': 'Ada', 'x-hasura-from': '12' });
    try {
      const ask = async (text, variables) => {
        await raw(text, variables, reader);
        return asked().map((b) => [b.query, b.variables])[0];
      };
      assert.deepEqual(await query('{ works { id } }', undefined, reader), { works: [{ id: '1' }] });
      assert.deepEqual(asked().map((b) => b.query), ['query { works(limit: 1) { id } }']);
      assert.deepEqual(await ask('query ($w: WorkFilter) { works(where: $w) { id } }', { w: { title: 'x', not: { title: 'x' } } }),
        ['query ($hasura_json_var_1: String) { works(where: {title: $hasura_json_var_1, kinds: [FILM], not: {title: $hasura_json_var_1, kinds: [FILM]}}, limit: 1) { id } }', { hasura_json_var_1: 'x' }]);
      assert.deepEqual(await ask('{ person { name born } }'),
        ['query ($x_hasura_name: String!,$x_hasura_from: Int!) { person(name: $x_hasura_name, on: "x-hasura-day", range: {from: $x_hasura_from, to: 3}) { name born } }', { x_hasura_name: 'Ada', x_hasura_from: 12 }]);
      for (const [text, message] of [
        ['{ version }', "field 'version' not found in type: 'query_root'"],
        ['{ film(id: 1) { id } }', "field 'film' not found in type: 'query_root'"],
        ['{ works(limit: 2) { id } }', "'works' has no argument named 'limit'"],
        ['{ works(where: {kinds: [FILM]}) { id } }', "field 'kinds' not found in type: 'WorkFilter'"],
        ['{ works { ... on Film { minutes } } }', "field 'minutes' not found in type: 'Film'"],
        ['mutation { rate(id: 1, stars: 1) { id } }', 'no mutations exist'],
      ]) {
        assert.equal((await failure(text, undefined, reader)).message, message);
      }
      assert.equal((await failure('{ works { id } }', undefined, headersOf('other'))).message, "field 'works' not found in type: 'query_root'");
      assert.deepEqual(server.take(), []);
      const types = (await query('{ __schema { types { name } } }', undefined, reader)).__schema.types.map((t) => t.name);
      assert.ok(types.includes('Film') && !types.includes('Book') && !types.includes('Range') && !types.includes('Kind'));
      assert.deepEqual(await query('{ version }'), { version: '1.0' });
    } finally {
      ok(await metadata('drop_remote_schema_permissions', { remote_schema: 'films', role: 'reader' }));
    }
  });
});

test('nulls that are not passed on', async () => {
  await withSetting('gqle.remote_schema_skip_nulls', 'on', async () => {
    await query('query ($w: WorkFilter) { works(where: $w) { id } }', { w: null });
    assert.deepEqual(asked().map((b) => b.query), ['query { works(limit: 20) { id } }']);
  });
  await query('query ($w: WorkFilter) { works(where: $w) { id } }', { w: null });
  assert.deepEqual(asked().map((b) => [b.query, b.variables])[0], ['query ($hasura_json_var_1: WorkFilter) { works(where: $hasura_json_var_1, limit: 20) { id } }', { hasura_json_var_1: null }]);
});

test('metadata: several servers at once, a reload, what cannot be reached', async () => {
  const { json: before } = await metadata('export_metadata', {});
  const more = ['x', 'y', 'z'].map((name) => ({ name, definition: { url: `${server.url}/${name}`, customization: { root_fields_namespace: name } } }));
  try {
    const replaced = await metadata('replace_metadata', { metadata: { ...before, remote_schemas: [...before.remote_schemas, ...more] } }, 2);
    ok(replaced);
    assert.equal(replaced.json.is_consistent, true, replaced.raw);
    assert.deepEqual(server.take().map((a) => a.url).sort(), ['/x', '/y', '/z']);
    assert.deepEqual(await query('{ x { version } y { version } }'), { x: { version: '1.0' }, y: { version: '1.0' } });
    server.take();
    ok(await metadata('reload_remote_schema', { name: 'y' }));
    assert.deepEqual(server.take().map((a) => a.url), ['/y']);
    ok(await metadata('reload_metadata', { reload_remote_schemas: ['x', 'z'] }));
    assert.deepEqual(server.take().map((a) => a.url).sort(), ['/x', '/z']);
    const [answer] = psql("SELECT answer FROM gqle.remote_introspections WHERE remote_schema = 'x'");
    assert.equal((await metadata('introspect_remote_schema', { name: 'x' })).raw, answer);
    const gone = { ...before, remote_schemas: [...before.remote_schemas, { name: 'gone', definition: { url: 'http://127.0.0.1:1/' } }] };
    assert.equal((await metadata('replace_metadata', { metadata: gone })).status, 400);
    const kept = await metadata('replace_metadata', { allow_inconsistent_metadata: true, metadata: gone }, 2);
    assert.equal(kept.json.is_consistent, false);
    assert.equal(kept.json.inconsistent_objects[0].name, 'remote_schema gone');
    assert.equal(kept.json.inconsistent_objects[0].reason, 'Inconsistent object: HTTP exception occurred while sending the request to "http://127.0.0.1:1/"');
    assert.equal(kept.json.inconsistent_objects[0].message.type, 'http_exception');
    assert.deepEqual(await query('{ version }'), { version: '1.0' });
  } finally {
    ok(await metadata('replace_metadata', { metadata: before }));
  }
});

test('a bulk: all or nothing, whatever the network says', async () => {
  const item = (name, path) => ({ type: 'add_remote_schema', args: { name, definition: { url: server.url + path, customization: { root_fields_namespace: name } } } });
  canned['/bad'] = undefined;
  const bad = await post('/v1/metadata', { type: 'bulk', args: [item('p', '/p'), { type: 'add_remote_schema', args: { name: 'q', definition: { url: 'http://127.0.0.1:1/' } } }] });
  assert.equal(bad.status, 400);
  assert.equal(bad.json.path, '$.args[1].args');
  assert.deepEqual(psql("SELECT name FROM gqle.remote_schemas ORDER BY 1"), ['films']);
  ok(await post('/v1/metadata', { type: 'bulk', args: [item('p', '/p'), item('q', '/q'), { type: 'remove_remote_schema', args: { name: 'p' } }] }));
  assert.deepEqual(psql("SELECT name FROM gqle.remote_schemas ORDER BY 1"), ['films', 'q']);
  ok(await remove('q'));
});

test('introspection that is not to be trusted', async () => {
  const attempt = async (answer) => {
    const hostile = await startHook(() => answer);
    const reply = await metadata('add_remote_schema', { name: 'hostile', definition: { url: `${hostile.url}/`, timeout_seconds: 20 } });
    hostile.close();
    assert.equal(reply.status, 400, reply.raw);
    assert.ok(['remote-schema-error', 'unexpected'].includes(reply.json.code), reply.raw);
    return reply.json.error;
  };
  const schemaOf = (types, queryType = { name: 'Q' }) => ({ json: { data: { __schema: { types, queryType } } } });
  const object = (name, type) => ({ kind: 'OBJECT', name, fields: [{ name: 'f', args: [], type }] });
  let deep = { kind: 'SCALAR', name: 'Int' };
  for (let i = 0; i < 400; i++) {
    deep = { kind: i % 2 ? 'NON_NULL' : 'LIST', ofType: deep };
  }
  assert.match(await attempt({ raw: 'x'.repeat(1000) }), /^Error in \$/);
  assert.match(await attempt({ raw: '['.repeat(100000) }), /^Error in \$/);
  assert.match(await attempt(schemaOf([object('Q', deep)])), /wrapped too often/);
  assert.match(await attempt(schemaOf([object('Q', { kind: 'OBJECT', name: 'None' })])), /Could not find type with name "None"/);
  assert.match(await attempt(schemaOf([{ kind: 'UNION', name: 'Q', possibleTypes: [] }])), /"Q" has to be an object type/);
  const chain = Array.from({ length: 20000 }, (_, i) => object(i === 0 ? 'Q' : `T${i}`, { kind: 'OBJECT', name: `T${i + 1}` }));
  assert.match(await attempt(schemaOf(chain)), /Could not find type with name "T20000"/);
});

test('a schema of five thousand types', async () => {
  const types = [{ kind: 'SCALAR', name: 'Int' }, { kind: 'OBJECT', name: 'Q', fields: Array.from({ length: 5000 }, (_, i) => ({ name: `big${i}`, args: [], type: { kind: 'OBJECT', name: `Big${i}` } })) }];
  for (let i = 0; i < 5000; i++) {
    types.push({ kind: 'OBJECT', name: `Big${i}`, fields: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, args: [], type: { kind: 'SCALAR', name: 'Int' } })) });
  }
  const big = await startHook(({ body }) => (body.operationName === 'IntrospectionQuery' ? { json: { data: { __schema: { types, queryType: { name: 'Q' } } } } } : { json: { data: { big7: { a: 1 } } } }));
  try {
    ok(await metadata('add_remote_schema', { name: 'big', definition: { url: big.url } }));
    assert.deepEqual(await query('{ big7 { a } }'), { big7: { a: 1 } });
    assert.deepEqual(await query('{ big7 { a } }', undefined, headersOf('user')), { big7: { a: 1 } });
  } finally {
    ok(await remove('big'));
    big.close();
  }
});

test('over WebSocket, REST and SQL', async () => {
  const client = createClient({ url: url.replace(/^http/, 'ws') + '/v1/graphql', webSocketImpl: WebSocket, connectionParams: { headers: { 'x-hasura-admin-secret': secret } }, retryAttempts: 0 });
  const results = (text) => new Promise((resolve) => {
    const seen = [];
    client.subscribe({ query: text }, { next: (r) => seen.push(r), error: (e) => resolve([...seen, e]), complete: () => resolve(seen) });
  });
  assert.deepEqual(await results('{ version }'), [{ data: { version: '1.0' } }]);
  const [refused] = await results('subscription { rated { id } }');
  assert.equal((Array.isArray(refused) ? refused[0] : refused.errors[0]).message, 'subscription to remote server is not supported');
  await client.dispose();
  ok(await metadata('create_query_collection', { name: 'remote', definition: { queries: [{ name: 'film', query: 'query ($id: ID!) { film(id: $id) { title } }' }] } }));
  ok(await metadata('create_rest_endpoint', { name: 'film', url: 'film/:id', methods: ['GET'], definition: { query: { collection_name: 'remote', query_name: 'film' } } }));
  try {
    let reply = await fetch(`${url}/api/rest/film/1`, { headers: headersOf() });
    assert.deepEqual([reply.status, await reply.json()], [200, { film: { title: 'Metropolis' } }]);
    canned['/films'] = () => ({ json: { errors: [{ message: 'away' }] } });
    reply = await fetch(`${url}/api/rest/film/1`, { headers: headersOf() });
    assert.deepEqual([reply.status, await reply.json()], [200, [{ message: 'away' }]]);
  } finally {
    await metadata('drop_rest_endpoint', { name: 'film' });
    await metadata('drop_query_collection', { collection: 'remote', cascade: false });
  }
  canned = {};
  assert.deepEqual(await psqlAside("SELECT graphql.execute('{}', '{ version remote_mark { id } }')"), ['{"data":{"version":"1.0","remote_mark":[]}}']);
  assert.deepEqual(await psqlAside(`SELECT gqle.metadata('{"type": "reload_remote_schema", "args": {"name": "films"}}')`), ['{"message":"success"}']);
  const explained = await post('/v1/graphql/explain', { query: { query: '{ version }' } });
  assert.deepEqual([explained.status, explained.json.error], [400, 'only hasura queries can be explained']);
});

test('what nobody asked for yet, and what could not be reached, the delivery worker asks', async () => {
  const state = (name) => psql(`SELECT answer IS NOT NULL, failure IS NOT NULL, tries FROM gqle.remote_introspections WHERE remote_schema = '${name}'`)[0];
  const until = async (wanted) => {
    for (let i = 0; i < 200 && !wanted(); i++) {
      await new Promise((resolve) => { setTimeout(resolve, 200); });
    }
    assert.ok(wanted());
  };
  const written = (name, path) => `('${name}', '{"url": "${path}", "customization": {"root_fields_namespace": "${name}"}}')`;
  psql(`INSERT INTO gqle.remote_schemas (name, definition) VALUES ${written('late', `${server.url}/late`)}, ${written('lost', 'http://127.0.0.1:1/')}`);
  try {
    await until(() => state('late') === 't|f|0' && state('lost') === 'f|t|1');
    assert.deepEqual(await query('{ late { version } }'), { late: { version: '1.0' } });
    psql("UPDATE gqle.remote_introspections SET fetched_at = now() - interval '1 hour' WHERE remote_schema = 'lost'");
    await until(() => state('lost') === 'f|t|2');
    assert.deepEqual(await query('{ version }'), { version: '1.0' });
  } finally {
    await remove('late');
    await remove('lost');
  }
});

test('names that tables and remote schemas have both', async () => {
  const other = async ({ body }) => ({ json: await graphql({ schema: buildSchema('type Query { boxes: [box!] } type box { id: Int! label: String } '), source: body.query, rootValue: { boxes: [{ id: 1, label: 'remote' }] } }) });
  const tracking = (table, more) => metadata('pg_track_table', { source: 'default', table: { schema: 'public', name: table }, ...more });
  canned['/boxes'] = other;
  server.introspects = '/boxes';
  await runSql('CREATE TABLE public.version (id integer PRIMARY KEY); CREATE TABLE public.box (id integer PRIMARY KEY, label text); INSERT INTO public.box VALUES (2, \'local\')');
  try {
    // compat: the name of the table counts, however its root fields are called
    let refused = await tracking('version', { configuration: { custom_name: 'edition' } });
    assert.deepEqual([refused.status, refused.json.code, refused.json.error], [400, 'remote-schema-conflicts', 'node version already exists in current graphql schema']);
    refused = await metadata('pg_track_tables', { tables: [{ source: 'default', table: { schema: 'public', name: 'version' } }] });
    assert.equal(refused.status, 400);
    refused = await tracking('box', { configuration: { custom_root_fields: { select: 'version' } } });
    assert.deepEqual([refused.status, refused.json.code, refused.json.error], [400, 'unexpected', 'cannot continue due to new inconsistent metadata']);
    assert.equal(refused.json.internal[0].name, 'remote_schema films');
    ok(await tracking('box'));
    refused = await metadata('pg_set_table_customization', { source: 'default', table: 'box', configuration: { custom_root_fields: { select: 'version' } } });
    assert.deepEqual([refused.status, refused.json.error], [400, 'cannot continue due to new inconsistent metadata']);
    // a type told in the same words is one type
    ok(await metadata('add_remote_schema', { name: 'boxes', definition: { url: `${server.url}/boxes` } }));
    assert.deepEqual(await query('query { boxes { ...f } box { ...f } } fragment f on box { id label }'), { boxes: [{ id: 1, label: 'remote' }], box: [{ id: 2, label: 'local' }] });
    const { __schema } = await query('{ __schema { types { name } } }');
    assert.equal(__schema.types.filter((t) => t.name === 'box').length, 1);
    await remove('boxes');
    await runSql('ALTER TABLE public.box ADD COLUMN size integer');
    refused = await metadata('add_remote_schema', { name: 'boxes', definition: { url: `${server.url}/boxes` } });
    assert.deepEqual([refused.status, refused.json.code, refused.json.error], [400, 'invalid-configuration', "Inconsistent object: Found conflicting definitions for GraphQL type 'box'."]);
  } finally {
    canned = {};
    server.introspects = undefined;
    await remove('boxes');
    await runSql('DROP TABLE public.version, public.box');
  }
});

test('types of one name in two remote schemas are no schema', async () => {
  const boxes = buildSchema('type Query { pages: Work } type Work { pages: Int }');
  canned['/pages'] = async ({ body }) => ({ json: await graphql({ schema: boxes, source: body.query }) });
  server.introspects = '/pages';
  const second = (customization) => ({ name: 'pages', definition: { url: `${server.url}/pages`, customization } });
  try {
    const refused = await metadata('add_remote_schema', second());
    assert.deepEqual([refused.status, refused.json.code, refused.json.error, refused.json.internal],
      [500, 'unexpected', "Found conflicting definitions for GraphQL type 'Work'.", undefined]);
    ok(await metadata('add_remote_schema', second({ type_names: { prefix: 'My' } })));
    const { status, json } = await metadata('update_remote_schema', second());
    assert.deepEqual([status, json.code], [500, 'unexpected']);
    assert.deepEqual((await metadata('get_inconsistent_metadata', {})).json.inconsistent_objects, []);
  } finally {
    canned = {};
    server.introspects = undefined;
    await remove('pages');
  }
});
