// live.mjs: subscribers of single rows, and a writer; prints how long a change takes
// from the request that makes it to the subscriber that is told, in ms.
//
//   LIVE_SUBSCRIBERS=1000  LIVE_WRITES=1000 (in all)  LIVE_RATE=100 (per second)
// With LIVE_LIST=1 all subscribe to one list, of the 60 rows changed last, each with a
// session of its own, and every change is told to all of them.
// With LIVE_WAIT=1 it subscribes, says "ready" and stays until its input ends.
import http from 'node:http';
import net from 'node:net';

const env = (name, value) => Number(process.env[name] ?? value);
const [n, writes, rate] = [env('LIVE_SUBSCRIBERS', 1000), env('LIVE_WRITES', 1000), env('LIVE_RATE', 100)];
const isList = env('LIVE_LIST', 0) === 1;
const { hostname: host, port } = new URL(process.env.GQLE_URL);
const secret = process.env.GQLE_ADMIN_SECRET;
const agent = new http.Agent({ keepAlive: true });
const latencies = [];
let onTold = () => {};

function frame(text) {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255, 0, 0, 0, 0]), body]);
}

const handshake = 'GET /v1/graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
  + 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';

const single = 'subscription ($id: Int!) { tick_by_pk(id: $id) { at } }';
const list = 'subscription { tick(order_by: {at: desc}, limit: 60) { at id } }';

// Messages are short: a frame's text is found by what it holds.
function subscriber(id) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port }, () => socket.write(handshake));
    let stage = 0;
    socket.on('error', reject);
    socket.on('data', (data) => {
      const text = data.toString('latin1');
      if (stage === 0 && text.includes('\r\n\r\n')) {
        stage = 1;
        socket.write(frame(JSON.stringify({ type: 'connection_init', payload: { headers: { 'x-hasura-admin-secret': secret, 'x-hasura-user-id': String(id) } } }).padEnd(130)));
      } else if (stage === 1 && text.includes('connection_ack')) {
        stage = 2;
        socket.write(frame(JSON.stringify({ id: 's', type: 'subscribe', payload: isList ? { query: list } : { query: single, variables: { id } } }).padEnd(130)));
      } else if (stage >= 2) {
        for (const [, at] of text.matchAll(isList ? /"tick":\[\{"at":([0-9.]+)/g : /"at":([0-9.]+)/g)) {
          if (stage === 2) {
            stage = 3;
            resolve();
          } else {
            latencies.push(performance.now() - Number(at));
            onTold();
          }
        }
      }
    });
  });
}

function write(id) {
  const body = JSON.stringify({ query: 'mutation ($id: Int!, $at: float8!) { update_tick_by_pk(pk_columns: {id: $id}, _set: {at: $at}) { id } }',
    variables: { id, at: performance.now() } });
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, agent, method: 'POST', path: '/v1/graphql',
      headers: { 'content-type': 'application/json', 'x-hasura-admin-secret': secret } }, (reply) => {
        let text = '';
        reply.setEncoding('utf8').on('data', (d) => { text += d; }).on('end', () => (text.startsWith('{"data"') ? resolve() : reject(new Error(text))));
      });
    request.on('error', reject);
    request.end(body);
  });
}

for (let i = 0; i < n; i += 100) {
  await Promise.all(Array.from({ length: Math.min(100, n - i) }, (_, j) => subscriber(i + j + 1)));
}
if (process.env.LIVE_WAIT) {
  console.log('ready');
  process.stdin.resume();
  await new Promise((resolve) => { process.stdin.on('end', resolve); });
  process.exit(0);
}
const expected = isList ? writes * n : writes;
const told = new Promise((resolve) => { onTold = () => latencies.length >= expected && resolve(); });
const began = performance.now();
for (let i = 0; i < writes; i++) {
  const wait = began + (i * 1000) / rate - performance.now();
  if (wait > 0) {
    await new Promise((resolve) => { setTimeout(resolve, wait); });
  }
  write(1 + (i * 7) % n).catch((error) => console.error(error.message));
}
await Promise.race([told, new Promise((resolve) => { setTimeout(resolve, 10000); })]);
latencies.sort((a, b) => a - b);
const at = (q) => latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))].toFixed(1);
console.log(`${latencies.length} of ${expected} told; p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}`);
process.exit(0);
