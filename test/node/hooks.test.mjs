// Webhooks that validate what mutations write, as their servers see them.
import test, { before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { url, secret, query, failure, post, psql, psqlAside, runSql, metadata, headersOf, startHook } from './lib.mjs';

const source = 'default';
const table = (name) => ({ schema: 'hook', name });
const writer = (extra = {}) => headersOf('writer', { 'x-hasura-user-id': '7', ...extra });

let hook;
let answer; // by path

const refuse = (message) => () => ({ status: 400, json: { message } });

function permissionOf(kind, path, more = {}, definition = {}) {
  return {
    ...(kind === 'delete' ? { filter: {} } : { columns: '*' }),
    ...(kind === 'insert' && { check: {} }),
    ...(kind === 'update' && { filter: {} }),
    validate_input: { type: 'http', definition: { url: hook.url + path, ...definition } },
    ...more,
  };
}

async function permit(kind, name, permission, role = 'writer') {
  await metadata(`pg_drop_${kind}_permission`, { source, table: table(name), role });
  const reply = await metadata(`pg_create_${kind}_permission`, { source, table: table(name), role, permission });
  assert.equal(reply.status, 200, reply.raw);
}

before(async () => {
  hook = await startHook(({ url: path, body }) => (answer[path] ?? (() => ({ json: { fine: true } })))(body));
  await runSql('DROP SCHEMA IF EXISTS hook CASCADE; CREATE SCHEMA hook;'
    + ' CREATE TABLE hook.person (id serial PRIMARY KEY, full_name text NOT NULL, born date, tags jsonb, points bigint, kept text);'
    + ' CREATE TABLE hook.note (id serial PRIMARY KEY, person_id integer REFERENCES hook.person ON DELETE CASCADE, body text NOT NULL);'
    + ' CREATE TABLE hook.plain (id integer PRIMARY KEY, n integer)');
  for (const name of ['person', 'note', 'plain']) {
    const configuration = name === 'person' ? { column_config: { full_name: { custom_name: 'name' } } } : {};
    assert.equal((await metadata('pg_track_table', { source, table: table(name), configuration })).status, 200);
    await metadata('pg_create_select_permission', { source, table: table(name), role: 'writer', permission: { columns: '*', filter: {} } });
  }
  await metadata('pg_create_array_relationship', { source, table: table('person'), name: 'notes', using: { foreign_key_constraint_on: { table: table('note'), column: 'person_id' } } });
  await metadata('pg_create_object_relationship', { source, table: table('note'), name: 'person', using: { foreign_key_constraint_on: 'person_id' } });
});

after(async () => {
  await runSql('DROP SCHEMA hook CASCADE');
  hook.close();
});

beforeEach(async () => {
  answer = {};
  await runSql('TRUNCATE hook.person, hook.note, hook.plain RESTART IDENTITY CASCADE');
  await permit('insert', 'person', permissionOf('insert', '/person', { set: { kept: 'preset' } }));
  await permit('insert', 'note', permissionOf('insert', '/note'));
  await permit('update', 'person', permissionOf('update', '/change'));
  await permit('delete', 'person', permissionOf('delete', '/gone'));
  await permit('insert', 'plain', { check: {}, columns: '*' });
  hook.take();
});

test('an insert is shown to its hook, then done', async () => {
  const data = await query('mutation ($p: bigint!) { insert_hook_person(objects: [{name: "Ann", points: $p, tags: {a: [1, "b"]}, born: null}]) { returning { id name points } } }',
    { p: '12' }, writer());
  assert.deepEqual(data.insert_hook_person.returning, [{ id: 1, name: 'Ann', points: 12 }]);
  const [asked] = hook.take();
  assert.equal(asked.method, 'POST');
  assert.equal(asked.headers['content-type'], 'application/json');
  assert.match(asked.headers['user-agent'], /^hasura-graphql-engine\/v2/);
  assert.deepEqual(asked.body, {
    version: 1,
    role: 'writer',
    session_variables: { 'x-hasura-role': 'writer', 'x-hasura-user-id': '7' },
    data: { input: [{ full_name: 'Ann', points: '12', tags: { a: [1, 'b'] }, born: null }] },
  });
  assert.deepEqual(psql('SELECT kept FROM hook.person'), ['preset']);
});

test('a refusal is told to the client, and nothing is written', async () => {
  answer['/person'] = refuse('no such names');
  const error = await failure('mutation { insert_hook_person_one(object: {name: "Bob"}) { id } }', undefined, writer());
  assert.deepEqual(error, { message: 'no such names', extensions: { path: '$', code: 'validation-failed' } });
  assert.deepEqual(psql('SELECT count(*) FROM hook.person'), ['0']);
});

test('tables of nested rows are asked once each, parents first', async () => {
  const text = `mutation { insert_hook_person(objects: [
    {name: "A", notes: {data: [{body: "a1"}, {body: "a2"}]}}, {name: "B", notes: {data: [{body: "b1"}]}}]) { affected_rows } }`;
  assert.deepEqual(await query(text, undefined, writer()), { insert_hook_person: { affected_rows: 5 } });
  assert.deepEqual(hook.take().map((a) => [a.url, a.body.data.input]), [
    ['/person', [{ full_name: 'A', notes: { data: [{ body: 'a1' }, { body: 'a2' }] } }, { full_name: 'B', notes: { data: [{ body: 'b1' }] } }]],
    ['/note', [{ body: 'a1' }, { body: 'a2' }, { body: 'b1' }]],
  ]);
  answer['/person'] = refuse('not these');
  answer['/note'] = refuse('nor those');
  assert.equal((await failure(text, undefined, writer())).message, 'not these');
  assert.deepEqual(hook.take().map((a) => a.url), ['/person']);
  delete answer['/person'];
  assert.equal((await failure(text, undefined, writer())).message, 'nor those');
  assert.deepEqual(psql('SELECT count(*) FROM hook.person'), ['2']);
});

test('an object relationship is shown within and on its own', async () => {
  await query('mutation { insert_hook_note_one(object: {body: "n", person: {data: {name: "P"}}}) { id } }', undefined, writer());
  assert.deepEqual(hook.take().map((a) => [a.url, a.body.data.input]), [
    ['/note', [{ body: 'n', person: { data: { full_name: 'P' } } }]],
    ['/person', [{ full_name: 'P' }]],
  ]);
});

test('updates and deletes show their arguments as they were written', async () => {
  psql("INSERT INTO hook.person (full_name, points) VALUES ('x', 1), ('y', 2)");
  const ask = async (text, variables) => {
    await query(text, variables, writer());
    return hook.take().map((a) => a.body.data.input);
  };
  assert.deepEqual(await ask('mutation ($w: hook_person_bool_exp!) { update_hook_person(where: $w, _set: {name: "z"}, _inc: {points: 1}) { affected_rows } }',
    { w: { id: { _eq: 1, _is_null: false } } }), [[{ where: { id: { _eq: 1, _is_null: false } }, _set: { name: 'z' }, _inc: { points: 1 } }]]);
  assert.deepEqual(await ask('mutation ($id: Int = 2) { update_hook_person_by_pk(pk_columns: {id: $id}, _set: {name: "k"}) { id } }'),
    [[{ pk_columns: { id: 2 }, _set: { name: 'k' } }]]);
  assert.deepEqual(await ask('mutation { update_hook_person_many(updates: [{where: {id: {_eq: 1}}, _set: {points: 5}}, {where: {}, _set: {born: "2001-02-03"}}]) { affected_rows } }'),
    [[{ where: { id: { _eq: 1 } }, _set: { points: 5 } }, { where: {}, _set: { born: '2001-02-03' } }]]);
  assert.deepEqual(await ask('mutation { delete_hook_person(where: {name: {_eq: "z"}}) { affected_rows } }'), [[{ where: { name: { _eq: 'z' } } }]]);
  assert.deepEqual(await ask('mutation { delete_hook_person_by_pk(id: 2) { id } }'), [[{ pk_columns: { id: 2 } }]]);
});

test('fields are asked for in order, before any of them is done', async () => {
  answer['/change'] = refuse('second');
  const error = await failure(`mutation { a: insert_hook_person_one(object: {name: "first"}) { id }
    b: update_hook_person(where: {}, _set: {name: "second"}) { affected_rows } c: delete_hook_person(where: {}) { affected_rows } }`, undefined, writer());
  assert.equal(error.message, 'second');
  assert.deepEqual(hook.take().map((a) => a.url), ['/person', '/change']);
  assert.deepEqual(psql('SELECT count(*) FROM hook.person'), ['0']);
});

test('the admin, and tables without a hook, are not asked about', async () => {
  await query('mutation { insert_hook_person_one(object: {name: "root"}) { id } }');
  await query('mutation { insert_hook_plain_one(object: {id: 1, n: 1}) { id } }', undefined, writer());
  assert.deepEqual(hook.take(), []);
});

test('what is wrong with an answer, or the way to it, is an error without details', async () => {
  const insert = () => post('/v1alpha1/graphql', { query: 'mutation { insert_hook_person_one(object: {name: "x"}) { id } }' }, writer());
  const check = async (message) => {
    const { status, json } = await insert();
    assert.equal(status, 500);
    assert.deepEqual(json.errors, [{ message, extensions: { path: '$', code: 'unexpected' } }]);
  };
  for (const wrong of [{ raw: 'not JSON' }, { json: ['message'] }, { json: { text: 'x' } }, { json: { message: 1 } }, { raw: '' }]) {
    answer['/person'] = () => ({ status: 400, ...wrong });
    await check('received invalid response from input validation webhook');
  }
  for (const status of [401, 500, 503]) {
    answer['/person'] = () => ({ status, json: { message: 'secret' } });
    await check('internal error when validating input data');
  }
  answer['/person'] = () => ({ raw: 'x'.repeat(2 * 1024 * 1024) });
  await check('http exception when validating input data');
  await permit('insert', 'person', permissionOf('insert', '/slow', {}, { timeout: 1 }));
  answer['/slow'] = () => undefined;
  const began = Date.now();
  await check('http exception when validating input data');
  assert.ok(Date.now() - began < 5000);
  assert.deepEqual(psql('SELECT count(*) FROM hook.person'), ['0']);
});

test('redirects are followed, but not for ever', async () => {
  answer['/person'] = () => ({ status: 307, headers: { location: '/other' } });
  answer['/other'] = () => ({ status: 204 });
  await query('mutation { insert_hook_person_one(object: {name: "moved"}) { id } }', undefined, writer());
  assert.deepEqual(hook.take().map((a) => [a.method, a.url]), [['POST', '/person'], ['POST', '/other']]);
  answer['/other'] = answer['/person'];
  assert.equal((await failure('mutation { insert_hook_person_one(object: {name: "lost"}) { id } }', undefined, writer())).message,
    'http exception when validating input data');
});

test('headers: the client\'s if they are wanted, ours, configured ones', async () => {
  const headers = [{ name: 'X-Key', value: 'configured' }, { name: 'X-Own', value: 'own' }, { name: 'content-type', value: 'text/plain' }];
  const insert = () => query('mutation { insert_hook_person_one(object: {name: "h"}) { id } }', undefined,
    writer({ 'x-key': 'client', cookie: 'a=b', origin: 'http://here', 'user-agent': 'me', 'accept-language': 'de', 'x-custom': 'c' }));
  await permit('insert', 'person', permissionOf('insert', '/person', {}, { headers }));
  await insert();
  let [{ headers: got }] = hook.take();
  assert.equal(got['x-key'], 'configured');
  assert.equal(got['x-own'], 'own');
  assert.equal(got['content-type'], 'application/json');
  assert.equal(got.cookie, undefined);
  await permit('insert', 'person', permissionOf('insert', '/person', {}, { headers, forward_client_headers: true }));
  await insert();
  [{ headers: got }] = hook.take();
  assert.deepEqual([got['x-key'], got['x-own'], got.cookie, got['x-custom']], ['client', 'own', 'a=b', 'c']);
  assert.deepEqual([got['x-forwarded-origin'], got['x-forwarded-user-agent'], got['x-forwarded-host']], ['http://here', 'me', new URL(url).host]);
  assert.equal(got['accept-language'], undefined);
  for (const name of Object.keys(got)) {
    assert.ok(!name.startsWith('x-hasura-'), name);
  }
});

test('a header that names an unset variable fails the mutation', async () => {
  await permit('insert', 'person', permissionOf('insert', '/person', {}, { headers: [{ name: 'X-Key', value_from_env: 'GQLE_NO_SUCH_VARIABLE' }] }));
  const error = await failure('mutation { insert_hook_person_one(object: {name: "h"}) { id } }', undefined, writer());
  assert.deepEqual(error, { message: "environment variable 'GQLE_NO_SUCH_VARIABLE' not set", extensions: { path: '$', code: 'not-found' } });
  assert.deepEqual(hook.take(), []);
});

test('a hook\'s server may ask ours, and others are served meanwhile', async () => {
  let open;
  const gate = new Promise((resolve) => { open = resolve; });
  answer['/person'] = async ({ data }) => {
    await query('{ hook_plain { id } }');
    await query('mutation ($id: Int!) { insert_hook_plain_one(object: {id: $id}) { id } }', { id: 100 + Number(data.input[0].full_name) });
    await gate;
    return { json: {} };
  };
  // more than there are executors
  const waiting = Array.from({ length: 40 }, (_, i) => query('mutation ($n: String!) { insert_hook_person_one(object: {name: $n}) { id } }', { n: String(i) }, writer()));
  while (hook.asked.length < 40) {
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  await query('mutation { insert_hook_plain_one(object: {id: 2, n: 2}) { id } }');
  assert.deepEqual(psql("SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'gqle%' AND (xact_start IS NOT NULL OR backend_xmin IS NOT NULL)"), ['0']);
  assert.deepEqual(psql('SELECT count(*) FROM hook.person'), ['0']);
  open();
  await Promise.all(waiting);
  assert.deepEqual(psql('SELECT (SELECT count(*) FROM hook.person), (SELECT count(*) FROM hook.plain)'), ['40|41']);
});

test('a client that leaves takes its question back', async () => {
  const closed = new Promise((resolve) => {
    answer['/person'] = () => { resolve(); return undefined; };
  });
  const controller = new AbortController();
  const request = fetch(`${url}/v1/graphql`, {
    method: 'POST', headers: writer(), signal: controller.signal,
    body: JSON.stringify({ query: 'mutation { insert_hook_person_one(object: {name: "gone"}) { id } }' }),
  });
  await closed;
  controller.abort();
  await assert.rejects(request);
  answer = {};
  await query('mutation { insert_hook_person_one(object: {name: "stays"}) { id } }', undefined, writer());
  assert.deepEqual(psql('SELECT full_name FROM hook.person'), ['stays']);
});

test('over WebSocket a hook is asked, with headers of the connection', async () => {
  await permit('insert', 'person', permissionOf('insert', '/person', {}, { forward_client_headers: true }));
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/v1/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { headers: { 'x-hasura-admin-secret': secret, 'x-hasura-role': 'writer', 'x-hasura-user-id': '3', 'x-custom': 'init' } },
  });
  const run = (text) => new Promise((resolve, reject) => {
    let result;
    client.subscribe({ query: text }, { next: (value) => { result = value; }, error: reject, complete: () => resolve(result) });
  });
  assert.deepEqual(await run('mutation { insert_hook_person_one(object: {name: "ws"}) { name } }'), { data: { insert_hook_person_one: { name: 'ws' } } });
  const [asked] = hook.take();
  assert.equal(asked.headers['x-custom'], 'init');
  assert.equal(asked.body.session_variables['x-hasura-user-id'], '3');
  answer['/person'] = refuse('not over sockets');
  await assert.rejects(run('mutation { insert_hook_person_one(object: {name: "ws"}) { name } }'), (errors) => {
    assert.deepEqual(errors, [{ message: 'not over sockets', extensions: { path: '$', code: 'validation-failed' } }]);
    return true;
  });
  await client.dispose();
});

