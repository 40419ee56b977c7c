// Tokens that must be taken and tokens that must not, each at every door: the
// Authorization header, a cookie, a header of its own, connection_init of a
// WebSocket, and a REST endpoint.  All doors must say the same, and who gets in
// must be whom the token says.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { secret, metadata, connect } from './lib.mjs';
import { APOLLO, base } from './talk.mjs';
import { NAMESPACE, SECRET, base64, certificate, claims, hasura, jwk, keys, now, pem, settings, signature, token } from './tokens.mjs';

const QUERY = '{ customer { id } }';
const counts = { cases: 0, checks: 0 };

before(async () => {
  const admin = await metadata('create_query_collection', { name: 'matrix',
    definition: { queries: [{ name: 'customer', query: `query customer ${QUERY}` }] } });
  assert.equal(admin.status, 200, admin.raw);
  const { status, raw } = await metadata('create_rest_endpoint', { name: 'matrix', url: 'matrix', methods: ['GET'],
    definition: { query: { collection_name: 'matrix', query_name: 'customer' } } });
  assert.equal(status, 200, raw);
});

after(async () => {
  await settings({});
  await metadata('drop_rest_endpoint', { name: 'matrix' });
  await metadata('drop_query_collection', { collection: 'matrix', cascade: true });
  console.log(`# ${counts.cases} tokens, ${counts.checks} requests`);
});

// ---------------------------------------------------------------- doors

// A request by hand, since no client sends what some of these tokens are.
function request(method, path, headers, body = '') {
  return new Promise((resolve, reject) => {
    const socket = connect();
    const chunks = [];
    socket.on('error', (e) => (chunks.length ? undefined : reject(e)));
    socket.on('data', (d) => chunks.push(d));
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const [head, ...rest] = text.split('\r\n\r\n');
      const status = Number(head.split(' ')[1]);
      let json;
      try { json = JSON.parse(rest.join('\r\n\r\n')); } catch { json = undefined; }
      resolve({ status, json });
    });
    socket.write(Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
      + `${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`, 'utf8'));
  });
}

async function post(headers) {
  const { status, json } = await request('POST', '/v1alpha1/graphql', headers, JSON.stringify({ query: QUERY }));
  const error = json?.errors?.[0];
  return { status, rows: json?.data?.customer, code: error?.extensions?.code, message: error?.message };
}

async function rest(headers) {
  const { status, json } = await request('GET', '/api/rest/matrix', headers);
  return { status, rows: json?.customer, code: json?.code, message: json?.error };
}

// Over a WebSocket a refusal has no code, but closes the connection with 4400.
function socket(headers) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`${base}/v1/graphql`, APOLLO);
    const result = {};
    ws.on('error', reject);
    ws.on('open', () => ws.send(JSON.stringify({ type: 'connection_init', payload: { headers: Object.fromEntries(headers) } })));
    ws.on('close', (code) => resolve({ ...result, close: code }));
    ws.on('message', (data) => {
      const { type, payload } = JSON.parse(data);
      if (type === 'connection_ack') ws.send(JSON.stringify({ type: 'start', id: '1', payload: { query: QUERY } }));
      if (type === 'connection_error') result.message = payload;
      if (type === 'data' || type === 'error') {
        const error = payload.errors?.[0];
        Object.assign(result, { rows: payload.data?.customer, code: error?.extensions?.code, message: error?.message });
      }
      if (type === 'complete') ws.close();
    });
  });
}

const doors = {
  header: (t, more) => post([['Authorization', `Bearer ${t}`], ...more]),
  cookie: (t, more) => post([['Cookie', `theme=dark; token=${t}; x=y`], ...more]),
  custom: (t, more) => post([['X-Token', t], ...more]),
  socket: (t, more) => socket([['Authorization', `Bearer ${t}`], ...more]),
  rest: (t, more) => rest([['Authorization', `Bearer ${t}`], ...more]),
};

// One configuration at all doors.
const configure = (config) => settings({ jwt_secrets: JSON.stringify([config,
  { ...config, header: { type: 'Cookie', name: 'token' } }, { ...config, header: { type: 'CustomHeader', name: 'x-token' } }]) });

// What an outcome is: whose rows are seen, or the code and the beginning of an error.
const ANN = [1];
const refused = (code, message) => ({ code, message });
const bad = (message = '') => refused('invalid-jwt', `Could not verify JWT: ${message}`);
const UNSIGNED = bad('JWSError JWSInvalidSignature');
const UNREADABLE = bad('JWSError (');
const MALFORMED = bad('JWSError (CompactDecodeError');
const BAD_SET = bad('JWTClaimsSetDecodeError');
const BAD_CLAIMS = refused('jwt-invalid-claims', '');
const NO_ROLE = refused('jwt-missing-role-claims', '');
const WRONG_ROLE = refused('access-denied', 'Your requested role is not in allowed roles');

