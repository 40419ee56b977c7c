// Keys of tokens that stand at a URL, in the shapes and with the failures of those
// who publish them; the tokens of well-known providers; tokens that expire.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { post, psql } from './lib.mjs';
import { Talk, APOLLO, MODERN } from './talk.mjs';
import { NAMESPACE, SECRET, certificate, claims, hasura, jwk, keys, now, pem, settings, signature, token } from './tokens.mjs';

const published = [];

after(async () => {
  published.forEach((hook) => hook.close());
  await settings({});
});

// A server of keys: answer() says what, and how many ask at once is counted.
async function publish(answer) {
  const seen = { hits: 0, now: 0, most: 0, paths: [] };
  const server = createServer(async (request, reply) => {
    seen.hits += 1;
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    seen.paths.push(request.url);
    reply.on('close', () => { seen.now -= 1; });
    await answer(reply, request, seen);
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const hook = { seen, url: `http://127.0.0.1:${server.address().port}`, close: () => { server.closeAllConnections(); server.close(); } };
  published.push(hook);
  return hook;
}
const setOf = (...list) => JSON.stringify({ keys: list });
// Keys that are asked for again after a second.
const send = (reply, text, headers = {}) => reply.writeHead(200, { 'cache-control': 'max-age=1', ...headers }).end(text);

async function outcome(text, more = {}) {
  const { json } = await post('/v1/graphql', { query: '{ customer { id } }' }, { authorization: `Bearer ${text}`, ...more });
  return json.data?.customer.map((c) => c.id).join() ?? json.errors[0].message;
}
const taken = async (text, more) => assert.equal(await outcome(text, more), '1');
const refused = async (text, message = 'Could not verify JWT: JWSError JWSInvalidSignature') => assert.equal(await outcome(text), message);
const rs = (pair, more = {}) => token(claims(), { alg: 'RS256', key: pair, ...more });

test('a set of keys of all kinds', async () => {
  const set = setOf(
    jwk(keys.rsa, { kid: 'rsa', use: 'sig' }), jwk(keys.smallRsa, { kid: 'small' }), jwk(keys.p256, { kid: 'p256', alg: 'ES256' }),
    jwk(keys.p384, { kid: 'p384' }), jwk(keys.p521, { kid: 'p521' }), jwk(keys.ed25519, { kid: 'ed' }), jwk(keys.k256, { kid: 'k256' }),
    jwk(keys.otherP256, { kid: 'p256', use: 'enc' }), jwk(keys.otherRsa, { kid: 'rsa', alg: 'PS256' }), { kty: 'new' }, 17,
  );
  const hook = await publish((reply) => send(reply, set, { 'cache-control': 'max-age=600' }));
  await settings({ jwt_secret: JSON.stringify({ jwk_url: hook.url }) });
  for (const [alg, name] of [['RS256', 'rsa'], ['RS512', 'rsa'], ['PS384', 'rsa'], ['ES256', 'p256'], ['ES384', 'p384'], ['ES512', 'p521'],
    ['EdDSA', 'ed25519'], ['PS256', 'otherRsa']]) {
    for (const kid of [undefined, name, 'unknown', 'p384', "' --", 7]) {
      await taken(token(claims(), { alg, key: keys[name], header: { ...(kid !== undefined && { kid }) } }));
    }
  }
  for (const [alg, name] of [['RS256', 'smallRsa'], ['ES256', 'k256'], ['ES256', 'otherP256'], ['RS256', 'otherRsa'], ['PS512', 'otherRsa']]) {
    await refused(token(claims(), { alg, key: keys[name], header: { kid: name } }));
  }
  // the public key as a secret, in every spelling that a library might take for it
  for (const key of [pem(keys.rsa), pem(keys.rsa).trim(), Buffer.from(jwk(keys.rsa).n, 'base64url'), jwk(keys.rsa).n, JSON.stringify(jwk(keys.rsa)), set, '']) {
    await refused(token(claims(), { key, header: { kid: 'rsa' } }));
  }
  await refused(token(claims(), { alg: 'ES256', key: keys.p256, sign: (t) => signature('ES256', keys.p256, t, 'der') }));
  hook.close();
});

test('keys that change, and answers that bring none', async () => {
  let answer = (reply) => send(reply, setOf(jwk(keys.rsa)));
  const hook = await publish((reply, request, seen) => answer(reply, request, seen));
  await settings({ jwt_secret: JSON.stringify({ jwk_url: `${hook.url}/keys` }) });
  await taken(rs(keys.rsa));
  await refused(rs(keys.otherRsa));

  answer = (reply) => send(reply, setOf(jwk(keys.otherRsa)));
  await sleep(2300);
  await taken(rs(keys.otherRsa));
  await refused(rs(keys.rsa), 'Could not verify JWT: JWSError JWSInvalidSignature');

  // a set with both: nobody is locked out while keys are replaced
  answer = (reply) => send(reply, setOf(jwk(keys.rsa), jwk(keys.otherRsa)));
  await sleep(2300);
  await taken(rs(keys.rsa));
  await taken(rs(keys.otherRsa));
  hook.close();
});

// Whatever a server of keys does, the keys of before are kept, and requests are answered.
const failures = {
  'an error': (reply) => reply.writeHead(500).end(setOf(jwk(keys.otherRsa))),
  'not found': (reply) => reply.writeHead(404).end(setOf(jwk(keys.otherRsa))),
  'no JSON': (reply) => send(reply, '<html>'),
  nothing: (reply) => send(reply, ''),
  'an empty set': (reply) => send(reply, setOf()),
  'no key of use': (reply) => send(reply, setOf(jwk(keys.k256), { kty: 'RSA', n: 'AQ', e: 'AQAB' })),
  'half of it': (reply) => send(reply, setOf(jwk(keys.otherRsa)).slice(0, -2)),
  'ten MiB': (reply) => send(reply, setOf(jwk(keys.otherRsa)).padEnd(10 * 1024 * 1024)),
  'ten MiB without a length': (reply) => { reply.writeHead(200); for (let i = 0; i < 160; i++) reply.write(' '.repeat(65536)); reply.end('{}'); },
  'too many keys': (reply) => send(reply, setOf(...Array.from({ length: 300 }, () => jwk(keys.otherRsa)))),
  'a head of a MiB': (reply) => { reply.socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1048576)}\r\n\r\n`); reply.socket.end(); },
  'no HTTP': (reply) => reply.socket.end('hello\r\n'),
  'a reset': (reply) => reply.socket.resetAndDestroy(),
  'a redirect without an end': (reply) => reply.writeHead(302, { location: '/keys' }).end(),
  'a redirect to a file': (reply) => reply.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  'a redirect to another protocol': (reply) => reply.writeHead(302, { location: 'gopher://127.0.0.1:1/' }).end(),
  silence: () => {},
  drops: (reply) => {
    reply.writeHead(200);
    const timer = setInterval(() => reply.write(' '), 100);
    reply.on('close', () => clearInterval(timer));
  },
};

for (const [what, failure] of Object.entries(failures)) {
  test(`keys of before are kept after ${what}`, async () => {
    let answer = (reply) => send(reply, setOf(jwk(keys.rsa)));
    const hook = await publish((reply) => answer(reply));
    await settings({ jwt_secret: JSON.stringify({ jwk_url: `${hook.url}/keys` }) });
    await taken(rs(keys.rsa));
    const before = hook.seen.hits;
    answer = failure;
    await sleep(1300);
    assert.ok(hook.seen.hits > before, 'asked again');
    await taken(rs(keys.rsa, { header: { more: 1 } }));
    await refused(rs(keys.otherRsa));
    const workers = Number(psql("SELECT count(*) FROM gqle.stat_workers WHERE kind = 'server'")[0]);
    // a connection that was used before may fail once more than the server meant
    assert.ok(what.startsWith('a redirect') || hook.seen.hits - before <= 2 * workers, `${hook.seen.hits - before} tries, at once`);
    hook.close();
  });
}

test('a redirect, and a set of certificates', async () => {
  const hook = await publish((reply, { url }) => (url === '/old' ? reply.writeHead(301, { location: '/new' }).end()
    : send(reply, JSON.stringify({ one: certificate(keys.otherRsa), two: certificate(keys.rsa) }))));
  await settings({ jwt_secret: JSON.stringify({ jwk_url: `${hook.url}/old` }) });
  assert.ok(hook.seen.paths.includes('/new'));
  await taken(rs(keys.rsa, { header: { kid: 'two' } }));
  await taken(rs(keys.otherRsa, { header: { kid: 'two' } }));
  await refused(token(claims(), { key: certificate(keys.rsa) }));
  hook.close();
});

test('many requests at once ask for keys once', async () => {
  const hook = await publish(async (reply, request, { hits }) => {
    await sleep(hits > 2 ? 1500 : 0);
    send(reply, setOf(jwk(keys.rsa)));
  });
  await settings({ jwt_secret: JSON.stringify({ jwk_url: hook.url }) });
  await taken(rs(keys.rsa));
  const end = Date.now() + 4000;
  let slowest = 0;
  await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    for (let n = 0; Date.now() < end; n++) {
      const began = Date.now();
      await taken(rs(keys.rsa, { header: { n, i } }));
      slowest = Math.max(slowest, Date.now() - began);
      await sleep(20);
    }
  }));
  const workers = Number(psql("SELECT count(*) FROM gqle.stat_workers WHERE kind = 'server'")[0]);
  assert.ok(hook.seen.most <= workers, `${hook.seen.most} at once of ${workers} workers`);
  assert.ok(slowest < 1000, `a request waited ${slowest} ms for keys`);
  hook.close();
});

test('tokens of well-known providers', async () => {
  const cognito = (payload) => ({ ...payload, [NAMESPACE]: JSON.stringify(hasura()) });
  const dates = { iat: now() - 60, exp: now() + 3600 };
  const mapped = (paths) => ({ claims_map: { 'x-hasura-allowed-roles': { path: paths.roles },
    'x-hasura-default-role': { path: paths.role, default: 'customer' }, 'x-hasura-customer-id': { path: paths.id } } });
  const providers = {
    Auth0: { config: { audience: ['https://shop.example'], issuer: 'https://shop.eu.auth0.com/' }, alg: 'RS256', pair: 'rsa', header: { kid: 'NEU' },
      payload: { iss: 'https://shop.eu.auth0.com/', sub: 'auth0|5f7', aud: ['https://shop.example', 'https://shop.eu.auth0.com/userinfo'],
        ...dates, azp: 'abc', scope: 'openid profile', [NAMESPACE]: hasura() } },
    'Firebase, by certificates': { certificates: true, config: { audience: 'shop-1', issuer: 'https://securetoken.google.com/shop-1' }, alg: 'RS256', pair: 'rsa',
      header: { kid: '1e9' }, payload: { [NAMESPACE]: hasura(), iss: 'https://securetoken.google.com/shop-1', aud: 'shop-1', auth_time: now() - 60,
        user_id: 'u', sub: 'u', ...dates, email_verified: true, firebase: { identities: { email: ['a@b'] }, sign_in_provider: 'password' } } },
    Firebase: { config: { audience: 'shop-1', issuer: 'https://securetoken.google.com/shop-1' }, alg: 'RS256', pair: 'rsa', header: { kid: '1e9' },
      payload: { [NAMESPACE]: hasura(), iss: 'https://securetoken.google.com/shop-1', aud: 'shop-1', user_id: 'u', sub: 'u', ...dates } },
    Cognito: { config: { claims_format: 'stringified_json', issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu' }, alg: 'RS256', pair: 'rsa',
      payload: cognito({ sub: 's', aud: 'client', token_use: 'id', iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu', 'cognito:username': 's', ...dates }) },
    'Supabase, HS256': { key: SECRET, config: { type: 'HS256', audience: 'authenticated', claims_namespace_path: '$.app_metadata.hasura' }, alg: 'HS256',
      payload: { aud: 'authenticated', sub: 's', role: 'authenticated', app_metadata: { provider: 'email', hasura: hasura() }, user_metadata: {},
        aal: 'aal1', session_id: 'x', is_anonymous: false, ...dates } },
    'Supabase, ES256': { config: { audience: 'authenticated', claims_namespace_path: '$.app_metadata.hasura' }, alg: 'ES256', pair: 'p256',
      header: { kid: 'b81' }, payload: { aud: 'authenticated', sub: 's', role: 'authenticated', app_metadata: { hasura: hasura() }, ...dates } },
    Keycloak: { config: mapped({ roles: '$.realm_access.roles', role: '$.default_role', id: "$['customer.id']" }), alg: 'RS256', pair: 'rsa',
      payload: { jti: 'j', iss: 'https://id.example/realms/shop', aud: 'account', sub: 's', typ: 'Bearer', azp: 'web', acr: '1', 'customer.id': '1',
        realm_access: { roles: ['customer', 'offline_access'] }, resource_access: { account: { roles: ['view-profile'] } }, ...dates } },
    Clerk: { config: {}, alg: 'RS256', pair: 'rsa', header: { cat: 'cl_B7d4PD222AAA', kid: 'ins_2' },
      payload: { azp: 'https://shop.example', nbf: now() - 10, iss: 'https://clerk.example', sub: 'user_1', sts: 'active', ...dates, [NAMESPACE]: hasura() } },
    Entra: { config: mapped({ roles: '$.roles', role: '$.roles[0]', id: '$.extension_customer' }), alg: 'RS256', pair: 'rsa', header: { x5t: 'nOo', kid: 'nOo' },
      payload: { aud: 'api://shop', iss: 'https://sts.windows.net/t/', nbf: now() - 60, aio: 'E2', oid: 'o', roles: ['customer'], extension_customer: '1',
        ver: '1.0', ...dates } },
    nhost: { key: SECRET, config: { type: 'HS256', issuer: 'hasura-auth' }, alg: 'HS256',
      payload: { [NAMESPACE]: hasura({ 'x-hasura-user-is-anonymous': 'false', 'x-hasura-user-id': 'n' }), sub: 'n', iss: 'hasura-auth', ...dates } },
  };
  for (const [name, { config, key, alg, pair, payload, header, certificates }] of Object.entries(providers)) {
    const hook = await publish((reply) => send(reply, certificates ? JSON.stringify({ '1e9': certificate(keys[pair]) })
      : setOf(jwk(keys[pair], { use: 'sig', alg, kid: header?.kid ?? 'k' }))));
    await settings({ jwt_secret: JSON.stringify({ ...config, ...(key ? { key } : { jwk_url: hook.url }) }) });
    const of = (changed = {}) => token({ ...payload, ...changed }, { alg, key: key ?? keys[pair], header });
    assert.equal(await outcome(of()), '1', name);
    assert.match(await outcome(of({ exp: now() - 5 })), /JWTExpired$/, name);
    if (config.issuer) assert.match(await outcome(of({ iss: `${config.issuer}x` })), /JWTNotInIssuer$/, name);
    if (config.audience) assert.match(await outcome(of({ aud: 'other' })), /JWTNotInAudience$/, name);
    hook.close();
  }
});

for (const protocol of [MODERN, APOLLO]) {
  test(`${protocol}: a token that expires ends its socket within a second`, async () => {
    await settings({ jwt_secret: JSON.stringify({ type: 'HS256', key: SECRET }) });
    const open = async (headers) => {
      const talk = await Talk.open(protocol);
      talk.send({ type: 'connection_init', payload: { headers } });
      assert.deepEqual(await talk.next(), { type: 'connection_ack' });
      return talk;
    };
    const exp = now() + 2;
    const [soon, later, never] = await Promise.all([{ exp }, {}, { exp: undefined }]
      .map((more) => open({ authorization: `Bearer ${token(claims(more))}` })));
    soon.start('1', 'subscription { customer { id } }');
    assert.deepEqual(await soon.data('1'), { customer: [{ id: 1 }] });
    const [code] = await soon.closed;
    const late = Date.now() - exp * 1000;
    assert.equal(code, 1006);
    assert.ok(late >= 0 && late < 1000, `${late} ms late`);
    // one that has a new token in time stays
    later.send({ type: 'connection_init', payload: { headers: { authorization: `Bearer ${token(claims({ exp: now() + 2 }))}` } } });
    assert.equal((await later.next()).type, 'connection_ack');
    later.send({ type: 'connection_init', payload: { headers: { authorization: `Bearer ${token(claims())}` } } });
    assert.equal((await later.next()).type, 'connection_ack');
    await sleep(3000);
    assert.equal(later.end, undefined);
    assert.equal(never.end, undefined);
    later.close();
    never.close();
  });
}