test('in a batch, what came before a question is kept', async () => {
  answer['/person'] = (body) => (body.data.input[0].full_name === 'bad' ? { status: 400, json: { message: 'bad name' } } : { json: {} });
  const one = (name) => ({ query: `mutation { insert_hook_person_one(object: {name: "${name}"}) { id } }` });
  const plain = (id) => ({ query: `mutation { insert_hook_plain_one(object: {id: ${id}, n: 0}) { id } }` });
  const { json } = await post('/v1/graphql', [plain(1), one('a'), plain(2), one('bad'), one('b'), plain(3)], writer());
  assert.deepEqual(json, [
    { data: { insert_hook_plain_one: { id: 1 } } }, { data: { insert_hook_person_one: { id: 1 } } },
    { data: { insert_hook_plain_one: { id: 2 } } }, { errors: [{ message: 'bad name', extensions: { path: '$', code: 'validation-failed' } }] },
    { data: { insert_hook_person_one: { id: 2 } } }, { data: { insert_hook_plain_one: { id: 3 } } },
  ]);
  assert.deepEqual(hook.take().map((a) => a.body.data.input[0].full_name), ['a', 'bad', 'b']);
});

test('a REST endpoint asks, too', async () => {
  await metadata('create_query_collection', { name: 'hooks', definition: { queries: [{ name: 'add', query: 'mutation ($name: String!) { insert_hook_person_one(object: {name: $name}) { name } }' }] } });
  const made = await metadata('create_rest_endpoint', { name: 'hook-add', url: 'hook-add', methods: ['POST'], definition: { query: { collection_name: 'hooks', query_name: 'add' } } });
  assert.equal(made.status, 200, made.raw);
  try {
    answer['/person'] = refuse('not by REST');
    const refused = await post('/api/rest/hook-add', { name: 'r' }, writer());
    assert.equal(refused.status, 400);
    assert.equal(refused.json.error, 'not by REST');
    answer = {};
    assert.deepEqual((await post('/api/rest/hook-add', { name: 'r' }, writer())).json, { insert_hook_person_one: { name: 'r' } });
  } finally {
    await metadata('drop_rest_endpoint', { name: 'hook-add' });
    await metadata('drop_query_collection', { collection: 'hooks', cascade: true });
  }
});

