// A real client library, and HTTP as other clients speak it.
import test from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { execFileSync } from 'node:child_process';
import { GraphQLClient, ClientError, gql } from 'graphql-request';
import { url, secret, headersOf, post, connect } from './lib.mjs';

const where = new URL(url);
const web = where.protocol === 'https:' ? https : http;

test('graphql-request: query, variables, batch, error', async () => {
  const client = new GraphQLClient(`${url}/v1/graphql`, { headers: headersOf() });
  const text = gql`query Genre($id: Int!) { genre_by_pk(id: $id) { name } }`;
  assert.deepEqual(await client.request(text, { id: 5 }), { genre_by_pk: { name: 'Jazz' } });
  const batch = await client.batchRequests([{ document: text, variables: { id: 1 } }, { document: text, variables: { id: 2 } }]);
  assert.deepEqual(batch.map((b) => b.data.genre_by_pk.name), ['Rock', 'Latin']);
  await assert.rejects(client.request('{ nothing }'), (e) => e instanceof ClientError
    && e.response.errors[0].message === "field 'nothing' not found in type: 'query_root'");
});

test('curl: health and version need no secret', () => {
  const curl = (...args) => execFileSync('curl', ['-sS', ...args], { encoding: 'utf8' });
  assert.equal(curl(`${url}/healthz`), 'OK');
  assert.match(JSON.parse(curl(`${url}/v1/version`)).version, /^v2\./);
  assert.equal(curl('-o', '/dev/null', '-w', '%{http_code}', '-I', `${url}/healthz`), '200');
});

test('curl: chunked and expecting bodies', () => {
  const body = JSON.stringify({ query: `{ __typename } # ${'x'.repeat(5000)}` });
  for (const extra of ['Transfer-Encoding: chunked', 'Expect: 100-continue']) {
    const out = execFileSync('curl', ['-sS', '-H', extra, '-H', `x-hasura-admin-secret: ${secret}`, '--data-binary', '@-',
      `${url}/v1/graphql`], { input: body, encoding: 'utf8' });
    assert.equal(out, '{"data":{"__typename":"query_root"}}');
  }
});

test('keep-alive: a hundred requests on one connection', async () => {
  const agent = new web.Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set();
  for (let i = 0; i < 100; i++) {
    const body = await new Promise((resolve, reject) => {
      const request = web.request({ agent, host: where.hostname, port: where.port, path: '/v1/graphql', method: 'POST', headers: headersOf() },
        (reply) => {
          let text = '';
          reply.on('data', (d) => { text += d; }).on('end', () => resolve(text));
        });
      request.on('socket', (s) => sockets.add(s)).on('error', reject);
      request.end(JSON.stringify({ query: 'query ($i: Int!) { track_by_pk(id: $i) { id } }', variables: { i: i + 1 } }));
    });
    assert.equal(body, `{"data":{"track_by_pk":{"id":${i + 1}}}}`);
  }
  assert.equal(sockets.size, 1);
  agent.destroy();
});

// Send bytes, collect what comes until the count of answers or the close.
function raw(bytes, answers = 1) {
  return new Promise((resolve, reject) => {
    const socket = connect(() => socket.write(bytes));
    let text = '';
    socket.setTimeout(15000, () => socket.destroy(new Error(`timeout after ${text}`)));
    socket.on('data', (d) => {
      text += d;
      if (text.split('HTTP/1.1 ').length - 1 >= answers && /\r\n\r\n/.test(text)) {
        setTimeout(() => socket.end(), 50);
      }
    });
    socket.on('close', () => resolve(text)).on('error', reject);
  });
}

const request = (body, extra = '') => `POST /v1/graphql HTTP/1.1\r\nHost: x\r\nx-hasura-admin-secret: ${secret}\r\n`
  + `Content-Length: ${Buffer.byteLength(body)}\r\n${extra}\r\n${body}`;

test('pipelined requests are answered in order', async () => {
  const one = (id) => request(JSON.stringify({ query: `{ genre_by_pk(id: ${id}) { id } }` }));
  const text = await raw([1, 2, 3, 4].map(one).join(''), 4);
  assert.deepEqual([...text.matchAll(/"id":(\d)/g)].map((m) => m[1]), ['1', '2', '3', '4']);
});

test('heads that two servers could read in two ways are refused', async () => {
  const body = '{"query":"{__typename}"}';
  const refused = {
    'two lengths': request(body, 'Content-Length: 3\r\n'),
    'length and chunks': request(body, 'Transfer-Encoding: chunked\r\n'),
    'a blank before the colon': request(body, 'X-Hasura-Role : customer\r\n'),
    'a folded line': request(body, 'x-hasura: z\r\n -role: customer\r\n'),
    'two hosts': request(body, 'Host: y\r\n'),
    'a bad length': `POST /v1/graphql HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n${body}`,
  };
  for (const [name, bytes] of Object.entries(refused)) {
    assert.match(await raw(bytes), /^(HTTP\/1\.1 (400|411|413|501) |$)/, name);
  }
});

test('a client that goes away in mid-request harms nobody', async () => {
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve) => {
      const socket = connect(() => {
        socket.write(request('{"query":"{ track { name album { title } } }"}').slice(0, 40 + i * 4));
        setTimeout(() => { socket.destroy(); resolve(); }, 1);
      });
    });
  }
  assert.deepEqual((await post('/v1/graphql', { query: '{ __typename }' })).json, { data: { __typename: 'query_root' } });
});