function check(name, door, expected, got) {
  const where = `${name}, at ${door}: ${JSON.stringify(got)}`;
  counts.checks += 1;
  if (Array.isArray(expected)) {
    assert.deepEqual(got.rows?.map((r) => r.id), expected, where);
    return;
  }
  assert.equal(got.rows, undefined, where);
  if (door === 'socket') {
    assert.equal(got.close, expected.is_late ? 1005 : 4400, where);
  } else {
    assert.equal(got.status, expected.status ?? 400, where);
    assert.equal(got.code, expected.code, where);
  }
  assert.ok(got.message?.startsWith(expected.message), where);
}

// Cases are [name, token, outcome, headers]; the tokens go through all doors.
async function run(cases, only = Object.keys(doors)) {
  const wrong = [];
  for (const [name, text, expected, more = []] of cases) {
    counts.cases += 1;
    const messages = new Set();
    for (const door of only) {
      try {
        const got = await doors[door](text, more);
        messages.add(got.message);
        check(name, door, expected, got);
      } catch (e) {
        wrong.push(`${name}, at ${door}: ${e.message}`);
      }
    }
    if (messages.size > 1) wrong.push(`${name}: doors differ: ${[...messages].join(' | ')}`);
  }
  assert.deepEqual(wrong, []);
}

// ---------------------------------------------------------------- the token's form

const good = token();
const [head, body, mac] = good.split('.');
const flip = (text, at) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
// The same bytes in another way: the last character's unused bits.
const loose = (text) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)) ^ 1];
};

test('algorithms that a secret is not for', async () => {
  await configure({ type: 'HS256', key: SECRET });
  const named = (alg, sign) => token(claims(), { header: { alg }, sign });
  const hmac = (text) => signature('HS256', SECRET, text);
  const empty = () => Buffer.alloc(0);
  await run([
    ['as it should be', good, ANN],
    ['HS384', token(claims(), { alg: 'HS384' }), ANN],
    ['HS512', token(claims(), { alg: 'HS512' }), ANN],
    ['none, unsigned', named('none', empty), bad('JWSError JWSNoSignatures')],
    ['none, signed', named('none', hmac), bad('JWSError JWSNoSignatures')],
    ...['None', 'NONE', 'nOnE', 'none ', '', 'hs256', 'HS256 ', ' HS256', 'HS128', 'HMAC', 'SHA256', 'dir', 'RSA-OAEP', 'ES256K']
      .flatMap((alg) => [[`${alg}, unsigned`, named(alg, empty), UNREADABLE], [`${alg}, signed`, named(alg, hmac), UNREADABLE]]),
    ...[null, 1, true, ['HS256'], { alg: 'HS256' }].map((alg) => [`${JSON.stringify(alg)} as alg`, named(alg, hmac), UNREADABLE]),
    ['no alg', token(claims(), { header: '{"typ":"JWT"}', sign: hmac }), UNREADABLE],
    ...['RS256', 'PS256', 'ES256', 'EdDSA'].flatMap((alg) => [[`${alg} with the HMAC`, named(alg, hmac), UNSIGNED],
      [`${alg} with nothing`, named(alg, empty), UNSIGNED]]),
    ['RS256 of somebody', token(claims(), { alg: 'RS256', key: keys.rsa }), UNSIGNED],
    ['HS256 with the MAC of HS512', named('HS256', (text) => signature('HS512', SECRET, text)), UNSIGNED],
    ['HS512 with the MAC of HS256', named('HS512', hmac), UNSIGNED],
    ['another secret', token(claims(), { key: SECRET.toUpperCase() }), UNSIGNED],
    ['no secret', token(claims(), { key: '' }), UNSIGNED],
    ['a beginning of the secret', token(claims(), { key: SECRET.slice(0, 32) }), UNSIGNED],
    ['the secret and a line feed', token(claims(), { key: `${SECRET}\n` }), UNSIGNED],
    ['the secret decoded', token(claims(), { key: Buffer.from(SECRET, 'base64') }), UNSIGNED],
  ]);
});