test('graphql.execute asks from where it is called', async () => {
  const execute = (name) => psqlAside(`SELECT graphql.execute('{"x-hasura-role": "writer", "x-hasura-user-id": "5"}', 'mutation { insert_hook_person_one(object: {name: "${name}"}) { name } }')`);
  assert.deepEqual(await execute('sql'), ['{"data":{"insert_hook_person_one":{"name":"sql"}}}']);
  assert.equal(hook.take()[0].body.session_variables['x-hasura-user-id'], '5');
  answer['/person'] = refuse('not by SQL');
  assert.deepEqual(await execute('sql'), ['{"errors":[{"message":"not by SQL","extensions":{"path":"$","code":"validation-failed"}}]}']);
  answer['/person'] = () => undefined;
  await assert.rejects(psqlAside(`SET statement_timeout = 300; SELECT graphql.execute('{"x-hasura-role": "writer"}', 'mutation { insert_hook_person_one(object: {name: "late"}) { name } }')`),
    /statement timeout/);
  assert.deepEqual(psql('SELECT full_name FROM hook.person'), ['sql']);
});

test('each answer is a line of validate-insert-input-log, once', async () => {
  psql("ALTER SYSTEM SET gqle.log_file = 'hooks-test.log'");
  psql("ALTER SYSTEM SET gqle.log_destination = 'file'");
  psql("ALTER SYSTEM SET gqle.enabled_log_types = 'validate-insert-input-log'");
  psql('SELECT pg_reload_conf()');
  try {
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    answer['/note'] = () => ({ status: 400, raw: 'not\nJSON' });
    await failure('mutation { insert_hook_person(objects: {name: "A", notes: {data: [{body: "n"}]}}) { affected_rows } }', undefined, writer());
    await new Promise((resolve) => { setTimeout(resolve, 500); });
    const lines = psql("SELECT pg_read_file('hooks-test.log')").map(JSON.parse).filter((line) => line.type === 'validate-insert-input-log');
    assert.deepEqual(lines.map(({ level, detail: { type, details } }) => [level, type, details.url, details.request.data.input, details.request_headers, details.response, details.response_status]), [
      ['info', 'http', `${hook.url}/person`, [{ full_name: 'A', notes: { data: [{ body: 'n' }] } }], [], { fine: true }, 200],
      ['info', 'http', `${hook.url}/note`, [{ body: 'n' }], [], 'not\nJSON', 400],
    ]);
  } finally {
    psql('ALTER SYSTEM RESET gqle.log_file');
    psql('ALTER SYSTEM RESET gqle.log_destination');
    psql('ALTER SYSTEM RESET gqle.enabled_log_types');
    psql('SELECT pg_reload_conf()');
  }
});

