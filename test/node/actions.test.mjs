// Actions over HTTP and WebSocket, as their handlers see them.
import test, { before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { url, query, failure, post, psql, psqlAside, runSql, metadata, headersOf, startHook } from './lib.mjs';
import { Talk, MODERN, APOLLO, sleep } from './talk.mjs';

const user = (extra = {}) => headersOf('act_user', { 'x-hasura-user-id': '7', ...extra });
const other = headersOf('act_user', { 'x-hasura-user-id': '8' });

let hook;
let answer; // by path

const types = {
  scalars: [{ name: 'ActAny' }],
  enums: [{ name: 'ActMood', values: [{ value: 'glad' }, { value: 'sad' }] }],
  input_objects: [{ name: 'ActInput', fields: [{ name: 'a', type: 'Int' }, { name: 'b', type: '[String!]' }, { name: 'mood', type: 'ActMood' }, { name: 'any', type: 'ActAny' }, { name: 'id', type: 'ID' }] }],
  objects: [
    { name: 'ActPart', fields: [{ name: 'n', type: 'Int' }] },
    { name: 'ActResult', fields: [{ name: 'id', type: 'Int!' }, { name: 'name', type: 'String' }, { name: 'part', type: 'ActPart' }, { name: 'parts', type: '[ActPart!]' }, { name: 'any', type: 'ActAny' }] },
    {
      name: 'ActLinked',
      fields: [{ name: 'person', type: 'Int!' }],
      relationships: [{ name: 'who', type: 'object', source: 'default', remote_table: { schema: 'act', name: 'person' }, field_mapping: { person: 'id' } }],
    },
  ],
};

async function create(name, definition, roles = ['act_user']) {
  await metadata('drop_action', { name });
  const reply = await metadata('create_action', { name, definition: { handler: `${hook.url}/${name}`, ...definition } });
  assert.equal(reply.status, 200, reply.raw);
  for (const role of roles) {
    assert.equal((await metadata('create_action_permission', { action: name, role })).status, 200);
  }
}

before(async () => {
  hook = await startHook(({ url: path, body, headers }) => (answer[path] ?? (() => ({ json: { id: 1 } })))(body, headers));
  await runSql('DROP SCHEMA IF EXISTS act CASCADE; CREATE SCHEMA act; CREATE TABLE act.person (id integer PRIMARY KEY, name text);'
    + " INSERT INTO act.person VALUES (7, 'Seven'), (8, 'Eight')");
  await metadata('pg_track_table', { source: 'default', table: { schema: 'act', name: 'person' } });
  for (const [kind, permission] of Object.entries({ select: { columns: '*', filter: { id: 'X-Hasura-User-Id' } }, insert: { columns: '*', check: {} } })) {
    await metadata(`pg_create_${kind}_permission`, { source: 'default', table: { schema: 'act', name: 'person' }, role: 'act_user', permission });
  }
  const reply = await metadata('set_custom_types', types);
  assert.equal(reply.status, 200, reply.raw);
});

after(async () => {
  for (const name of ['act_do', 'act_get', 'act_list', 'act_any', 'act_link', 'act_later', 'act_later_link', 'act_wait', 'act_text', 'act_twice']) {
    await metadata('drop_action', { name });
  }
  await metadata('set_custom_types', {});
  await runSql('DROP SCHEMA act CASCADE');
  hook.close();
});

beforeEach(async () => {
  answer = {};
  psql("DELETE FROM act.person WHERE id > 8");
  hook.take();
});

const input = { name: 'i', type: 'ActInput!' };

test('the handler sees action, input, session and the operation', async () => {
  await create('act_do', { arguments: [input, { name: 'n', type: 'Int' }, { name: 'at', type: 'timestamptz' }], output_type: 'ActResult!' });
  answer['/act_do'] = () => ({ json: { id: 3, name: 'x', part: { n: 1, more: 2 }, parts: [{ n: 1 }, { n: null }], any: { deep: [1, 'a'] }, extra: true } });
  const text = 'mutation M($i: ActInput!, $n: Int) { r: act_do(i: $i, n: $n) { __typename id called: name part { n __typename } parts { n } any } }';
  assert.deepEqual(await query(text, { i: { a: 1, b: ['x'], mood: 'sad', any: { k: [null, 1.5] }, id: 12 }, n: null }, user()), {
    r: { __typename: 'ActResult', id: 3, called: 'x', part: { n: 1, __typename: 'ActPart' }, parts: [{ n: 1 }, { n: null }], any: { deep: [1, 'a'] } },
  });
  const [asked] = hook.take();
  assert.equal(asked.method, 'POST');
  assert.equal(asked.headers['content-type'], 'application/json');
  assert.match(asked.headers['user-agent'], /^hasura-graphql-engine\/v2/);
  assert.deepEqual(asked.body, {
    action: { name: 'act_do' },
    input: { i: { a: 1, b: ['x'], mood: 'sad', any: { k: [null, 1.5] }, id: '12' }, n: null },
    request_query: text,
    session_variables: { 'x-hasura-role': 'act_user', 'x-hasura-user-id': '7' },
  });
  // what is not given is left out
  await query('mutation { act_do(i: {b: "one"}, at: "2020-01-01") { id } }', undefined, user());
  assert.deepEqual(hook.take()[0].body.input, { i: { b: ['one'] }, at: '2020-01-01' });
  assert.match((await failure('mutation { act_do(i: {a: "1"}) { id } }', undefined, user())).message, /^expected a 32-bit integer for type 'Int'/);
  assert.equal(hook.take().length, 0);
});

test('permission: allowed, denied, not there, and of no use by another', async () => {
  await create('act_get', { type: 'query', output_type: 'ActResult' }, ['act_user']);
  assert.deepEqual(await query('{ act_get { id } }', undefined, user()), { act_get: { id: 1 } });
  for (const role of ['act_stranger', 'public']) {
    const error = await failure('{ act_get { id } }', undefined, headersOf(role));
    assert.deepEqual(error, { message: "field 'act_get' not found in type: 'query_root'", extensions: { path: '$.selectionSet.act_get', code: 'validation-failed' } });
  }
  const names = async (headers) => (await query('{ __schema { types { name } } }', undefined, headers)).__schema.types.map((t) => t.name);
  assert.ok((await names(user())).includes('ActResult'));
  assert.ok(!(await names(headersOf('act_stranger'))).some((name) => name.startsWith('Act')));
  assert.equal(hook.take().length, 1);
  assert.equal((await failure('mutation { act_get { id } }', undefined, user())).message, "field 'act_get' not found in type: 'mutation_root'");
});

test('answers that are not what the type says', async () => {
  await create('act_get', { type: 'query', output_type: 'ActResult!' });
  await create('act_list', { type: 'query', output_type: '[ActResult!]' });
  await create('act_text', { type: 'query', output_type: '[String!]!' });
  const got = async (name, reply, fields = '{ id }', headers = user()) => {
    answer[`/${name}`] = () => reply;
    return failure(`{ ${name} ${fields} }`, undefined, headers);
  };
  for (const [name, json, message, fields] of [
    ['act_get', null, 'got null for the action webhook response'],
    ['act_get', 5, 'got scalar String for the action webhook response, expecting ActResult'],
    ['act_get', 'x', 'got scalar String for the action webhook response, expecting ActResult'],
    ['act_get', true, 'got scalar Boolean for the action webhook response, expecting ActResult'],
    ['act_get', [], 'got array for the action webhook response, expecting ActResult'],
    ['act_get', {}, 'field "id" expected in webhook response, but not found'],
    ['act_get', { id: null }, 'expecting not null value for field "id"'],
    ['act_list', { id: 1 }, 'expecting array for the action webhook response'],
    ['act_list', [{ id: 1 }, null], 'got null for the action webhook response'],
    ['act_text', ['a', null], 'got null for the action webhook response', ''],
    ['act_text', ['a', {}], 'got object for the action webhook response, expecting String', ''],
    ['act_text', [1], 'got scalar String for the action webhook response, expecting String', ''],
    ['act_text', [['a']], 'got array for the action webhook response, expecting String', ''],
  ]) {
    assert.deepEqual(await got(name, { json }, fields), { message, extensions: { path: '$', code: 'unexpected' } });
  }
  // values of fields are not looked at
  answer['/act_get'] = () => ({ json: { id: 'not a number', name: [1] } });
  assert.deepEqual(await query('{ act_get { id name any } }', undefined, user()), { act_get: { id: 'not a number', name: [1], any: null } });
  // a nested object is looked up by its alias; a scalar in its place is dropped
  answer['/act_get'] = () => ({ json: { id: 1, part: { n: 1 }, parts: [5, { n: 2 }, null] } });
  assert.deepEqual(await query('{ act_get { p: part { n } parts { n } } }', undefined, user()), { act_get: { parts: [{ n: 2 }, null] } });
  // only admins are told more
  const { extensions } = await got('act_get', { json: [1], headers: { 'x-told': 'y' } }, '{ id }', headersOf());
  assert.equal(extensions.internal.error, 'unexpected response');
  assert.deepEqual(extensions.internal.response, { status: 200, body: [1], headers: [{ name: 'content-type', value: 'application/json' }, { name: 'x-told', value: 'y' }] });
  assert.equal(extensions.internal.request.url, `${hook.url}/act_get`);
});

test('errors that handlers answer', async () => {
  await create('act_get', { type: 'query', output_type: 'ActResult' });
  const got = async (reply) => {
    answer['/act_get'] = () => reply;
    return failure('{ act_get { id } }', undefined, user());
  };
  const plain = (message, code = 'unexpected', path = '$') => ({ message, extensions: { path, code } });
  assert.deepEqual(await got({ status: 400, json: { message: 'no' } }), plain('no'));
  assert.deepEqual(await got({ status: 422, json: { message: 'no', code: 'mine' } }), plain('no', 'mine'));
  assert.deepEqual(await got({ status: 400, json: { message: 'no', code: 'mine', extensions: { a: [1], code: 2 } } }), { message: 'no', extensions: { a: [1], code: 2 } });
  assert.deepEqual(await got({ status: 400, json: { message: 'no', extensions: {} } }), { message: 'no', extensions: {} });
  const missing = await got({ status: 400, json: { code: 'mine' } });
  assert.match(missing.message, /key "message" not found$/);
  assert.equal(missing.extensions.code, 'parse-failed');
  assert.deepEqual(await got({ status: 500, json: { message: 'secret' } }), plain('internal error'));
  assert.deepEqual(await got({ status: 200, raw: 'not json' }), plain('not a valid json response from webhook'));
  assert.deepEqual(await got({ status: 204 }), plain('not a valid json response from webhook'));
  await create('act_get', { type: 'query', output_type: 'ActResult', handler: 'http://127.0.0.1:1/' });
  assert.deepEqual(await failure('{ act_get { id } }', undefined, user()), plain('http exception when calling webhook'));
  const reply = await post('/v1alpha1/graphql', { query: '{ act_get { id } }' }, user());
  assert.equal(reply.status, 500);
  await create('act_get', { type: 'query', output_type: 'ActResult', timeout: 1 });
  answer['/act_get'] = () => undefined;
  assert.deepEqual(await failure('{ act_get { id } }', undefined, user()), plain('http exception when calling webhook'));
});

test('headers: the client first, then ours, then those configured', async () => {
  await create('act_get', {
    type: 'query', output_type: 'ActResult', forward_client_headers: true,
    headers: [{ name: 'x-client', value: 'configured' }, { name: 'x-configured', value: 'c' }, { name: 'content-type', value: 'text/plain' }],
  });
  await query('{ act_get { id } }', undefined, user({ 'x-client': 'client', origin: 'http://o', cookie: 'c=1', 'accept-language': 'de' }));
  let { headers } = hook.take()[0];
  assert.equal(headers['x-client'], 'client');
  assert.equal(headers['x-configured'], 'c');
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['x-forwarded-origin'], 'http://o');
  assert.equal(headers['x-forwarded-host'], new URL(url).host);
  assert.equal(headers.cookie, 'c=1');
  assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith('x-hasura') || name === 'accept-language' || name === 'origin'), []);
  await create('act_get', { type: 'query', output_type: 'ActResult', forward_client_headers: true, ignored_client_headers: ['X-Client'] });
  await query('{ act_get { id } }', undefined, user({ 'x-client': 'client', 'accept-language': 'de' }));
  ({ headers } = hook.take()[0]);
  assert.equal(headers['x-client'], undefined);
  assert.equal(headers['accept-language'], 'de');
  await create('act_get', { type: 'query', output_type: 'ActResult' });
  await query('{ act_get { id } }', undefined, user({ 'x-client': 'client' }));
  assert.equal(hook.take()[0].headers['x-client'], undefined);
});

