// WebSocket frames as RFC 6455 has them, and as it forbids them.
import test from 'node:test';
import assert from 'node:assert/strict';
import { secret, connect, post, psql } from './lib.mjs';

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
// What the library closes with when it can't read on: a close frame without a code.
const NO_CODE = 1005;
const [TEXT, BINARY, CLOSE, PING, PONG] = [1, 2, 8, 9, 10];

// A frame: opcode and options that break it.
function frame(opcode, payload = '', { fin = true, rsv = 0, masked = true, mask = [1, 2, 3, 4], length, width } = {}) {
  const body = Buffer.from(payload);
  const n = length ?? body.length;
  const size = width ?? (n < 126 ? 7 : n < 65536 ? 16 : 64);
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode, (masked ? 0x80 : 0) | (size === 7 ? n : size === 16 ? 126 : 127)];
  const extended = Buffer.alloc(size === 7 ? 0 : size / 8);
  if (size === 16) extended.writeUInt16BE(n);
  if (size === 64) extended.writeBigUInt64BE(BigInt(n));
  return Buffer.concat([Buffer.from(head), extended, ...(masked ? [Buffer.from(mask), body.map((b, i) => b ^ mask[i % 4])] : [body])]);
}

class Raw {
  static async open() {
    const raw = new Raw();
    raw.received = Buffer.alloc(0);
    raw.socket = connect();
    raw.ended = new Promise((resolve) => { raw.socket.on('close', resolve); });
    raw.socket.on('error', () => {});
    raw.socket.on('data', (d) => { raw.received = Buffer.concat([raw.received, d]); });
    raw.socket.write('GET /v1/graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
      + 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n');
    while (!raw.received.includes('\r\n\r\n')) await sleep(5);
    raw.received = raw.received.subarray(raw.received.indexOf('\r\n\r\n') + 4);
    return raw;
  }

  send(...frames) { this.socket.write(Buffer.concat(frames)); return this; }

  // The next frame that is no keep-alive: [opcode, payload]; null at the end.
  async next(ms = 3000) {
    for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(5)) {
      while (this.received.length >= 2) {
        const short = this.received[1] & 127;
        const start = short < 126 ? 2 : short === 126 ? 4 : 10;
        if (this.received.length < start) break;
        const n = short < 126 ? short : short === 126 ? this.received.readUInt16BE(2) : Number(this.received.readBigUInt64BE(2));
        if (this.received.length < start + n) break;
        const found = [this.received[0] & 15, Buffer.from(this.received.subarray(start, start + n))];
        assert.equal(this.received[0] & 0x70, 0, 'no reserved bits from the server');
        assert.equal(this.received[1] & 0x80, 0, 'no masks from the server');
        this.received = this.received.subarray(start + n);
        if (!(found[0] === TEXT && found[1].includes('keepalive'))) return found;
      }
      if (this.socket.destroyed) return null;
    }
    throw new Error('no frame in time');
  }

  // The code that the server closes with.
  async code() {
    for (let found; (found = await this.next());) {
      if (found[0] === CLOSE) {
        await Promise.race([this.ended, sleep(4000)]);
        assert.ok(this.socket.destroyed, 'the server ends the connection after its close frame');
        return found[1].length === 0 ? 1005 : found[1].readUInt16BE(0);
      }
    }
    return null;
  }

  async text() {
    const [opcode, payload] = await this.next();
    assert.equal(opcode, TEXT, payload.toString('hex'));
    this.socket.destroy();
    return payload.toString();
  }
}

const ping = '{"type":"ping"}';
const pong = '{"type":"pong"}';
const utf8 = (...bytes) => Buffer.concat([Buffer.from('{"type":"ping","payload":"'), Buffer.from(bytes), Buffer.from('"}')]);

const refused = {
  'no mask': [1002, frame(TEXT, ping, { masked: false })],
  'no mask on a close': [1002, frame(CLOSE, '', { masked: false })],
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((rsv) => [`reserved bits ${rsv}`, [1002, frame(TEXT, ping, { rsv })]])),
  'reserved bits of a ping': [1002, frame(PING, '', { rsv: 4 })],
  ...Object.fromEntries([3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((op) => [`opcode ${op}`, [1002, frame(op, ping)]])),
  'a ping in fragments': [NO_CODE, frame(PING, 'a', { fin: false })],
  'a close in fragments': [NO_CODE, frame(CLOSE, '', { fin: false })],
  'a ping of 126 bytes': [NO_CODE, frame(PING, 'x'.repeat(126))],
  'a continuation of nothing': [1002, frame(0, ping)],
  'a continuation of nothing, unfinished': [1002, frame(0, ping, { fin: false })],
  'a message within a message': [1002, Buffer.concat([frame(TEXT, '{', { fin: false }), frame(TEXT, '}')])],
  'a continuation after the end': [1002, Buffer.concat([frame(TEXT, ping), frame(0, ping)])],
  'a length in 16 bits that needs 7': [NO_CODE, frame(TEXT, ping, { width: 16 })],
  'a length in 64 bits that needs 16': [NO_CODE, frame(TEXT, 'x'.repeat(200), { width: 64 })],
  'a length beyond 63 bits': [NO_CODE, Buffer.concat([Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1]), Buffer.alloc(8)])],
  'a length of a terabyte': [1009, frame(TEXT, 'x', { length: 2 ** 40 })],
  'a message too large before connection_init': [1009, frame(TEXT, 'x'.repeat(70000))],
  'fragments too large together': [1009, Buffer.concat([frame(TEXT, 'x'.repeat(40000), { fin: false }), frame(0, 'x'.repeat(40000))])],
  'a close of one byte': [1002, frame(CLOSE, Buffer.from([3]))],
  'a close with bad UTF-8': [1007, frame(CLOSE, Buffer.from([3, 0xe8, 0xff, 0xfe]))],
  ...Object.fromEntries([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535].map((code) => [`a close with ${code}`,
    [1002, frame(CLOSE, Buffer.from([code >> 8, code & 255]))]])),
  'bad UTF-8': [1007, frame(TEXT, utf8(0xff))],
  'UTF-8 too long for its character': [1007, frame(TEXT, utf8(0xc0, 0xaf))],
  'a surrogate in UTF-8': [1007, frame(TEXT, utf8(0xed, 0xa0, 0x80))],
  'beyond Unicode': [1007, frame(TEXT, utf8(0xf4, 0x90, 0x80, 0x80))],
  'half a character at the end': [1007, frame(TEXT, Buffer.from([0x22, 0xe2, 0x82]))],
  'bad UTF-8 across fragments': [1007, Buffer.concat([frame(TEXT, Buffer.from([0x22, 0xe2]), { fin: false }), frame(0, Buffer.from([0x22, 0x22]))])],
};