test('test_webhook_transform shows a request as its webhook would get it, without sending it', async () => {
  const args = {
    webhook_url: `${hook.url}/{{PART}}`,
    env: { PART: 'users' },
    body: { input: { name: 'Ann' } },
    request_headers: [['X-Old', '1'], ['X-Kept', '2']],
    session_variables: { 'x-hasura-user-id': '7' },
    request_transform: {
      version: 2,
      method: 'PATCH',
      url: "{{$base_url}}/{{$session_variables['x-hasura-user-id']}}",
      query_params: { name: '{{$body.input.name}}' },
      request_headers: { add_headers: { 'X-New': '{{$body.input.name}}' }, remove_headers: ['x-old'] },
      body: { action: 'transform', template: '{"user": {"name": {{$body.input.name}}}}' },
    },
  };
  const { status, json } = await metadata('test_webhook_transform', args);
  assert.equal(status, 200);
  assert.deepEqual(json, {
    webhook_url: `${hook.url}/users/7?name=Ann`, method: 'PATCH',
    headers: [['x-kept', '2'], ['x-new', 'Ann']], body: { user: { name: 'Ann' } },
  });
  const broken = await metadata('test_webhook_transform', { ...args, request_transform: { body: '{{ $body.nope }}' } });
  assert.equal(broken.status, 400);
  assert.deepEqual(broken.json.internal, [{ error_code: 'Attribute Error', message: "'Object' has no attritubte 'nope'.", source_position: { start_line: 0, start_column: 4, end_line: 0, end_column: 14 } }]);
  assert.deepEqual(hook.take(), []);
});