test('parts, alphabets and signatures that are cut or changed', async () => {
  await run([
    ['nothing but dots', '..', UNREADABLE],
    ['one part', head, MALFORMED],
    ['two parts', `${head}.${body}`, MALFORMED],
    ['four parts', `${good}.${mac}`, MALFORMED],
    ['five parts, as if encrypted', `${head}.${body}.${mac}.${mac}.${mac}`, MALFORMED],
    ['a dot before', `.${good}`, MALFORMED],
    ['a dot after', `${good}.`, MALFORMED],
    ['two dots after', `${good}..`, MALFORMED],
    ['no header', `.${body}.${mac}`, UNREADABLE],
    ['no payload', `${head}..${mac}`, UNSIGNED],
    ['no signature', `${head}.${body}.`, UNSIGNED],
    ['a quotation', `"${good}"`, UNREADABLE],
    ['padding at the header', `${head}=.${body}.${mac}`, UNREADABLE],
    ['padding at the payload', `${head}.${body}=.${mac}`, UNSIGNED],
    ['padding at the signature', `${good}=`, UNREADABLE],
    ['the alphabet of base64', token(claims({ x: '\u{3fffe}\u00ff\u00fe~~???' })).replaceAll('_', '/').replaceAll('-', '+'),
      /[-_]/.test(token(claims({ x: '\u{3fffe}\u00ff\u00fe~~???' })).split('.')[2]) ? UNREADABLE : UNSIGNED],
    ['unused bits in the signature', `${head}.${body}.${loose(mac)}`, UNREADABLE],
    ['a percent sign', `${head}.${body}.${mac}%3D`, UNREADABLE],
    ['a byte beyond ASCII', `${head}.${body}.${mac.slice(0, -1)}é`, UNREADABLE],
    ['a changed header', `${flip(head, 20)}.${body}.${mac}`, UNREADABLE],
    ['a changed payload', `${head}.${flip(body, 20)}.${mac}`, UNSIGNED],
    ['another payload', `${head}.${base64(claims({ more: 1 }))}.${mac}`, UNSIGNED],
    ['a changed first byte of the signature', `${head}.${body}.${flip(mac, 0)}`, UNSIGNED],
    ['a changed byte in the middle', `${head}.${body}.${flip(mac, 20)}`, UNSIGNED],
    ['a short signature', token(claims(), { sign: (text) => signature('HS256', SECRET, text).subarray(0, 31) }), UNSIGNED],
    ['a signature of one byte', token(claims(), { sign: (text) => signature('HS256', SECRET, text).subarray(0, 1) }), UNSIGNED],
    ['a long signature', token(claims(), { sign: (text) => Buffer.concat([signature('HS256', SECRET, text), Buffer.alloc(1)]) }), UNSIGNED],
    ['a signature of zeroes', token(claims(), { sign: () => Buffer.alloc(32) }), UNSIGNED],
    ['a signature in hexadecimal', token(claims(), { sign: (text) => signature('HS256', SECRET, text).toString('hex') }), UNSIGNED],
  ]);
});

test('headers of tokens', async () => {
  const own = (header) => token(claims(), { header });
  const text = (json) => token(claims(), { header: json });
  const attacker = { jwk: jwk(keys.rsa), jku: 'http://127.0.0.1:9/keys', x5u: 'http://127.0.0.1:9/crt', x5c: [base64('certificate')] };
  await run([
    ['no typ', text('{"alg":"HS256"}'), ANN],
    ['another typ', own({ typ: 'at+jwt' }), ANN],
    ['a cty', own({ cty: 'JWT' }), ANN],
    ['unknown members', own({ a: { b: [1, null] } }), ANN],
    ['crit of what we do not know', own({ crit: ['x'], x: 1 }), UNREADABLE],
    ['crit, empty', own({ crit: [] }), UNREADABLE],
    ['crit exp', own({ crit: ['exp'], exp: 1 }), UNREADABLE],
    ['b64 false', own({ b64: false, crit: ['b64'] }), UNREADABLE],
    ['b64 false, not critical', own({ b64: false }), UNREADABLE],
    ['b64 true', own({ b64: true }), ANN],
    ['encrypted', own({ enc: 'A128GCM' }), UNREADABLE],
    ['compressed', own({ zip: 'DEF' }), UNREADABLE],
    ...Object.keys(attacker).map((name) => [`${name} of somebody, signed by us`, own({ [name]: attacker[name] }), ANN]),
    ...Object.keys(attacker).map((name) => [`${name} of somebody, signed by them`,
      token(claims(), { alg: 'RS256', key: keys.rsa, header: { [name]: attacker[name] } }), UNSIGNED]),
    ['jwk of our own kind, signed with it', token(claims(), { key: 'x'.repeat(64), header: { jwk: { kty: 'oct', k: base64('x'.repeat(64)) } } }),
      UNSIGNED],
    ...['nobody', "' OR 1=1 --", '../../../../dev/null', '/proc/self/environ', '', '%00', '{{SECRET}}', '🗝']
      .map((kid) => [`kid ${JSON.stringify(kid)}`, own({ kid }), ANN]),
    ['kid of 8 KiB', own({ kid: 'k'.repeat(8192) }), ANN],
    ['kid with a NUL, which no text of ours holds', own({ kid: 'a\u0000b' }), UNREADABLE],
    ['kid of /dev/null, signed with nothing', token(claims(), { key: '', header: { kid: '../../../../dev/null' } }), UNSIGNED],
    ['alg twice, the good one last', text('{"alg":"none","alg":"HS256"}'), UNREADABLE],
    ['alg twice, the good one first', text('{"alg":"HS256","alg":"none"}'), UNREADABLE],
    ['alg twice, one escaped', text('{"alg":"HS256","\\u0061lg":"none"}'), UNREADABLE],
    ['a key twice, deep inside', text('{"alg":"HS256","x":[{"a":1,"a":2}]}'), UNREADABLE],
    ['ALG instead of alg', text('{"ALG":"HS256"}'), UNREADABLE],
    ['a list', text('["HS256"]'), UNREADABLE],
    ['a text', text('"HS256"'), UNREADABLE],
    ['nothing', text(''), UNREADABLE],
    ['null', text('null'), UNREADABLE],
    ['no JSON', text('{"alg":"HS256"'), UNREADABLE],
    ['something behind it', text('{"alg":"HS256"} x'), UNREADABLE],
    ['two objects', text('{"alg":"HS256"}{}'), UNREADABLE],
    ['a comment', text('{"alg":"HS256"/**/}'), UNREADABLE],
    ['single quotes', text("{'alg':'HS256'}"), UNREADABLE],
    ['a byte order mark', text('\ufeff{"alg":"HS256"}'), UNREADABLE],
    ['blanks', text(' {\n"alg" : "HS256" } '), ANN],
    ['nested a thousand deep', text(`{"alg":"HS256","x":${'['.repeat(1500)}${']'.repeat(1500)}}`), UNREADABLE],
    ['bad UTF-8', token(claims(), { header: { x: 'x' } }).replace(/^[^.]*/, Buffer.from('{"alg":"HS256","x":"\xff"}', 'latin1').toString('base64url')),
      UNREADABLE],
  ]);
  // more than 16 KiB of header
  const long = { kid: 'k'.repeat(13000) };
  await run([['a long kid', own(long), UNREADABLE], ['the same, wrongly signed', token(claims(), { key: 'x', header: long }), UNREADABLE]],
    ['header', 'custom', 'socket', 'rest']);
});

