// Both GraphQL WebSocket protocols: their own clients, and every way to be closed.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { createClient } from 'graphql-ws';
import transport from 'subscriptions-transport-ws';
import { url, secret, query, metadata, runSql, post, connect } from './lib.mjs';
import { Talk, MODERN, APOLLO, base, init, sleep } from './talk.mjs';

const { SubscriptionClient } = transport;
const endpoint = `${base}/v1/graphql`;

before(async () => {
  await runSql('DROP SCHEMA IF EXISTS socket CASCADE; CREATE SCHEMA socket;'
    + ' CREATE TABLE socket.item (id integer PRIMARY KEY, owner text, n integer);'
    + " INSERT INTO socket.item VALUES (1, 'ann', 0), (2, 'bob', 0);"
    + ' CREATE VIEW socket.slow AS SELECT 1 AS id, pg_sleep(1.5)::text AS slept;'
    + " CREATE VIEW socket.large AS SELECT g AS id, repeat('x', 1000) AS filler FROM generate_series(1, 2000) AS g;"
    + ' CREATE VIEW socket.broken AS SELECT id, 1 / n AS inverse FROM socket.item');
  for (const name of ['item', 'slow', 'large', 'broken']) {
    assert.equal((await metadata('pg_track_table', { source: 'default', table: { schema: 'socket', name } })).status, 200);
  }
  const { status } = await metadata('pg_create_select_permission', {
    source: 'default', table: { schema: 'socket', name: 'item' }, role: 'owner',
    permission: { columns: ['id', 'n'], filter: { owner: { _eq: 'X-Hasura-Name' } } },
  });
  assert.equal(status, 200);
});

after(async () => {
  await runSql('DROP SCHEMA socket CASCADE');
});

const reason = (text) => JSON.stringify({ server_error_msg: text });