// A key with a certificate: its own, or one by an issuer whose own is not sent along.
function makeCredentials(directory, name, issuer) {
  const path = (file) => join(directory, file);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'ignore' });
  const request = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-subj', `/CN=${name}`, '-keyout', path(`${name}.key`)];
  if (issuer) {
    openssl('req', '-new', ...request, '-out', path(`${name}.csr`));
    openssl('x509', '-req', '-days', '2', '-in', path(`${name}.csr`), '-CA', path(`${issuer}.crt`), '-CAkey', path(`${issuer}.key`), '-CAcreateserial', '-out', path(`${name}.crt`));
  } else {
    openssl('req', '-x509', '-days', '2', ...request, '-out', path(`${name}.crt`));
  }
  return { key: readFileSync(path(`${name}.key`)), cert: readFileSync(path(`${name}.crt`)) };
}

test('certificates are checked; a host in the allow list may vouch for itself', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gqle-hooks-'));
  const own = await startHook(() => ({ json: {} }), makeCredentials(directory, 'own'));
  const issued = await startHook(() => ({ json: {} }), makeCredentials(directory, 'issued', 'own'));
  const insert = () => post('/v1/graphql', { query: 'mutation { insert_hook_person_one(object: {name: "tls"}) { name } }' }, writer());
  const refused = async () => assert.equal((await insert()).json.errors[0].message, 'http exception when validating input data');
  const hooked = (server) => permit('insert', 'person', { ...permissionOf('insert', '/'), validate_input: { type: 'http', definition: { url: server.url } } });
  const port = (server) => new URL(server.url).port;
  try {
    await hooked(own);
    await refused();
    await metadata('add_host_to_tls_allowlist', { host: '127.0.0.1', suffix: '1' });
    await refused();
    await metadata('add_host_to_tls_allowlist', { host: '127.0.0.1', suffix: port(own), permissions: ['self-signed'] });
    assert.deepEqual((await insert()).json, { data: { insert_hook_person_one: { name: 'tls' } } });
    assert.equal(own.asked.length, 1);
    await metadata('pg_create_event_trigger', { name: 'by_tls', source, table: table('person'), webhook: `${own.url}/event`, insert: { columns: '*' } });
    await sleep(1100);
    await insert();
    for (let i = 0; i < 100 && !own.asked.some(({ url }) => url === '/event'); i += 1) await sleep(50);
    assert.ok(own.asked.some(({ url }) => url === '/event'), 'events, too');
    await metadata('pg_delete_event_trigger', { name: 'by_tls', source: 'default' });
    psql(`ALTER SYSTEM SET gqle.auth_hook = '${own.url}/who'`);
    psql('SELECT pg_reload_conf()');
    await sleep(700);
    assert.equal((await post('/v1/graphql', { query: '{ __typename }' }, { 'content-type': 'application/json' })).json.errors[0].message,
      '"x-hasura-role" not found in session variables', 'and the authentication webhook');
    psql('ALTER SYSTEM RESET gqle.auth_hook');
    psql('SELECT pg_reload_conf()');
    await sleep(700);
    own.take();
    await metadata('add_host_to_tls_allowlist', { host: '127.0.0.1', suffix: port(issued) });
    await hooked(issued);
    await refused();
    await metadata('drop_host_from_tls_allowlist', { host: '127.0.0.1', suffix: port(own) });
    await hooked(own);
    await refused();
    assert.equal(own.asked.length + issued.asked.length, 0);
  } finally {
    for (const suffix of ['1', port(own), port(issued)]) {
      await metadata('drop_host_from_tls_allowlist', { host: '127.0.0.1', suffix });
    }
    own.close();
    issued.close();
    rmSync(directory, { recursive: true });
  }
});