// ---------------------------------------------------------------- claims

test('dates', async () => {
  const at = (name, value) => [`${name} ${typeof value === 'string' ? 'as text' : JSON.stringify(value)}`,
    token(claims({ [name]: value }))];
  const exact = (name, json) => [`${name} ${json}`, token(`{${JSON.stringify(claims({ exp: undefined })).slice(1, -1)},"${name}":${json}}`)];
  const OVER = bad('JWTExpired');
  await run([
    [...at('exp', undefined), ANN],
    [...at('exp', now() + 3600), ANN],
    [...at('exp', now() - 1), OVER],
    [...at('exp', now() - 3600), OVER],
    [...at('exp', 0), OVER],
    [...at('exp', -1), OVER],
    [...exact('exp', '-1e308'), OVER],
    [...exact('exp', '1e308'), ANN],
    [...exact('exp', '1e400'), ANN],
    [...exact('exp', '9223372036854775807'), ANN],
    [...exact('exp', '9223372036854775808'), ANN],
    [...exact('exp', '-9223372036854775809'), OVER],
    [...exact('exp', `${now() + 600}.25`), ANN],
    [...exact('exp', `${now() - 600}.25`), OVER],
    [...exact('exp', `${(now() + 600) / 1e9}e9`), ANN],
    [...at('exp', String(now() + 3600)), BAD_SET],
    [...at('exp', null), BAD_SET],
    [...at('exp', true), BAD_SET],
    [...at('exp', [now() + 3600]), BAD_SET],
    [...at('exp', {}), BAD_SET],
    [...exact('exp', 'NaN'), BAD_SET],
    [...exact('exp', 'Infinity'), BAD_SET],
    [...exact('exp', '0x7fffffff'), BAD_SET],
    [...exact('exp', `0${now() + 600}`), BAD_SET],
    [...at('nbf', now() - 10), ANN],
    [...at('nbf', now() + 3600), bad('JWTNotYetValid')],
    [...at('nbf', '0'), BAD_SET],
    [...at('nbf', null), BAD_SET],
    [...exact('nbf', '1e308'), bad('JWTNotYetValid')],
    [...at('iat', now() - 10), ANN],
    [...at('iat', now() + 3600), bad('JWTIssuedAtFuture')],
    [...at('iat', '0'), BAD_SET],
    [...at('iat', -5), ANN],
  ]);
});

test('dates at the edge of the skew', async () => {
  await configure({ type: 'HS256', key: SECRET, allowed_skew: 60 });
  const at = (name, offset) => [`${name} ${offset} s from now`, token(claims({ [name]: now() + offset }))];
  await run([
    [...at('exp', -50), ANN],
    [...at('exp', -61), bad('JWTExpired')],
    [...at('nbf', 55), ANN],
    [...at('nbf', 75), bad('JWTNotYetValid')],
    [...at('iat', 55), ANN],
    [...at('iat', 75), bad('JWTIssuedAtFuture')],
  ]);
});

