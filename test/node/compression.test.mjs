// permessage-deflate: agreed upon only when it is offered and configured; what
// is compressed is bounded like everything else.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import WebSocket from 'ws';
import { createClient } from 'graphql-ws';
import { url, secret, connect, psql } from './lib.mjs';

const endpoint = `${url.replace(/^http/, 'ws')}/v1/graphql`;
const MODERN = 'graphql-transport-ws';
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const setting = async (value) => {
  psql(`ALTER SYSTEM SET gqle.connection_compression = ${value}`);
  psql('SELECT pg_reload_conf()');
  await sleep(700);
};

before(() => setting('on'));
after(() => setting('off'));

// What the server answers to an offer.
async function agreed(offer) {
  const reply = await new Promise((resolve) => {
    const socket = connect(() => socket.write('GET /v1/graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
      + `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${offer ? `Sec-WebSocket-Extensions: ${offer}\r\n` : ''}\r\n`));
    socket.once('data', (d) => { socket.destroy(); resolve(d.toString('latin1')); });
  });
  assert.match(reply, /^HTTP\/1\.1 101 /);
  return reply.match(/sec-websocket-extensions: (.*)\r\n/i)?.[1];
}

test('offers that are accepted, and those that are not', async () => {
  const answer = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
  for (const offer of ['permessage-deflate', 'permessage-deflate; client_max_window_bits', 'permessage-deflate;client_max_window_bits=10',
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover', 'permessage-deflate; server_max_window_bits="15"',
    'x-webkit-deflate-frame, permessage-deflate', 'permessage-deflate; server_max_window_bits=9, permessage-deflate']) {
    assert.equal(await agreed(offer), answer, offer);
  }
  for (const offer of [undefined, 'deflate', 'permessage-deflate; server_max_window_bits=9', 'permessage-deflate; server_max_window_bits',
    'permessage-deflate; client_max_window_bits=16', 'permessage-deflate; client_max_window_bits=08', 'permessage-deflate; unknown',
    'permessage-deflate; server_no_context_takeover=1', 'permessage-deflate; client_max_window_bits; client_max_window_bits',
    'permessage-deflate; "', ';;,=', 'permessage-deflate-x']) {
    assert.equal(await agreed(offer), undefined, offer);
  }
});

test('both clients of the protocols, with and without compression', async () => {
  for (const perMessageDeflate of [true, false, { threshold: 0 }]) {
    class Socket extends WebSocket {
      constructor(address, protocols) { super(address, protocols, { perMessageDeflate }); }
    }
    let extensions;
    const client = createClient({ url: endpoint, webSocketImpl: Socket, retryAttempts: 0,
      connectionParams: { headers: { 'x-hasura-admin-secret': secret } },
      on: { connected: (socket) => { extensions = socket.extensions; } } });
    const ask = (query) => new Promise((resolve, reject) => {
      let result;
      client.subscribe({ query }, { next: (r) => { result = r; }, error: reject, complete: () => resolve(result) });
    });
    for (let i = 0; i < 3; i++) {
      assert.equal((await ask('{ track(limit: 2000, order_by: {id: asc}) { id name } }')).data.track.length, 2000);
      assert.deepEqual(await ask(`{ genre_by_pk(id: 1) { id } } # ${'x'.repeat(5000)}`), { data: { genre_by_pk: { id: 1 } } });
    }
    assert.equal(extensions.includes('permessage-deflate'), perMessageDeflate !== false);
    await client.dispose();
  }
});