test('cookies of mutations reach the client, those of queries do not', async () => {
  const reply = (json) => () => ({ json, headers: { 'set-cookie': ['a=1; Path=/', 'b=2'] } });
  await create('act_do', { output_type: 'ActResult' });
  await create('act_get', { type: 'query', output_type: 'ActResult' });
  answer['/act_do'] = reply({ id: 1 });
  answer['/act_get'] = reply({ id: 1 });
  const cookies = async (text) => (await post('/v1/graphql', { query: text }, user())).headers.getSetCookie();
  assert.deepEqual(await cookies('mutation { act_do { id } }'), ['a=1; Path=/', 'b=2']);
  assert.deepEqual(await cookies('{ act_get { id } }'), []);
  answer['/act_do'] = reply(null);
  await create('act_do', { output_type: 'ActResult!' });
  assert.deepEqual(await cookies('mutation { act_do { id } }'), []);
});

test('transforms of the request and of the answer, of errors too', async () => {
  const body = (template) => ({ version: 2, template_engine: 'Kriti', body: { action: 'transform', template } });
  await create('act_get', {
    type: 'query', output_type: 'ActResult', arguments: [{ name: 'n', type: 'Int' }],
    request_transform: { ...body('{"n": {{$body.input.n}}, "who": {{$session_variables["x-hasura-user-id"]}}}'), method: 'PUT', url: '{{$base_url}}/{{$body.input.n}}', request_headers: { add_headers: { 'x-n': '{{$body.input.n}}' } } },
    response_transform: body('{{if $response.status == 200}} {"id": {{$body.a}}} {{else}} {"message": {{$body.why}}, "code": "c"} {{end}}'),
  });
  answer['/act_get/5'] = () => ({ json: { a: 9 } });
  answer['/act_get/6'] = () => ({ status: 400, json: { why: 'because' } });
  assert.deepEqual(await query('{ act_get(n: 5) { id } }', undefined, user()), { act_get: { id: 9 } });
  const [asked] = hook.take();
  assert.deepEqual([asked.method, asked.url, asked.headers['x-n'], asked.body], ['PUT', '/act_get/5', '5', { n: 5, who: '7' }]);
  assert.deepEqual(await failure('{ act_get(n: 6) { id } }', undefined, user()), { message: 'because', extensions: { path: '$', code: 'c' } });
  answer['/act_get/7'] = () => ({ json: { b: 9 } });
  assert.equal((await failure('{ act_get(n: 7) { id } }', undefined, user())).message, 'Response Transformation Failed');
  await create('act_get', { type: 'query', output_type: 'ActResult', request_transform: body('{{$body.none}}') });
  hook.take();
  assert.equal((await failure('{ act_get { id } }', undefined, user())).message, 'Request Transformation Failed');
  assert.equal(hook.take().length, 0);
});