for (const [name, [code, bytes]] of Object.entries(refused)) {
  test(`refused with ${code}: ${name}`, async () => {
    assert.equal(await (await Raw.open()).send(bytes).code(), code);
  });
}

test('every honest way to send a message', async () => {
  const bytes = Buffer.from(ping);
  const ways = {
    plain: [frame(TEXT, ping)],
    'a mask of zeros': [frame(TEXT, ping, { mask: [0, 0, 0, 0] })],
    binary: [frame(BINARY, ping)],
    'in fragments': [frame(TEXT, bytes.subarray(0, 3), { fin: false }), frame(0, bytes.subarray(3, 4), { fin: false }), frame(0, bytes.subarray(4))],
    'in empty fragments': [frame(TEXT, '', { fin: false }), frame(0, '', { fin: false }), frame(0, ping, { fin: false }), frame(0, '')],
    'with an unasked pong before': [frame(PONG, 'x'), frame(TEXT, ping)],
    'a character across fragments': [frame(TEXT, Buffer.concat([Buffer.from('{"type":"ping" ,"x":"'), Buffer.from([0xe2, 0x82])]), { fin: false }),
      frame(0, Buffer.concat([Buffer.from([0xac]), Buffer.from('"}')]))],
  };
  for (const [name, frames] of Object.entries(ways)) {
    assert.equal(await (await Raw.open()).send(...frames).text(), pong, name);
    const slow = await Raw.open();
    for (const byte of Buffer.concat(frames)) {
      slow.socket.write(Buffer.from([byte]));
    }
    assert.equal(await slow.text(), pong, `${name}, byte by byte`);
  }
});

test('pings are answered with what they hold, between fragments too', async () => {
  const raw = await Raw.open();
  for (const payload of ['', 'x', 'y'.repeat(125), Buffer.from([0, 255, 254])]) {
    raw.send(frame(PING, payload));
    assert.deepEqual(await raw.next(), [PONG, Buffer.from(payload)]);
  }
  raw.send(frame(TEXT, '{"type":', { fin: false }), frame(PING, 'between'), frame(0, '"ping"}'));
  assert.deepEqual(await raw.next(), [PONG, Buffer.from('between')]);
  assert.equal(await raw.text(), pong);
});

test('a close is answered in kind, and nothing after it', async () => {
  for (const code of [1000, 1001, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) {
    const raw = await Raw.open();
    raw.send(frame(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from('bye ✓')])), frame(TEXT, ping), frame(PING, 'x'));
    assert.equal(await raw.code(), code);
  }
  assert.equal(await (await Raw.open()).send(frame(CLOSE)).code(), 1005);
});

test('a flood of pings from a client that reads nothing is bounded', async () => {
  const rss = () => psql("SELECT sum(pg_size_bytes(substring(line from '[0-9]+ kB')))"
    + " FROM gqle.stat_workers, regexp_split_to_table(pg_read_file('/proc/' || pid || '/status'), E'\\n') AS line"
    + " WHERE kind = 'server' AND line LIKE 'VmRSS%'").map(Number)[0];
  const raw = await Raw.open();
  raw.socket.pause();
  const before = rss();
  const many = Buffer.concat(Array.from({ length: 5000 }, () => frame(PING, 'x'.repeat(125))));
  for (let i = 0; i < 40 && !raw.socket.destroyed; i++) {
    raw.socket.write(many);
    await sleep(20);
  }
  assert.ok(rss() - before < 32 * 1024 * 1024, `grew by ${rss() - before}`);
  assert.deepEqual((await post('/v1/graphql', { query: '{ __typename }' })).json, { data: { __typename: 'query_root' } });
  raw.socket.destroy();
});

test('operations: an id twice, and too many of them', async () => {
  const raw = await Raw.open();
  const subscribe = (id) => frame(TEXT, JSON.stringify({ type: 'subscribe', id, payload: { query: 'subscription { genre_by_pk(id: 1) { id } }' } }));
  raw.send(frame(TEXT, JSON.stringify({ type: 'connection_init', payload: { headers: { 'x-hasura-admin-secret': secret } } })));
  assert.equal(JSON.parse((await raw.next())[1]).type, 'connection_ack');
  let busy = 0;
  for (let i = 0; i < 1100; i++) raw.send(subscribe(`s${i}`));
  for (let i = 0; i < 1100;) {
    const message = JSON.parse((await raw.next(20000))[1]);
    if (message.type === 'next') i++;
    if (message.type === 'error') {
      assert.equal(message.payload[0].message, 'too many operations on this connection');
      busy++;
      i++;
    }
  }
  assert.equal(busy, 100);
  raw.send(subscribe('s0'));
  assert.equal(await raw.code(), 1000);
});