for (const protocol of [MODERN, APOLLO]) {
  const modern = protocol === MODERN;

  test(`${protocol}: queries and mutations end with complete`, async () => {
    const talk = await Talk.ready(protocol);
    talk.start('a', 'query ($id: Int!) { genre_by_pk(id: $id) { name } }', { id: 5 });
    assert.deepEqual(await talk.data('a'), { genre_by_pk: { name: 'Jazz' } });
    assert.deepEqual(await talk.next(), { type: 'complete', id: 'a' });
    talk.start('a', 'mutation { update_socket_item_by_pk(pk_columns: {id: 2}, _inc: {n: 1}) { id } }');
    assert.deepEqual(await talk.data('a'), { update_socket_item_by_pk: { id: 2 } });
    assert.deepEqual(await talk.next(), { type: 'complete', id: 'a' });
    talk.close();
  });

  test(`${protocol}: operations run side by side; what follows a mutation sees it`, async () => {
    const talk = await Talk.ready(protocol);
    talk.start('slow', '{ socket_slow { id } }');
    talk.start('fast', '{ genre_by_pk(id: 1) { id } }');
    assert.deepEqual(await talk.data('fast'), { genre_by_pk: { id: 1 } });
    assert.equal((await talk.next()).type, 'complete');
    for (let i = 0; i < 20; i++) {
      talk.start('m', `mutation { update_socket_item_by_pk(pk_columns: {id: 2}, _set: {n: ${i + 100}}) { n } }`);
      talk.start('q', '{ socket_item_by_pk(id: 2) { n } }');
      const got = [];
      while (got.length < 4) {
        const message = await talk.next();
        if (message.id !== 'slow') {
          got.push([message.id, message.type, message.payload?.data?.socket_item_by_pk?.n]);
        }
      }
      assert.deepEqual(got[2].slice(0, 1).concat(got[2][2]), ['q', i + 100]);
    }
    talk.close();
  });

  test(`${protocol}: an invalid operation is an error, and the connection goes on`, async () => {
    const talk = await Talk.ready(protocol);
    const error = { message: "field 'nothing' not found in type: 'query_root'",
      extensions: { path: '$.selectionSet.nothing', code: 'validation-failed' } };
    talk.start('1', '{ nothing }');
    assert.deepEqual(await talk.next(), { type: 'error', id: '1', payload: modern ? [error] : { errors: [error] } });
    await talk.failed('1');
    talk.start('1', '{ __typename }');
    assert.deepEqual(await talk.data('1'), { __typename: 'query_root' });
    talk.close();
  });

  test(`${protocol}: an operation that fails while it runs`, async () => {
    const talk = await Talk.ready(protocol);
    await runSql('UPDATE socket.item SET n = 0 WHERE id = 1');
    talk.start('1', '{ socket_broken { inverse } }');
    const message = await talk.next();
    if (modern) {
      assert.equal(message.type, 'error');
      assert.equal(message.payload.length, 1);
    } else {
      assert.equal(message.type, 'data');
      assert.equal(message.payload.data, null);
      assert.equal(message.payload.errors.length, 1);
    }
    await talk.failed('1');
    talk.close();
  });

  test(`${protocol}: a subscription tells changes only, until it is stopped`, async () => {
    const talk = await Talk.ready(protocol);
    await runSql('UPDATE socket.item SET n = 1 WHERE id = 1');
    talk.start('s', 'subscription { socket_item_by_pk(id: 1) { n } }');
    assert.deepEqual(await talk.data('s'), { socket_item_by_pk: { n: 1 } });
    await talk.silence(2300);
    await runSql('UPDATE socket.item SET n = 2 WHERE id = 1');
    assert.deepEqual(await talk.data('s'), { socket_item_by_pk: { n: 2 } });
    talk.stop('s');
    await sleep(100);
    await runSql('UPDATE socket.item SET n = 3 WHERE id = 1');
    await talk.silence(1500);
    talk.start('s', 'subscription { socket_item_by_pk(id: 1) { n } }');
    assert.deepEqual(await talk.data('s'), { socket_item_by_pk: { n: 3 } });
    talk.close();
  });

  test(`${protocol}: subscribers of one query get what their own session may see`, async () => {
    await runSql('UPDATE socket.item SET n = 10 + id');
    const text = 'subscription { socket_item { id n } }';
    const ann = await Talk.ready(protocol, { 'x-hasura-role': 'owner', 'x-hasura-name': 'ann' });
    const bob = await Talk.ready(protocol, { 'x-hasura-role': 'owner', 'x-hasura-name': 'bob' });
    ann.start('1', text);
    bob.start('1', text);
    assert.deepEqual(await ann.data('1'), { socket_item: [{ id: 1, n: 11 }] });
    assert.deepEqual(await bob.data('1'), { socket_item: [{ id: 2, n: 12 }] });
    await runSql('UPDATE socket.item SET n = 20 WHERE id = 1');
    assert.deepEqual(await ann.data('1'), { socket_item: [{ id: 1, n: 20 }] });
    await bob.silence(1500);
    ann.close();
    bob.close();
  });

  test(`${protocol}: a subscription whose answer becomes an error`, async () => {
    const talk = await Talk.ready(protocol);
    await runSql('UPDATE socket.item SET n = 1');
    talk.start('1', 'subscription { socket_broken(order_by: {id: asc}) { inverse } }');
    assert.deepEqual(await talk.data('1'), { socket_broken: [{ inverse: 1 }, { inverse: 1 }] });
    await runSql('UPDATE socket.item SET n = 0 WHERE id = 1');
    const message = await talk.next();
    assert.equal(message.type, modern ? 'error' : 'data');
    await runSql('UPDATE socket.item SET n = 1 WHERE id = 1');
    if (modern) {
      await talk.silence(1500);     // its protocol knows no results after an error
    } else {
      assert.deepEqual(await talk.data('1'), { socket_broken: [{ inverse: 1 }, { inverse: 1 }] });
    }
    talk.close();
  });

  test(`${protocol}: subscriptions select one root field, and not __typename`, async () => {
    const talk = await Talk.ready(protocol);
    for (const [text, expected] of [
      ['subscription { socket_item { id } genre { name } }', 'subscriptions must select one top level field'],
      ['subscription { __typename }', 'Introspection at root field level is not supported over subscriptions'],
    ]) {
      talk.start('1', text);
      const { type, payload } = await talk.next();
      assert.equal(type, 'error');
      assert.equal((modern ? payload : payload.errors)[0].message, expected);
      await talk.failed('1');
    }
    talk.close();
  });

  test(`${protocol}: refused credentials close the connection`, async () => {
    const talk = await Talk.open(protocol);
    talk.send({ type: 'connection_init', payload: { headers: { 'x-hasura-admin-secret': 'wrong' } } });
    const message = 'invalid "x-hasura-admin-secret"/"x-hasura-access-key"';
    if (modern) {
      assert.deepEqual(await talk.closed, [4403, reason('4403: Forbidden')]);
    } else {
      assert.deepEqual(await talk.next(), { type: 'connection_error', payload: message });
      const [code, text] = await talk.closed;
      assert.equal(code, 4400);
      assert.match(JSON.parse(text).server_error_msg, /^4400: Connection initialization failed: invalid "x-hasura-admin-secret"/);
    }
  });

  test(`${protocol}: credentials of the handshake count, those of connection_init more`, async () => {
    const headers = { 'x-hasura-admin-secret': secret, 'x-hasura-role': 'owner', 'x-hasura-name': 'bob' };
    const talk = await Talk.open(protocol, { headers });
    await runSql('UPDATE socket.item SET n = 5');
    talk.send({ type: 'connection_init' });
    assert.equal((await talk.next()).type, 'connection_ack');
    talk.start('1', '{ socket_item { id } }');
    assert.deepEqual(await talk.data('1'), { socket_item: [{ id: 2 }] });
    await talk.next();
    talk.send({ type: 'connection_init', payload: { headers: { 'x-hasura-name': 'ann' } } });
    assert.equal((await talk.next()).type, 'connection_ack');
    talk.start('1', '{ socket_item { id } }');
    assert.deepEqual(await talk.data('1'), { socket_item: [{ id: 1 }] });
    talk.close();
  });

  test(`${protocol}: connection_init has to come in time`, async () => {
    const began = Date.now();
    const talk = await Talk.open(protocol);
    assert.deepEqual(await talk.closed, [modern ? 4408 : 1011, 'Connection initialisation timed out']);
    assert.ok(Date.now() - began > 2500);
  });

  test(`${protocol}: a start before connection_init`, async () => {
    const talk = await Talk.open(protocol);
    const message = 'start received before the connection is initialised';
    talk.start('1', '{ __typename }');
    assert.deepEqual(await talk.next(), { type: 'error', id: '1', payload: { error: message, path: '$', code: 'start-failed' } });
    await talk.failed('1');
    if (modern) {
      assert.deepEqual(await talk.closed, [1000, reason(`4400: ${message}`)]);
    } else {
      talk.send(init);
      assert.equal((await talk.next()).type, 'connection_ack');
      talk.close();
    }
  });

  test(`${protocol}: an id that is taken`, async () => {
    const talk = await Talk.ready(protocol);
    const message = 'an operation already exists with this id: same';
    talk.start('same', '{ socket_slow { id } }');
    talk.start('same', '{ __typename }');
    assert.deepEqual(await talk.next(), { type: 'error', id: 'same', payload: { error: message, path: '$', code: 'start-failed' } });
    await talk.failed('same');
    if (modern) {
      assert.deepEqual(await talk.closed, [1000, reason(`4400: ${message}`)]);
    } else {
      assert.deepEqual(await talk.data('same'), { socket_slow: [{ id: 1 }] });
      talk.close();
    }
  });

  for (const [what, text] of [['no JSON', '{'], ['no object', '[]'], ['an unknown type', '{"type":"test"}'],
    ['a stop without id', '{"type":"stop"}'], ['a start without query', '{"type":"start","id":"1","payload":{}}']]) {
    test(`${protocol}: a message that is ${what}`, async () => {
      const talk = await Talk.ready(protocol);
      talk.send(text);
      if (modern) {
        const [code, why] = await talk.closed;
        assert.equal(code, 4400);
        assert.match(JSON.parse(why).server_error_msg, /^4400: Parsing client message failed: /);
      } else {
        const message = await talk.next();
        assert.equal(message.type, 'connection_error');
        assert.match(message.payload, /^parsing ClientMessage failed: /);
        talk.start('1', '{ __typename }');
        await talk.data('1');
        talk.close();
      }
    });
  }

  test(`${protocol}: connection_terminate, ping and an unknown id`, async () => {
    const talk = await Talk.ready(protocol);
    talk.stop('nobody');
    talk.kept = [];
    talk.send({ type: 'ping', payload: { a: [1] } });
    await talk.silence(200);
    assert.deepEqual(talk.kept, modern ? [{ type: 'pong', payload: { a: [1] } }] : []);
    talk.send({ type: 'connection_terminate' });
    assert.deepEqual(await talk.closed, [1000, 'GQL_CONNECTION_TERMINATE received']);
  });

  test(`${protocol}: keep-alive messages`, async () => {
    const talk = await Talk.ready(protocol);
    await sleep(5600);
    const expected = modern ? { type: 'ping', payload: { message: 'keepalive' } } : { type: 'ka' };
    assert.ok(talk.kept.length >= 2, `${talk.kept.length} messages`);
    talk.kept.forEach((k) => assert.deepEqual(k, expected));
    talk.close();
  });

  test(`${protocol}: a change of metadata closes with 1012, /v2/query does not`, async () => {
    const talk = await Talk.ready(protocol);
    await runSql('SELECT 1');
    await metadata('export_metadata', {});
    await talk.silence(300);
    await metadata('pg_set_table_customization', { source: 'default', table: { schema: 'socket', name: 'slow' }, configuration: {} });
    assert.deepEqual(await talk.closed, [1012, 'Server state changed, restarting the server']);
  });

  test(`${protocol}: a client that does not read is not waited for`, async () => {
    const talk = await Talk.ready(protocol);
    const other = await Talk.ready(protocol);
    talk.socket.pause();
    for (let i = 0; i < 200; i++) {
      talk.start(`l${i}`, '{ socket_large { filler } }');
    }
    const began = Date.now();
    for (let i = 0; i < 20; i++) {
      other.start('1', '{ genre_by_pk(id: 1) { id } }');
      await other.data('1');
      await other.next();
    }
    assert.ok(Date.now() - began < 4000, `${Date.now() - began} ms`);
    talk.socket.resume();
    let n = 0;
    while (n < 200) {
      const message = await talk.next(20000);
      assert.notEqual(message.type, 'error', JSON.stringify(message).slice(0, 300));
      n += message.type === 'complete';
    }
    talk.close();
    other.close();
  });
}