test('audience and issuer', async () => {
  await configure({ type: 'HS256', key: SECRET, audience: ['app', 'https://app.example/'], issuer: 'https://id.example/' });
  const of = (aud, iss) => token(claims({ ...(aud !== undefined && { aud }), ...(iss !== undefined && { iss }) }));
  const iss = 'https://id.example/';
  const ELSEWHERE = bad('JWTNotInAudience');
  const OTHERS = bad('JWTNotInIssuer');
  await run([
    ['both', of('app', iss), ANN],
    ['the other audience', of('https://app.example/', iss), ANN],
    ['a list with it', of(['x', 'app'], iss), ANN],
    ['a list without it', of(['x', 'y'], iss), ELSEWHERE],
    ['an empty list', of([], iss), ELSEWHERE],
    ['a list of lists', of([['app']], iss), ELSEWHERE],
    ['a list with a number', of([1, 'app'], iss), ANN],
    ['a part of it', of('ap', iss), ELSEWHERE],
    ['more than it', of('apple', iss), ELSEWHERE],
    ['in capitals', of('APP', iss), ELSEWHERE],
    ['with a blank', of('app ', iss), ELSEWHERE],
    ['with a NUL', of('app\u0000', iss), BAD_SET],
    ['two in one text', of('app,https://app.example/', iss), ELSEWHERE],
    ['no audience', of(undefined, iss), ELSEWHERE],
    ['a number', of(1, iss), BAD_SET],
    ['an object', of({ app: 1 }, iss), BAD_SET],
    ['null', of(null, iss), BAD_SET],
    ['no issuer', of('app', undefined), OTHERS],
    ['another issuer', of('app', 'https://id.example'), OTHERS],
    ['an issuer that begins so', of('app', 'https://id.example/x'), OTHERS],
    ['an issuer in capitals', of('app', 'HTTPS://ID.EXAMPLE/'), OTHERS],
    ['issuers in a list', of('app', [iss]), BAD_SET],
    ['a number as issuer', of('app', 1), BAD_SET],
  ]);
});

test('what a token says of its owner', async () => {
  await configure({ type: 'HS256', key: SECRET });
  const says = (own) => token(claims({}, own));
  const raw = (json) => token(`{"${NAMESPACE}":${json}}`);
  const role = (name) => [['X-Hasura-Role', name]];
  const roles = '"x-hasura-allowed-roles":["customer"],"x-hasura-default-role":"customer"';
  await run([
    ['a role that is allowed', says({ 'x-hasura-employee-id': '3' }), Array.from({ length: 20 }, (_, i) => 1 + 3 * i), role('employee')],
    ['a role that is not', good, WRONG_ROLE, role('manager')],
    ['admin, not allowed', good, WRONG_ROLE, role('admin')],
    ['a role in capitals', good, WRONG_ROLE, role('Customer')],
    ['a role with a blank inside', good, WRONG_ROLE, role('customer employee')],
    ['several roles', good, WRONG_ROLE, role('customer,employee')],
    ['a role that names them all', good, WRONG_ROLE, role('["customer","employee"]')],
    ['no role', good, ANN, role('')],
    ['a default role that is not allowed', says({ 'x-hasura-default-role': 'manager' }), WRONG_ROLE],
    ['the same with a role that is', says({ 'x-hasura-default-role': 'manager' }), ANN, role('customer')],
    ['no allowed roles', says({ 'x-hasura-allowed-roles': [] }), WRONG_ROLE],
    ['x-hasura-role in the token', says({ 'x-hasura-role': 'admin' }), ANN],
    ['x-hasura-admin-secret in the token', says({ 'x-hasura-admin-secret': secret }), ANN],
    ['session variables of the request', good, ANN, [['X-Hasura-Customer-Id', '2'], ['x-hasura-user-id', '2']]],
    ['allowed roles of the request', good, WRONG_ROLE, [...role('manager'), ['X-Hasura-Allowed-Roles', '["manager"]']]],
    ['backend-only permissions of the request', good, ANN, [['X-Hasura-Use-Backend-Only-Permissions', 'true']]],
    ['names in capitals', raw('{"X-Hasura-Allowed-Roles":["customer"],"X-HASURA-DEFAULT-ROLE":"customer","X-Hasura-Customer-ID":"1"}'), ANN],
    ['no allowed-roles', says({ 'x-hasura-allowed-roles': undefined }), NO_ROLE],
    ['no default-role', says({ 'x-hasura-default-role': undefined }), NO_ROLE],
    ['nothing', raw('{}'), NO_ROLE],
    ['no namespace', token({ sub: 'me' }), BAD_CLAIMS],
    ['a namespace of another spelling', token({ 'https://hasura.io/jwt/Claims': hasura() }), BAD_CLAIMS],
    ['the namespace as JSON in a text', raw(JSON.stringify(JSON.stringify(hasura()))), BAD_CLAIMS],
    ...['null', '1', 'true', '[]', '""', `[{${roles}}]`].map((json) => [`the namespace as ${json}`, raw(json), BAD_CLAIMS]),
    ...['"customer"', 'null', '{"customer":1}', '[1]', '[null]', '[["customer"]]', '["customer",true]', '[""]']
      .map((json) => [`allowed roles as ${json}`, raw(`{"x-hasura-allowed-roles":${json},"x-hasura-default-role":"customer"}`), BAD_CLAIMS]),
    ...['["customer"]', 'null', '1', '{}', '""']
      .map((json) => [`a default role as ${json}`, raw(`{"x-hasura-allowed-roles":["customer"],"x-hasura-default-role":${json}}`), BAD_CLAIMS]),
    ...['1', 'true', 'null', '[]', '["1"]', '{}', '1.5', '{"x":"1"}']
      .map((json) => [`a variable as ${json}`, raw(`{${roles},"x-hasura-customer-id":${json}}`), BAD_CLAIMS]),
    ['a variable that has another prefix', raw(`{${roles},"x-hasura-customer-id":"1","customer-id":5,"x-other":[]}`), ANN],
    ['a variable twice', raw(`{${roles},"x-hasura-customer-id":"1","x-hasura-customer-id":"2"}`), BAD_SET],
    ['a variable twice, in capitals', raw(`{${roles},"x-hasura-customer-id":"1","X-Hasura-Customer-Id":"2"}`), BAD_CLAIMS],
    ['allowed roles twice', raw(`{${roles},"x-hasura-allowed-roles":["admin"],"x-hasura-customer-id":"1"}`), BAD_SET],
    ['exp twice', token(`{"exp":1,"exp":${now() + 600},"${NAMESPACE}":{${roles},"x-hasura-customer-id":"1"}}`), BAD_SET],
    ['exp twice, one escaped', token(`{"exp":${now() + 600},"\\u0065xp":1,"${NAMESPACE}":{${roles},"x-hasura-customer-id":"1"}}`), BAD_SET],
    ['the namespace twice', token(`{"${NAMESPACE}":{},"${NAMESPACE}":{${roles},"x-hasura-customer-id":"1"}}`), BAD_SET],
    ['a key twice, somewhere else', token(`{"a":{"b":1,"b":1},"${NAMESPACE}":{${roles},"x-hasura-customer-id":"1"}}`), BAD_SET],
    ['sub as a number', token(claims({ sub: 1 })), BAD_SET],
    ['jti as a list', token(claims({ jti: [] })), BAD_SET],
    ['jti', token(claims({ jti: 'x' })), ANN],
    ['a list', token('[]'), BAD_SET],
    ['null', token('null'), BAD_SET],
    ['a text', token('"me"'), BAD_SET],
    ['no JSON', token('{'), BAD_SET],
    ['an empty payload', token(''), BAD_SET],
    ['something behind it', token(`${JSON.stringify(claims())}x`), BAD_SET],
    ['a NUL in it', token(`${JSON.stringify(claims())}\u0000`), BAD_SET],
    ['bad UTF-8', token(Buffer.from(`{"x":"\xc3\x28","${NAMESPACE}":{${roles}}}`, 'latin1')), BAD_SET],
    ['nested a thousand deep', token(`{"x":${'['.repeat(1500)}${']'.repeat(1500)},"${NAMESPACE}":{${roles}}}`), BAD_SET],
    ['unicode everywhere', token(claims({ 'näme': '名前' }, { 'x-hasura-ünï': '🦊' })), ANN],
  ]);
});