test('rows of a table joined to the result, as the role may see them', async () => {
  await create('act_link', { output_type: '[ActLinked!]!' });
  answer['/act_link'] = () => ({ json: [{ person: 7 }, { person: 8 }, { person: 7 }] });
  const text = 'mutation { act_link { person who { name } } }';
  assert.deepEqual(await query(text), { act_link: [{ person: 7, who: { name: 'Seven' } }, { person: 8, who: { name: 'Eight' } }, { person: 7, who: { name: 'Seven' } }] });
  assert.deepEqual(await query('mutation { act_link { who { name } } }', undefined, user()), { act_link: [{ who: { name: 'Seven' } }, { who: null }, { who: { name: 'Seven' } }] });
  await metadata('create_action_permission', { action: 'act_link', role: 'act_other' });
  assert.equal((await failure(text, undefined, headersOf('act_other'))).message, "field 'who' not found in type: 'ActLinked'");
});

test('beside mutations of tables: each for itself, in order', async () => {
  await create('act_do', { output_type: 'ActResult' });
  const seen = [];
  answer['/act_do'] = () => { seen.push(psqlCount()); return { json: { id: 1 } }; };
  const psqlCount = () => Number(psql('SELECT count(*) FROM act.person')[0]);
  const insert = (alias, id) => `${alias}: insert_act_person_one(object: {id: ${id}}) { id }`;
  const admin = headersOf();
  assert.deepEqual(await query(`mutation { ${insert('a', 20)} act_do { id } ${insert('b', 21)} }`, undefined, admin), { a: { id: 20 }, act_do: { id: 1 }, b: { id: 21 } });
  assert.deepEqual(seen, [3]);
  // what was done before a failure stays
  answer['/act_do'] = () => ({ status: 400, json: { message: 'no' } });
  assert.equal((await failure(`mutation { ${insert('a', 22)} act_do { id } ${insert('b', 23)} }`, undefined, admin)).message, 'no');
  assert.deepEqual(psql('SELECT id FROM act.person WHERE id > 8 ORDER BY 1'), ['20', '21', '22']);
});