test('the older endpoint shows errors flat', async () => {
  const talk = await Talk.ready(APOLLO, {}, { path: '/v1alpha1/graphql' });
  talk.start('1', '{ nothing }');
  assert.deepEqual((await talk.next()).payload, { error: "field 'nothing' not found in type: 'query_root'",
    path: '$.selectionSet.nothing', code: 'validation-failed' });
  talk.close();
});

// The answer to a handshake by hand.
async function handshake(path, headers) {
  const socket = connect();
  const all = { Host: 'x', Upgrade: 'websocket', Connection: 'keep-alive, Upgrade', 'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers };
  const lines = Object.entries(all).filter(([, v]) => v !== undefined).map(([k, v]) => `${k}: ${v}`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  let text = '';
  socket.on('data', (d) => { text += d.toString('latin1'); });
  await sleep(300);
  socket.destroy();
  return text;
}

test('handshake: key, sub-protocol, paths', async () => {
  const ok = await handshake('/v1/graphql', {});
  assert.match(ok, /^HTTP\/1\.1 101 /);
  assert.match(ok, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i);
  assert.match(ok, /sec-websocket-protocol: graphql-ws\r\n/i);
  assert.match(await handshake('/v1/graphql?x=1', { 'Sec-WebSocket-Protocol': MODERN }), /sec-websocket-protocol: graphql-transport-ws\r\n/i);
  assert.match(await handshake('/v1/graphql', { 'Sec-WebSocket-Protocol': `${MODERN}, ${APOLLO}` }), /sec-websocket-protocol: graphql-ws\r\n/i);
  const missing = await handshake('/v2/graphql', {});
  assert.match(missing, /^HTTP\/1\.1 404 /);
  assert.ok(missing.includes("only '/v1/graphql', '/v1alpha1/graphql' and '/v1beta1/relay' are supported on websockets"));
  assert.match(await handshake('/v1/graphql', { 'Sec-WebSocket-Key': 'short' }), /^HTTP\/1\.1 400 /);
  assert.match(await handshake('/v1/graphql', { Connection: 'close' }), /^HTTP\/1\.1 400 /);
  const old = await handshake('/v1/graphql', { 'Sec-WebSocket-Version': '8' });
  assert.match(old, /^HTTP\/1\.1 426 /);
  assert.match(old, /sec-websocket-version: 13\r\n/i);
});

test('frames: unmasked, reserved, bad UTF-8, too large', async () => {
  const masked = (opcode, payload) => Buffer.concat([Buffer.from([opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
  for (const [bytes, code] of [
    [Buffer.from([0x81, 2, 0x7b, 0x7d]), 1002],
    [masked(0x83, Buffer.from('x')), 1002],
    [masked(0xc1, Buffer.from('x')), 1002],
    [masked(0x81, Buffer.from([0xff, 0xfe])), 1007],
    [Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x7b]), 1009],
  ]) {
    const socket = connect();
    socket.write('GET /v1/graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
      + 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
    let all = Buffer.alloc(0);
    socket.on('data', (d) => { all = Buffer.concat([all, d]); });
    await sleep(150);
    all = Buffer.alloc(0);
    socket.write(bytes);
    await sleep(150);
    socket.destroy();
    assert.equal(all[0], 0x88, `${code}: ${all.toString('hex')}`);
    assert.equal(all.readUInt16BE(2), code);
  }
});

test('messages sent with the handshake in one segment are answered', async () => {
  const payload = Buffer.from('{"type":"ping"}');
  const socket = connect();
  let text = '';
  socket.on('data', (d) => { text += d.toString('latin1'); });
  socket.write(Buffer.concat([Buffer.from('GET /v1/graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    + `Sec-WebSocket-Protocol: ${MODERN}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`),
  Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  await sleep(300);
  socket.destroy();
  assert.ok(text.includes('{"type":"pong"}'), text);
});

test('graphql-ws: queries, subscriptions, errors', async () => {
  const client = createClient({ url: endpoint, webSocketImpl: WebSocket, connectionParams: init.payload, retryAttempts: 0 });
  const first = (text) => new Promise((resolve, reject) => {
    let result;
    client.subscribe({ query: text }, { next: (r) => { result = r; }, error: reject, complete: () => resolve(result) });
  });
  assert.deepEqual(await first('{ genre_by_pk(id: 5) { name } }'), { data: { genre_by_pk: { name: 'Jazz' } } });
  await assert.rejects(first('{ nothing }'), (errors) => errors[0].extensions.code === 'validation-failed');
  await runSql('UPDATE socket.item SET n = 1');
  const results = client.iterate({ query: 'subscription { socket_item_by_pk(id: 1) { n } }' });
  assert.equal((await results.next()).value.data.socket_item_by_pk.n, 1);
  await runSql('UPDATE socket.item SET n = 2');
  assert.equal((await results.next()).value.data.socket_item_by_pk.n, 2);
  await results.return();
  await client.dispose();
});

test('subscriptions-transport-ws: queries, subscriptions, errors', async () => {
  const client = new SubscriptionClient(endpoint, { connectionParams: init.payload, reconnect: false }, WebSocket);
  const first = (text) => new Promise((resolve, reject) => {
    client.request({ query: text }).subscribe({ next: resolve, error: reject });
  });
  assert.deepEqual(await first('{ genre_by_pk(id: 5) { name } }'), { data: { genre_by_pk: { name: 'Jazz' } } });
  await assert.rejects(first('{ nothing }'));
  await runSql('UPDATE socket.item SET n = 1');
  const seen = [];
  const subscription = client.request({ query: 'subscription { socket_item_by_pk(id: 1) { n } }' })
    .subscribe({ next: (r) => seen.push(r.data.socket_item_by_pk.n) });
  await sleep(500);
  await runSql('UPDATE socket.item SET n = 2');
  await sleep(1700);
  subscription.unsubscribe();
  assert.deepEqual(seen, [1, 2]);
  client.close();
});

test('a subscription over HTTP is refused', async () => {
  const { json } = await post('/v1/graphql', { query: 'subscription { socket_item { id } }' });
  assert.equal(json.errors[0].message, 'subscriptions are not supported over HTTP, use websockets instead');
});

test('a client that leaves takes its operations along', async () => {
  const talk = await Talk.ready(MODERN);
  talk.start('1', '{ socket_slow { id } }');
  await sleep(200);
  talk.socket.terminate();
  await sleep(300);
  const running = await query('{ genre_by_pk(id: 1) { id } }');
  assert.deepEqual(running, { genre_by_pk: { id: 1 } });
});