// Variables are values: whatever they hold, they reach the database as parameters.
test('variables that are no number', async () => {
  for (const value of ['}{,"', "1' OR '1'='1", '{1,2}', '1); DROP TABLE customer; --', '$1', '\\', '"', ' ']) {
    for (const door of Object.keys(doors)) {
      const got = await doors[door](token(claims({}, { 'x-hasura-customer-id': value })), []);
      assert.equal(got.rows, undefined, `${door} ${value}`);
      assert.equal(got.code, 'data-exception', `${door} ${JSON.stringify(got)}`);
      counts.checks += 1;
    }
    counts.cases += 1;
  }
});

test('sizes', async () => {
  const sized = (size) => token(claims({ fill: 'f'.repeat(Math.floor(size * 0.75) - 400) }));
  const wrongly = (size) => `${sized(size).slice(0, -20)}${'A'.repeat(20)}`;
  const both = (size) => [[`${size} bytes`, sized(size), ANN], [`${size} bytes, wrongly signed`, wrongly(size), UNSIGNED]];
  await run(both(8192));
  // cookies count twice in gqle.max_total_header_length
  await run(both(20480), ['header', 'custom', 'socket', 'rest']);
  await run(both(61440), ['socket']);
  // before it is known who speaks, messages are small, too
  for (const size of [65536, 1048576]) {
    for (const door of ['header', 'cookie', 'custom', 'rest']) {
      assert.equal((await doors[door](sized(size), [])).status, 431, `${size} at ${door}`);
    }
    // the code is lost when the end of the connection overtakes what is still being sent
    const { close, rows, message } = await doors.socket(sized(size + 500), []);
    assert.ok([1009, 1006].includes(close), String(close));
    assert.deepEqual([rows, message], [undefined, undefined]);
  }
});