test('from SQL, in a batch, over a socket', async () => {
  await create('act_get', { type: 'query', output_type: 'ActResult' });
  assert.deepEqual(await psqlAside(`SELECT graphql.execute('{"x-hasura-role": "act_user"}', '{ act_get { id } }')`), ['{"data":{"act_get":{"id":1}}}']);
  const batch = await post('/v1/graphql', [{ query: '{ act_get { id } }' }, { query: '{ __typename }' }, { query: '{ act_get { name } }' }], user());
  assert.deepEqual(batch.json, [{ data: { act_get: { id: 1 } } }, { data: { __typename: 'query_root' } }, { data: { act_get: { name: null } } }]);
  const talk = await Talk.ready(MODERN, { 'x-hasura-role': 'act_user' });
  talk.start('1', '{ act_get { id } }');
  assert.deepEqual(await talk.data('1'), { act_get: { id: 1 } });
  assert.deepEqual(await talk.next(), { type: 'complete', id: '1' });
  talk.close();
  const explained = await post('/v1/graphql/explain', { query: { query: '{ act_get { id } }' } });
  assert.deepEqual([explained.status, explained.json.error, explained.json.code], [400, 'query actions cannot be explained', 'invalid-params']);
});

// ------------------------------------------------------------------------
// Asynchronous actions
// ------------------------------------------------------------------------

