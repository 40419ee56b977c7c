// Tokens, webhook, origins and compression, by settings changed while serving.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { url, secret, post } from './lib.mjs';
import { settings } from './tokens.mjs';

const hs = { type: 'HS256', key: '0123456789abcdef0123456789abcdef' };
const base64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const claims = (more = {}, hasura = {}) => ({
  exp: Math.floor(Date.now() / 1000) + 600,
  'https://hasura.io/jwt/claims': {
    'x-hasura-allowed-roles': ['customer', 'employee'], 'x-hasura-default-role': 'customer', 'x-hasura-customer-id': '1', ...hasura,
  },
  ...more,
});
const text = (header, payload) => `${base64(header)}.${base64(payload)}`;
const token = (payload = claims(), key = hs.key) => {
  const signed = text({ alg: 'HS256', typ: 'JWT' }, payload);
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
};

after(() => settings({}));

const ask = (headers, path = '/v1/graphql') => post(path, { query: '{ __typename }' }, headers);
const bearer = (t, more = {}) => ({ authorization: `Bearer ${t}`, ...more });
const good = async (headers) => assert.deepEqual((await ask(headers)).json, { data: { __typename: 'query_root' } });
async function refused(headers, code, message, status = 400) {
  const { status: got, json } = await ask(headers, '/v1alpha1/graphql');
  assert.equal(json?.errors?.[0]?.extensions?.code, code, JSON.stringify(json));
  assert.match(json.errors[0].message, message);
  assert.equal(got, status);
  assert.equal((await ask(headers)).status, 200);
}

test('tokens of a secret', async () => {
  await settings({ jwt_secret: JSON.stringify(hs) });
  await good(bearer(token()));
  await good(bearer(token()));
  await good(bearer(token(), { 'x-hasura-role': 'employee' }));
  await good({ 'x-hasura-admin-secret': secret });
  await refused(bearer(token(), { 'x-hasura-role': 'admin' }), 'access-denied', /^Your requested role is not in allowed roles$/);
  await refused({}, 'invalid-headers', /^Missing 'Authorization' or 'Cookie' header in JWT authentication mode$/);
  await refused({ authorization: 'Basic abc' }, 'invalid-headers', /^Malformed Authorization header$/);
  await refused({ authorization: `Bearer ${token()} x` }, 'invalid-headers', /^Malformed Authorization header$/);
  await refused(bearer(token(claims({ exp: 1 }))), 'invalid-jwt', /^Could not verify JWT: JWTExpired$/);
  await refused(bearer(token(claims(), 'another key')), 'invalid-jwt', /JWSError JWSInvalidSignature$/);
  await refused(bearer('x'), 'invalid-jwt', /Expected 3 parts; got 1/);
  await refused(bearer(`${text({ alg: 'none' }, claims())}.`), 'invalid-jwt', /JWSNoSignatures/);
  await refused(bearer(token(claims({}, { 'x-hasura-org': 7 }))), 'jwt-invalid-claims', /^x-hasura-\* claims/);
  await refused({ 'x-hasura-admin-secret': 'wrong', ...bearer(token()) }, 'access-denied', /^invalid "x-hasura-admin-secret"/, 401);
});

test('a session variable of the token decides, not one of a header', async () => {
  await settings({ jwt_secret: JSON.stringify(hs) });
  const show = async (headers) => {
    const { json } = await post('/v1/graphql', { query: '{ customer { id } }' }, headers);
    return JSON.stringify(json);
  };
  const asOne = await show({ 'x-hasura-admin-secret': secret, 'x-hasura-role': 'customer', 'x-hasura-customer-id': '1' });
  assert.equal(await show(bearer(token(), { 'x-hasura-customer-id': '2' })), asOne);
});

test('a token counts until it expires, though it is remembered', async () => {
  const short = token(claims({ exp: Math.floor(Date.now() / 1000) + 2 }));
  await good(bearer(short));
  await sleep(2200);
  await refused(bearer(short), 'invalid-jwt', /JWTExpired$/);
});

test('tokens in a cookie and in a header of their own', async () => {
  await settings({ jwt_secret: JSON.stringify({ ...hs, header: { type: 'Cookie', name: 'session' } }) });
  await good({ cookie: `a=b; session=${token()}; c=d` });
  await refused(bearer(token()), 'invalid-headers', /^Missing/);
  await refused({ cookie: `xsession=${token()}` }, 'invalid-headers', /^Missing/);
  await refused({ cookie: `session=${token()}; session=${token(claims({ x: 1 }))}` }, 'invalid-headers', /Multiple JWTs found$/);
  await settings({ jwt_secret: JSON.stringify({ ...hs, header: { type: 'CustomHeader', name: 'X-Token' } }) });
  await good({ 'x-token': token() });
  await refused(bearer(token()), 'invalid-headers', /^Missing/);
});