// A socket that has agreed on compression, for frames of one's own making.
async function raw() {
  const socket = connect();
  let received = Buffer.alloc(0);
  socket.on('data', (d) => { received = Buffer.concat([received, d]); });
  socket.on('error', () => {});
  socket.write('GET /v1/graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
    + `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${MODERN}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`);
  while (!received.includes('\r\n\r\n')) await sleep(10);
  received = Buffer.alloc(0);
  return {
    send(first, payload) {
      const head = payload.length < 126 ? Buffer.from([first, 0x80 | payload.length])
        : payload.length < 65536 ? Buffer.from([first, 0xfe, payload.length >> 8, payload.length & 255])
          : Buffer.concat([Buffer.from([first, 0xff, 0, 0, 0, 0]), Buffer.from([payload.length >>> 24, (payload.length >>> 16) & 255, (payload.length >>> 8) & 255, payload.length & 255])]);
      socket.write(Buffer.concat([head, Buffer.alloc(4), payload]));
    },
    // Code of the close frame, or text of the first answer that is no keep-alive.
    async answer() {
      for (let i = 0; i < 300; i++) {
        for (let at = 0; at + 2 <= received.length;) {
          const length = received[at + 1];
          const body = received.subarray(at + 2, at + 2 + length);
          if (received[at] === 0x88) { socket.destroy(); return body.readUInt16BE(0); }
          if (!body.includes('keepalive')) { socket.destroy(); return body.toString(); }
          at += 2 + length;
        }
        await sleep(10);
      }
      socket.destroy();
      return 'nothing';
    },
  };
}

const deflate = (text, flush = zlib.constants.Z_SYNC_FLUSH) => {
  const packed = zlib.deflateRawSync(text, { finishFlush: flush });
  return flush === zlib.constants.Z_SYNC_FLUSH ? packed.subarray(0, -4) : packed;
};
const ping = '{"type":"ping"}';
const pong = '{"type":"pong"}';

test('compressed messages: whole, in fragments, with final blocks, in several blocks', async () => {
  const ways = {
    whole: (s) => s.send(0xc1, deflate(ping)),
    'in fragments': (s) => { const p = deflate(ping); s.send(0x41, p.subarray(0, 5)); s.send(0x00, p.subarray(5, 9)); s.send(0x80, p.subarray(9)); },
    'with a ping between': (s) => { const p = deflate(ping); s.send(0x41, p.subarray(0, 5)); s.send(0x80, p.subarray(5)); },
    'a final block': (s) => s.send(0xc1, Buffer.concat([deflate(ping, zlib.constants.Z_FINISH), Buffer.from([0])])),
    'two blocks': (s) => s.send(0xc1, Buffer.concat([zlib.deflateRawSync(ping.slice(0, 6), { finishFlush: zlib.constants.Z_SYNC_FLUSH }), deflate(ping.slice(6))])),
    'a stored block': (s) => s.send(0xc1, Buffer.concat([Buffer.from([0, ping.length, 0, ~ping.length & 255, 255]), Buffer.from(ping), Buffer.from([0])])),
    'not compressed after all': (s) => s.send(0x81, Buffer.from(ping)),
  };
  for (const [name, way] of Object.entries(ways)) {
    const socket = await raw();
    way(socket);
    assert.equal(await socket.answer(), pong, name);
  }
});

test('what is too large, or nothing, ends the connection', async () => {
  const cases = [
    ['a bomb of 100 MB', 0xc1, deflate(Buffer.alloc(100 * 1024 * 1024)), 1009],
    ['more than a message before connection_init may have', 0xc1, deflate('x'.repeat(70000)), 1009],
    ['garbage', 0xc1, Buffer.from('ffffffffffffffff', 'hex'), 1007],
    ['half a message', 0xc1, deflate(`{"type":"ping","payload":"${'abcdefghij'.repeat(20)}"}`).subarray(0, 20), 1007],
    ['bad UTF-8', 0xc1, deflate(Buffer.from([0x22, 0xff, 0xfe, 0x22])), 1007],
    ['a compressed ping', 0xc9, Buffer.from('x'), 1002],
    ['another reserved bit', 0xa1, deflate(ping), 1002],
  ];
  for (const [name, first, payload, code] of cases) {
    const socket = await raw();
    socket.send(first, payload);
    assert.equal(await socket.answer(), code, name);
  }
  const socket = await raw();
  socket.send(0x01, Buffer.from('{'));
  socket.send(0xc0, Buffer.from('}'));
  assert.equal(await socket.answer(), 1002, 'a compressed continuation');
});

test('without the setting nothing is agreed upon, and the bit is an error', async () => {
  await setting('off');
  assert.equal(await agreed('permessage-deflate'), undefined);
  const socket = await raw();
  socket.send(0xc1, deflate(ping));
  assert.equal(await socket.answer(), 1002);
  await setting('on');
});