test('what is no bearer of a token', async () => {
  const told = refused('invalid-headers', 'Malformed Authorization header');
  for (const value of ['', 'Bearer', 'Bearer ', `bearer ${good}`, `BEARER ${good}`, `Basic ${good}`, `Bearer${good}`, good, `Bearer ${good} x`,
    `Bearer ${good}, Bearer ${good}`, `Token ${good}`]) {
    check(value, 'header', told, await post([['Authorization', value]]));
    check(value, 'rest', told, await rest([['Authorization', value]]));
    check(value, 'socket', told, await socket([['Authorization', value]]));
    counts.cases += 1;
  }
  const other = token(claims({ more: 1 }));
  const several = refused('invalid-headers', 'Could not verify JWT: Multiple JWTs found');
  check('two cookies', 'cookie', several, await post([['Cookie', `token=${good}; token=${other}`]]));
  check('two headers', 'custom', several, await post([['X-Token', good], ['X-Token', other]]));
  check('header and cookie', 'header', several, await post([['Authorization', `Bearer ${good}`], ['Cookie', `token=${other}`]]));
  check('the same in both', 'header', ANN, await post([['Authorization', `Bearer ${good}`], ['Cookie', `token=${good}`]]));
  check('cookie of a longer name', 'cookie', refused('invalid-headers', 'Missing'), await post([['Cookie', `xtoken=${good}`]]));
  check('a wrong secret beside', 'header', { ...refused('access-denied', 'invalid "x-hasura-admin-secret"'), status: 401 },
    await post([['Authorization', `Bearer ${good}`], ['X-Hasura-Admin-Secret', 'wrong']]));
  counts.cases += 6;
});

// ---------------------------------------------------------------- keys

test('an RSA key', async () => {
  for (const [what, key] of [['PEM', pem(keys.rsa)], ['an old certificate', certificate(keys.rsa)]]) {
    await configure({ type: 'RS256', key });
    const of = (alg, pair = keys.rsa, more = {}) => token(claims(), { alg, key: pair, ...more });
    await run([
      ...['RS256', 'RS384', 'RS512'].map((alg) => [`${what}: ${alg}`, of(alg), ANN]),
      ...['PS256', 'PS384', 'PS512'].map((alg) => [`${what}: ${alg}`, of(alg), UNSIGNED]),
      [`${what}: another key`, of('RS256', keys.otherRsa), UNSIGNED],
      [`${what}: its name for another's`, of('ES256', keys.p256, { header: { alg: 'RS256' } }), UNSIGNED],
      [`${what}: another's name for it`, of('RS256', keys.rsa, { header: { alg: 'ES256' } }), UNSIGNED],
      [`${what}: a changed signature`, of('RS256', keys.rsa, { sign: (t) => { const s = signature('RS256', keys.rsa, t); s[9] ^= 1; return s; } }), UNSIGNED],
      [`${what}: zeroes`, of('RS256', keys.rsa, { sign: () => Buffer.alloc(256) }), UNSIGNED],
      [`${what}: one`, of('RS256', keys.rsa, { sign: () => Buffer.concat([Buffer.alloc(255), Buffer.from([1])]) }), UNSIGNED],
      [`${what}: without its zero byte before`, of('RS256', keys.rsa, { sign: (t) => Buffer.concat([Buffer.alloc(1), signature('RS256', keys.rsa, t)]) }),
        UNSIGNED],
      [`${what}: cut`, of('RS256', keys.rsa, { sign: (t) => signature('RS256', keys.rsa, t).subarray(0, 255) }), UNSIGNED],
    ]);
    const spelt = [key, key.trimEnd(), ` ${key}`, key.replaceAll('\n', '\r\n'), key.replace(/-----[^-]+-----/g, '').trim(),
      Buffer.from(key.replace(/-----[^-]+-----/g, ''), 'base64'), keys.rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }),
      Buffer.from(jwk(keys.rsa).n, 'base64url'), jwk(keys.rsa).n, JSON.stringify(jwk(keys.rsa)), ''];
    await run(['HS256', 'HS384', 'HS512'].flatMap((alg) => spelt.map((text, i) => [`${what}: ${alg} signed with the key, spelling ${i}`,
      of(alg, text), UNSIGNED])));
  }
});