test('several configurations; keys that change; a role without a token', async () => {
  const second = { type: 'HS256', key: 'abcdef0123456789abcdef0123456789', issuer: 'second' };
  await settings({ jwt_secrets: JSON.stringify([{ ...hs, issuer: 'first' }, second]), unauthorized_role: 'customer' });
  await good(bearer(token(claims({ iss: 'first' }))));
  await good(bearer(token(claims({ iss: 'second' }), second.key)));
  await refused(bearer(token(claims({ iss: 'second' }))), 'invalid-jwt', /JWSInvalidSignature$/);
  await refused(bearer(token(claims({ iss: 'third' }))), 'invalid-jwt', /JWTNotInIssuer$/);
  await good({});
  const old = token(claims({ iss: 'first' }));
  await settings({ jwt_secrets: JSON.stringify([second]) });
  await refused(bearer(old), 'invalid-jwt', /JWTNotInIssuer|JWSInvalidSignature/);
});

test('a configuration that cannot be read leaves the old one in force', async () => {
  await settings({ jwt_secret: JSON.stringify(hs) });
  await settings({ jwt_secret: '{"type":"HS256"' });
  await good(bearer(token()));
});

test('keys at a URL, refreshed and kept', async () => {
  const pairs = [0, 1].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
  let current = 0;
  let broken = false;
  let hits = 0;
  const server = createServer((request, reply) => {
    hits += 1;
    reply.statusCode = broken ? 500 : 200;
    reply.setHeader('cache-control', 'max-age=1');
    reply.end(broken ? 'x' : JSON.stringify({ keys: [{ ...pairs[current].publicKey.export({ format: 'jwk' }), kid: `k${current}`, use: 'sig' }] }));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const sign = (n) => {
    const signed = text({ alg: 'RS256', kid: `k${n}` }, claims());
    return `${signed}.${createSign('sha256').update(signed).sign(pairs[n].privateKey, 'base64url')}`;
  };
  await settings({ jwt_secret: JSON.stringify({ jwk_url: `http://127.0.0.1:${server.address().port}/keys` }) });
  await good(bearer(sign(0)));
  await refused(bearer(sign(1)), 'invalid-jwt', /JWSInvalidSignature$/);
  current = 1;
  await sleep(2500);
  await good(bearer(sign(1)));
  await refused(bearer(sign(0)), 'invalid-jwt', /JWSInvalidSignature$/);
  broken = true;
  await sleep(2500);
  await good(bearer(sign(1)));
  assert.ok(hits >= 3);
  await settings({});
  server.close();
  server.closeAllConnections();
});

test('a webhook by GET and by POST', async () => {
  const seen = [];
  let answer = {};
  const server = createServer(async (request, reply) => {
    let body = '';
    for await (const piece of request) body += piece;
    seen.push({ method: request.method, headers: request.headers, body: body && JSON.parse(body) });
    await sleep(answer.delay ?? 0);
    reply.statusCode = request.url === '/who' ? answer.status ?? 200 : 307;
    reply.setHeader('location', '/who');
    reply.setHeader('set-cookie', ['a=1; Path=/', 'b=2']);
    reply.end(answer.text ?? JSON.stringify({ 'X-Hasura-Role': 'customer', 'X-Hasura-Customer-Id': '1', ignored: 'x' }));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const hook = `http://127.0.0.1:${server.address().port}/who`;

  await settings({ auth_hook: hook });
  const { headers, json } = await ask({ authorization: 'Bearer x', cookie: 'c=d', 'x-custom': 'y' });
  assert.deepEqual(json, { data: { __typename: 'query_root' } });
  assert.deepEqual(headers.getSetCookie(), ['a=1; Path=/', 'b=2']);
  assert.equal(seen[0].method, 'GET');
  assert.equal(seen[0].headers.authorization, 'Bearer x');
  assert.equal(seen[0].headers.cookie, 'c=d');
  assert.equal(seen[0].headers['x-custom'], 'y');
  assert.match(seen[0].headers['user-agent'], /^hasura-graphql-engine\/v2/);
  assert.equal(seen[0].headers['content-type'], 'application/json');
  seen.length = 0;
  await good({ 'x-hasura-admin-secret': secret });
  assert.equal(seen.length, 0);

  for (const [reply, code, message, status] of [
    [{ status: 401 }, 'access-denied', /^Authentication hook unauthorized this request$/, 401],
    [{ status: 500 }, 'unexpected', /^Invalid response from authorization hook$/, 500],
    [{ text: 'x' }, 'unexpected', /^Invalid response from authorization hook: /, 500],
    [{ text: '{"x-hasura-role":1}' }, 'unexpected', /^Invalid response from authorization hook: /, 500],
    [{ text: '{}' }, 'invalid-params', /^"x-hasura-role" not found in session variables$/, 400],
  ]) {
    answer = reply;
    await refused({}, code, message, status);
  }

  answer = { delay: 500 };
  const started = Date.now();
  await Promise.all(Array.from({ length: 20 }, () => good({})));
  assert.ok(Date.now() - started < 4000, 'questions are asked at once');
  await assert.rejects(fetch(`${url}/v1/graphql`, { method: 'POST', body: '{}', signal: AbortSignal.timeout(100) }));
  await sleep(700);
  answer = {};
  await good({});

  await settings({ auth_hook: `${hook}/moved` });
  seen.length = 0;
  await good({ 'x-custom': 'y' });
  assert.deepEqual(seen.map((s) => s.headers['x-custom']), ['y', 'y']);

  await settings({ auth_hook: hook, auth_hook_mode: 'POST' });
  seen.length = 0;
  await good({ 'x-custom': 'y' });
  assert.equal(seen[0].method, 'POST');
  assert.equal(seen[0].body.headers['x-custom'], 'y');
  assert.deepEqual(seen[0].body.request, { query: '{ __typename }', variables: null, operationName: null });
  await settings({ auth_hook: hook, auth_hook_mode: 'POST', auth_hook_send_request_body: 'off' });
  seen.length = 0;
  await good({});
  assert.ok(!('request' in seen[0].body));

  await settings({ auth_hook: 'http://127.0.0.1:9/' });
  await refused({}, 'unexpected', /^webhook authentication request failed$/, 500);
  await settings({});
  server.close();
  server.closeAllConnections();
});

test('origins', async () => {
  const get = async (origin, init = {}) => (await fetch(`${url}/v1/version`, { ...init, headers: { origin, ...init.headers } })).headers;
  await settings({ cors_domain: 'https://a.com, https://*.b.com' });
  for (const [origin, allowed] of [['https://a.com', true], ['https://x.b.com', true], ['https://b.com', false],
    ['https://x.y.b.com', false], ['http://a.com', false], ['https://a.com.evil', false]]) {
    assert.equal((await get(origin)).get('access-control-allow-origin'), allowed ? origin : null);
  }
  const preflight = await fetch(`${url}/v1/graphql`, {
    method: 'OPTIONS',
    headers: { origin: 'https://a.com', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-y' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-max-age'), '1728000');
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'content-type,x-y');
  assert.equal(preflight.headers.get('access-control-allow-credentials'), 'true');
  const error = await fetch(`${url}/nowhere`, { headers: { origin: 'https://a.com' } });
  assert.equal(error.headers.get('access-control-allow-origin'), 'https://a.com');
  await settings({ disable_cors: 'on' });
  assert.equal((await get('https://a.com')).get('access-control-allow-origin'), null);
  await settings({});
  assert.equal((await get('https://any.example')).get('access-control-allow-origin'), 'https://any.example');
});

test('compression', async () => {
  const long = '{ __schema { types { name fields { name } } } }';
  const coding = async (query, accepted) => {
    const reply = await fetch(`${url}/v1/graphql`, {
      method: 'POST', body: JSON.stringify({ query }),
      headers: { 'x-hasura-admin-secret': secret, 'accept-encoding': accepted },
    });
    await reply.json();
    return reply.headers.get('content-encoding');
  };
  assert.equal(await coding(long, 'gzip'), 'gzip');
  assert.equal(await coding(long, 'br, gzip;q=0.5'), 'gzip');
  assert.equal(await coding(long, 'gzip;q=0'), null);
  assert.equal(await coding(long, '*'), null);
  assert.equal(await coding('{ __typename }', 'gzip'), null);
  assert.equal(await coding('{ __typename }', 'gzip, identity;q=0'), 'gzip');
  assert.equal(await coding(`{ ${'a'.repeat(2000)} }`, 'gzip, identity;q=0'), null);
});
