// load.mjs MODE COUNT: a crowd of clients of one kind, for load.sh.  Says "ready"
// when it stands, and stays until its input ends.
//
//   idle      WebSockets that have authenticated and are silent
//   slow      a third each: half a head, half a body, answers that nobody reads
//   overload  requests that take a while, as many at once; prints what was answered
import net from 'node:net';
import tls from 'node:tls';
import http from 'node:http';

const [mode, count] = [process.argv[2], Number(process.argv[3])];
const { hostname: host, port, protocol } = new URL(process.env.GQLE_URL);
const open = (ready) => (protocol === 'https:' ? tls.connect({ host, port, rejectUnauthorized: false }, ready) : net.connect({ host, port }, ready));
const secret = process.env.GQLE_ADMIN_SECRET;
const sockets = [];

const connected = (bytes, until) => new Promise((resolve, reject) => {
  const socket = open(() => socket.write(bytes));
  socket.on('error', reject);
  sockets.push(socket);
  if (!until) {
    socket.once('connect', () => { socket.pause(); resolve(socket); });
    return;
  }
  let text = '';
  socket.on('data', function take(d) {
    text += d.toString('latin1');
    if (!text.includes(until)) return;
    socket.off('data', take);
    socket.resume();
    resolve(socket);
  });
});

function frame(text) {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255, 0, 0, 0, 0]), body]);
}

const handshake = 'GET /v1/graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
  + 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';
const init = frame(JSON.stringify({ type: 'connection_init', payload: { headers: { 'x-hasura-admin-secret': secret } } }).padEnd(130));
const post = (body, length = Buffer.byteLength(body)) => `POST /v1/graphql HTTP/1.1\r\nHost: x\r\nX-Hasura-Admin-Secret: ${secret}\r\n`
  + `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;

async function several(make) {
  for (let i = 0; i < count; i += 100) {
    await Promise.all(Array.from({ length: Math.min(100, count - i) }, (_, j) => make(i + j)));
  }
}

async function idle() {
  await several(async () => {
    const socket = await connected(handshake, '\r\n\r\n');
    socket.write(init);
  });
}

const slowly = [
  () => 'POST /v1/graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ',
  () => post('{"query":', 5000),
  () => post(JSON.stringify({ query: '{ track { id name album { title } } }' })).repeat(3),
];

async function slow() {
  await several((i) => connected(slowly[i % slowly.length](i)));
  setInterval(() => sockets.forEach((s, i) => { if (i % 3 === 0 && !s.destroyed) s.write('x'); }), 1000);
}

// Keep so many requests under way for SECONDS.
async function overload() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: count });
  const end = Date.now() + Number(process.env.SECONDS) * 1000;
  const seen = {};
  const one = () => new Promise((resolve) => {
    const request = http.request({ agent, host, port, path: '/v1/graphql', method: 'POST', headers: { 'x-hasura-admin-secret': secret } }, (reply) => {
      const kind = `${reply.statusCode}${reply.statusCode === 503 && reply.headers['retry-after'] === undefined ? ' without Retry-After' : ''}`;
      seen[kind] = (seen[kind] ?? 0) + 1;
      reply.resume().on('end', () => setTimeout(resolve, reply.statusCode === 503 ? 100 : 0));
    });
    request.on('error', (e) => { seen[e.code] = (seen[e.code] ?? 0) + 1; setTimeout(resolve, 100); });
    request.end('{"query":"{ slow { id slept } }"}');
  });
  await Promise.all(Array.from({ length: count }, async () => { while (Date.now() < end) await one(); }));
  agent.destroy();
  console.log(JSON.stringify(seen));
  process.exit(0);
}

await { idle, slow, overload }[mode]();
console.log('ready');
process.stdin.resume().on('end', () => process.exit(0));