test('keys of other kinds', async () => {
  const kinds = [['PS256', 'rsa', ['PS256', 'PS384', 'PS512'], ['RS256']], ['ES256', 'p256', ['ES256'], ['ES384', 'ES512']],
    ['ES384', 'p384', ['ES384'], ['ES256']], ['ES512', 'p521', ['ES512'], ['ES384']], ['Ed25519', 'ed25519', ['EdDSA'], []]];
  for (const [type, name, right, wrong] of kinds) {
    const key = keys[name];
    await configure({ type, key: pem(key) });
    await run([
      ...right.map((alg) => [`${type}: ${alg}`, token(claims(), { alg, key }), ANN]),
      ...wrong.map((alg) => [`${type}: signed as ${alg}`, token(claims(), { alg, key }), UNSIGNED]),
      [`${type}: signed by a secret that is the key`, token(claims(), { key: pem(key) }), UNSIGNED],
      [`${type}: RS256`, token(claims(), { alg: 'RS256', key: keys.otherRsa }), UNSIGNED],
    ]);
  }
  await configure({ type: 'ES256', key: pem(keys.p256) });
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
  const es = (sign) => token(claims(), { alg: 'ES256', key: keys.p256, sign });
  const made = (t) => signature('ES256', keys.p256, t);
  const zero = Buffer.alloc(32);
  await run([
    ['r and s zero', es(() => Buffer.alloc(64)), UNSIGNED],
    ['r zero', es((t) => Buffer.concat([zero, made(t).subarray(32)])), UNSIGNED],
    ['s zero', es((t) => Buffer.concat([made(t).subarray(0, 32), zero])), UNSIGNED],
    ['r the order', es((t) => Buffer.concat([order, made(t).subarray(32)])), UNSIGNED],
    ['s the order', es((t) => Buffer.concat([made(t).subarray(0, 32), order])), UNSIGNED],
    ['all ones', es(() => Buffer.alloc(64, 255)), UNSIGNED],
    ['r and s changed about', es((t) => Buffer.concat([made(t).subarray(32), made(t).subarray(0, 32)])), UNSIGNED],
    ['DER', es((t) => signature('ES256', keys.p256, t, 'der')), UNSIGNED],
    ['a byte less', es((t) => made(t).subarray(0, 63)), UNSIGNED],
    ['a byte more', es((t) => Buffer.concat([made(t), Buffer.alloc(1)])), UNSIGNED],
    ['half of it', es((t) => made(t).subarray(0, 32)), UNSIGNED],
    ['of ES384\'s length', es((t) => Buffer.concat([Buffer.alloc(16), made(t).subarray(0, 32), Buffer.alloc(16), made(t).subarray(32)])), UNSIGNED],
    ['another key', token(claims(), { alg: 'ES256', key: keys.otherP256 }), UNSIGNED],
    ['secp256k1', token(claims(), { alg: 'ES256', key: keys.k256 }), UNSIGNED],
  ]);
});

// ---------------------------------------------------------------- where claims are

test('claims at other places', async () => {
  const config = { type: 'HS256', key: SECRET };
  const own = hasura();
  await configure({ ...config, claims_format: 'stringified_json' });
  await run([
    ['a text of JSON', token({ [NAMESPACE]: JSON.stringify(own) }), ANN],
    ['an object', token({ [NAMESPACE]: own }), BAD_CLAIMS],
    ['a text of no JSON', token({ [NAMESPACE]: '{' }), BAD_CLAIMS],
    ['a text of a list', token({ [NAMESPACE]: '[]' }), BAD_CLAIMS],
    ['a text of a text', token({ [NAMESPACE]: JSON.stringify(JSON.stringify(own)) }), BAD_CLAIMS],
    ['a key twice in it', token({ [NAMESPACE]: '{"x-hasura-allowed-roles":["customer"],"x-hasura-default-role":"customer","x-hasura-customer-id":"1","x-hasura-customer-id":"2"}' }),
      BAD_CLAIMS],
  ]);
  await configure({ ...config, claims_namespace_path: "$.apps['my app'].claims[1]" });
  await run([
    ['along a path', token({ apps: { 'my app': { claims: [0, own] } } }), ANN],
    ['a path that ends before', token({ apps: { 'my app': { claims: [own] } } }), BAD_CLAIMS],
    ['a path that finds a text', token({ apps: { 'my app': { claims: [0, 'x'] } } }), BAD_CLAIMS],
    ['the usual place', token({ [NAMESPACE]: own }), BAD_CLAIMS],
  ]);
  await configure({ ...config, claims_namespace_path: '$' });
  await run([['at the top', token({ ...own, exp: now() + 60 }), ANN], ['not at the top', token({ [NAMESPACE]: own }), NO_ROLE]]);
  await configure({ ...config, claims_map: {
    'x-hasura-allowed-roles': { path: '$.groups', default: ['customer'] }, 'x-hasura-default-role': { path: '$.groups[0]', default: 'customer' },
    'x-hasura-customer-id': { path: "$['https://shop.example/id']" }, 'x-hasura-shop': 'main',
  } });
  const id = { 'https://shop.example/id': '1' };
  await run([
    ['mapped', token({ groups: ['customer', 'employee'], ...id }), ANN],
    ['mapped, by default', token(id), ANN],
    ['mapped, another role', token({ groups: ['clerk'], ...id }), WRONG_ROLE, [['x-hasura-role', 'customer']]],
    ['mapped, no list', token({ groups: 'customer', ...id }), BAD_CLAIMS],
    ['mapped, not there', token({ groups: ['customer'] }), BAD_CLAIMS],
    ['mapped, a number', token({ groups: ['customer'], 'https://shop.example/id': 1 }), BAD_CLAIMS],
    ['mapped, and the usual place', token({ groups: ['customer'], ...id, [NAMESPACE]: hasura({ 'x-hasura-customer-id': '2' }) }), ANN],
  ]);
});