async function until(ask, wanted) {
  for (let i = 0; i < 100; i++) {
    const got = await ask();
    if (wanted(got)) {
      return got;
    }
    await sleep(50);
  }
  throw new Error('not in time');
}

const later = (name, id, fields = 'id created_at errors output { id name }', headers = user()) =>
  query(`query ($id: uuid!) { ${name}(id: $id) { ${fields} } }`, { id }, headers).then((data) => data[name]);

test('an asynchronous action: an id at once, the answer later', async () => {
  await create('act_later', { kind: 'asynchronous', output_type: 'ActResult', arguments: [{ name: 'n', type: 'Int!' }], forward_client_headers: true });
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  answer['/act_later'] = async () => { await held; return { json: { id: 4, name: 'late' } }; };
  const { act_later: id } = await query('mutation { act_later(n: 3) }', undefined, user({ 'x-client': 'kept', 'accept-language': 'de' }));
  assert.match(id, /^[0-9a-f-]{36}$/);
  const waiting = await later('act_later', id);
  assert.deepEqual({ ...waiting, created_at: '' }, { id, created_at: '', errors: null, output: null });
  assert.match(waiting.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  release();
  const done = await until(() => later('act_later', id, 'errors output { __typename called: name }'), (got) => got.output);
  assert.deepEqual(done, { errors: null, output: { __typename: 'ActResult', called: 'late' } });
  const [asked] = hook.take();
  assert.deepEqual(asked.body, { action: { name: 'act_later' }, input: { n: 3 }, request_query: null, session_variables: { 'x-hasura-role': 'act_user', 'x-hasura-user-id': '7' } });
  assert.equal(asked.headers['x-client'], 'kept');
  assert.equal(asked.headers['accept-language'], undefined);
  assert.deepEqual(psql(`SELECT status, request_headers ? 'x-client', request_headers::text ~ 'admin-secret', session_variables->>'x-hasura-user-id' FROM hdb_catalog.hdb_action_log WHERE id = '${id}'`), ['completed|t|f|7']);
  // anybody with the permission who knows the id
  assert.equal((await later('act_later', id, 'output { id }', other)).output.id, 4);
  assert.match((await failure(`{ act_later(id: "${id}") { id } }`, undefined, headersOf('act_stranger'))).message, /not found/);
});

test('errors of asynchronous actions, ids that are none', async () => {
  await create('act_later', { kind: 'asynchronous', output_type: 'ActResult!' });
  const outcome = async (reply) => {
    answer['/act_later'] = () => reply;
    const { act_later: id } = await query('mutation { act_later }', undefined, user());
    return until(() => later('act_later', id, 'errors output { id }'), (got) => got.errors);
  };
  assert.deepEqual(await outcome({ status: 400, json: { message: 'no', code: 'mine' } }), { errors: { path: '$', error: 'no', code: 'mine' }, output: null });
  assert.deepEqual(await outcome({ json: null }), { errors: { path: '$', error: 'got null for the action webhook response', code: 'unexpected' }, output: null });
  assert.deepEqual(await outcome({ status: 500, json: {} }), { errors: { path: '$', error: 'internal error', code: 'unexpected' }, output: null });
  await create('act_later', { kind: 'asynchronous', output_type: 'ActResult!', request_transform: { version: 2, template_engine: 'Kriti', body: { action: 'transform', template: '{{ $body.nothing.at }}' } } });
  assert.deepEqual(await outcome({}), { errors: { path: '$', error: 'Request Transformation Failed', code: 'unexpected' }, output: null });
  const [{ transform }] = psql("SELECT json_build_object('transform', errors) FROM gqle.action_log WHERE errors ->> 'error' LIKE 'Request%' ORDER BY created_at DESC LIMIT 1").map(JSON.parse);
  assert.equal(transform.internal[0].error_code, 'Attribute Error', 'of a transform it is kept, for admins');
  await create('act_later', { kind: 'asynchronous', output_type: 'ActResult!' });
  assert.deepEqual(await failure('{ act_later(id: "nothing") { id } }', undefined, user()), { message: 'invalid UUID', extensions: { path: '$.selectionSet.act_later.args.id', code: 'parse-failed' } });
  assert.equal((await failure('{ act_later(id: "b6e2a6f4-93f0-4d6c-8f4d-1f4a4a0f1a5c") { id } }', undefined, user())).message, 'database query error');
  // of another action it tells nothing
  await create('act_wait', { kind: 'asynchronous', output_type: 'ActResult' });
  const { act_later: id } = await query('mutation { act_later }', undefined, user());
  assert.equal((await failure(`{ act_wait(id: "${id}") { id } }`, undefined, user())).message, 'database query error');
});

test('with rows of tables, only for the session that asked', async () => {
  await create('act_later_link', { kind: 'asynchronous', output_type: 'ActLinked' });
  answer['/act_later_link'] = () => ({ json: { person: 7 } });
  const { act_later_link: id } = await query('mutation { act_later_link }', undefined, user());
  const fields = 'output { person who { name } }';
  const done = await until(() => later('act_later_link', id, fields), (got) => got.output);
  assert.deepEqual(done, { output: { person: 7, who: { name: 'Seven' } } });
  assert.deepEqual(await later('act_later_link', id, fields, headersOf()), done);
  assert.equal(await later('act_later_link', id, fields, other), null);
});

for (const protocol of [MODERN, APOLLO]) {
  test(`${protocol}: a subscription to the outcome, which ends with it`, async () => {
    await create('act_later', { kind: 'asynchronous', output_type: 'ActResult' });
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    answer['/act_later'] = async () => { await held; return { json: { id: 5 } }; };
    const { act_later: id } = await query('mutation { act_later }', undefined, user());
    const talk = await Talk.ready(protocol, { 'x-hasura-role': 'act_user', 'x-hasura-user-id': '7' });
    talk.start('s', `subscription { act_later(id: "${id}") { output { id } } }`);
    assert.deepEqual(await talk.data('s'), { act_later: { output: null } });
    release();
    assert.deepEqual(await talk.data('s'), { act_later: { output: { id: 5 } } });
    assert.deepEqual(await talk.next(), { type: 'complete', id: 's' });
    talk.start('t', `subscription { act_later(id: "${id}") { output { id } } }`);
    assert.deepEqual(await talk.data('t'), { act_later: { output: { id: 5 } } });
    assert.deepEqual(await talk.next(), { type: 'complete', id: 't' });
    talk.close();
  });
}

test('a subscription to outcomes has no rows of tables beside them', async () => {
  await create('act_later', { kind: 'asynchronous', output_type: 'ActResult' });
  await create('act_later_link', { kind: 'asynchronous', output_type: 'ActLinked' });
  const id = (await query('mutation { act_later }')).act_later;
  const talk = await Talk.ready(MODERN, { 'x-hasura-admin-secret': headersOf()['x-hasura-admin-secret'] });
  const begin = (key, fields) => talk.start(key, `subscription @_multiple_top_level_fields { ${fields} }`);
  const mixed = [{ message: "async action queries with no relationships aren't expected to mix with normal source database queries", extensions: { path: '$', code: 'not-supported' } }];
  for (const [key, beside] of [['live', 'act_person { id }'], ['stream', 'act_person_stream(batch_size: 1, cursor: {initial_value: {id: 0}}) { id }'], ['joined', `act_later_link(id: "${id}") { id }`]]) {
    begin(key, `act_later(id: "${id}") { id } ${beside}`);
    assert.deepEqual((await talk.next()).payload, mixed, key);
  }
  begin('both', `a: act_later(id: "${id}") { id } b: act_later(id: "${id}") { id }`);
  assert.deepEqual(await talk.data('both'), { a: { id }, b: { id } });
  begin('rows', `act_later_link(id: "${id}") { output { who { id } } }`);
  let told;
  do {
    told = await talk.next();
  } while (told.id !== 'rows');
  assert.equal(told.payload[0].message, 'Remote relationships are not allowed in subscriptions');
  talk.close();
});

test('a call is part of the mutation around it, and goes with its action', async () => {
  await create('act_later', { kind: 'asynchronous', output_type: 'ActResult' });
  psql("DELETE FROM gqle.action_log");
  const data = await query('mutation { a: act_later insert_act_person_one(object: {id: 30}) { id } b: act_later }');
  assert.deepEqual(data.insert_act_person_one, { id: 30 });
  assert.notEqual(data.a, data.b);
  await until(() => later('act_later', data.b, 'output { id }'), (got) => got.output);
  assert.deepEqual(psql('SELECT count(*) FROM gqle.action_log'), ['2']);
  await metadata('drop_action', { name: 'act_later', clear_data: false });
  assert.deepEqual(psql('SELECT count(*) FROM gqle.action_log'), ['2']);
  await create('act_later', { kind: 'asynchronous', output_type: 'ActResult' });
  await metadata('drop_action', { name: 'act_later' });
  assert.deepEqual(psql('SELECT count(*) FROM gqle.action_log'), ['0']);
});

test('many calls: as many at a time as may be, each once', async () => {
  await create('act_later', { kind: 'asynchronous', output_type: 'ActResult', arguments: [{ name: 'n', type: 'Int!' }] });
  let running = 0;
  let most = 0;
  answer['/act_later'] = async () => {
    most = Math.max(most, ++running);
    await sleep(20);
    running--;
    return { json: { id: 1 } };
  };
  await Promise.all(Array.from({ length: 40 }, (_, n) => query('mutation ($n: Int!) { act_later(n: $n) }', { n }, user())));
  await until(() => psql("SELECT count(*) FROM gqle.action_log WHERE status = 'completed'")[0], (got) => got === '40');
  assert.deepEqual(hook.take().map((a) => a.body.input.n).sort((a, b) => a - b), Array.from({ length: 40 }, (_, n) => n));
  assert.ok(most <= 10, `${most} at a time`);
});
