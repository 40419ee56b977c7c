// Spans to an OpenTelemetry collector, and trace contexts on their way through.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { headersOf, metadata, post, psql, runSql, url } from './lib.mjs';

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const batches = [];
let status = 200;
let collector;

// The fields of a protobuf message: [number, value], bytes for texts and messages.
function fields(bytes) {
  const found = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    if ((key & 7) === 0) found.push([key >> 3, varint()]);
    else if ((key & 7) === 1) { found.push([key >> 3, bytes.readBigUInt64LE(at)]); at += 8; }
    else if ((key & 7) === 2) {
      const length = Number(varint());
      found.push([key >> 3, bytes.subarray(at, at + length)]);
      at += length;
    } else throw new Error(`wire type ${key & 7}`);
  }
  return found;
}
const all = (bytes, number) => fields(bytes).filter(([n]) => n === number).map(([, value]) => value);
const one = (bytes, number) => all(bytes, number)[0];
const attributes = (list) => Object.fromEntries(list.map((pair) => [String(one(pair, 1)), String(one(one(pair, 2), 1))]));

// All spans that have come, with the attributes of their resource.
const spans = () => batches.flatMap(({ body }) => all(body, 1).flatMap((resource) =>
  all(resource, 2).flatMap((scope) => all(scope, 2).map((span) => ({
    trace: one(span, 1).toString('hex'),
    id: one(span, 2).toString('hex'),
    parent: one(span, 4)?.toString('hex'),
    name: String(one(span, 5)),
    kind: Number(one(span, 6)),
    nanoseconds: Number(one(span, 8) - one(span, 7)),
    attributes: attributes(all(span, 9)),
    isError: all(span, 15).length > 0,
    resource: attributes(all(one(resource, 1), 1)),
  })))));

async function until(condition) {
  for (let i = 0; i < 100 && !condition(); i += 1) await sleep(50);
  assert.ok(condition());
}

before(async () => {
  collector = http.createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      if (status === 200) batches.push({ headers: request.headers, path: request.url, body: Buffer.concat(pieces) });
      response.writeHead(status).end();
    });
  });
  await new Promise((resolve) => { collector.listen(0, '127.0.0.1', resolve); });
  await runSql('CREATE TABLE traced (id integer PRIMARY KEY, context text);'
    + " CREATE FUNCTION note_context() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.context := current_setting('hasura.tracecontext', true); RETURN NEW; END$$;"
    + ' CREATE TRIGGER note BEFORE INSERT ON traced FOR EACH ROW EXECUTE FUNCTION note_context()');
  assert.equal((await metadata('pg_track_table', { source: 'default', table: 'traced' })).status, 200);
});

after(async () => {
  await metadata('set_opentelemetry_config', { status: 'disabled' });
  await runSql('DROP TABLE traced CASCADE; DROP FUNCTION note_context()');
  collector.close();
});

const insert = (id, headers) => post('/v1/graphql', { query: `mutation { insert_traced_one(object: { id: ${id} }) { context } }` }, { ...headersOf(), ...headers });
const contextOf = ({ json }) => { const text = json.data.insert_traced_one.context; return text ? JSON.parse(text) : null; };

test('a context that a client sends reaches the transaction, also without a collector', async () => {
  assert.equal(contextOf(await insert(1)), null);
  const w3c = contextOf(await insert(2, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }));
  assert.equal(w3c.trace_id, '0af7651916cd43dd8448eb211c80319c');
  assert.match(w3c.span_id, /^[0-9a-f]{16}$/);
  assert.notEqual(w3c.span_id, 'b7ad6b7169203331', 'the span is ours');
  const b3 = contextOf(await insert(3, { 'x-b3-traceid': 'A3CE929D0E0E4736', 'x-b3-spanid': '00f067aa0ba902b7', 'x-b3-sampled': '0' }));
  assert.deepEqual([b3.trace_id, b3.sampling_state], ['0000000000000000a3ce929d0e0e4736', '0']);
  for (const [i, bad] of ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331', '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319"-b7ad6b7169203331-01'].entries()) {
    assert.equal(contextOf(await insert(10 + i, { traceparent: bad })), null, bad);
  }
});

test('spans come to the collector', async () => {
  const { port } = collector.address();
  assert.equal((await metadata('set_opentelemetry_config', {
    status: 'enabled', data_types: ['traces'],
    exporter_otlp: { otlp_traces_endpoint: `http://127.0.0.1:${port}/v1/traces`, headers: [{ name: 'x-token', value: 'secret' }],
      resource_attributes: [{ name: 'service.name', value: 'shop' }] },
    batch_span_processor: { max_export_batch_size: 3 },
  })).status, 200);
  await sleep(1100);
  await post('/v1/graphql', { query: '{ __typename }' }, { ...headersOf('somebody'), 'x-request-id': 'traced-1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
  await post('/v1/graphql', { query: '{ nothing }' });
  await post('/v1/graphql', { query: '{ __typename }' }, { ...headersOf(), traceparent: '00-0af7651916cd43dd8448eb211c80319d-b7ad6b7169203331-00' });
  const context = contextOf(await insert(20));
  await until(() => spans().length >= 3);
  assert.equal(batches[0].path, '/v1/traces');
  assert.equal(batches[0].headers['content-type'], 'application/x-protobuf');
  assert.equal(batches[0].headers['x-token'], 'secret');
  const mine = spans().find(({ attributes: { request_id: id } }) => id === 'traced-1');
  assert.equal(mine.trace, '0af7651916cd43dd8448eb211c80319c');
  assert.equal(mine.parent, 'b7ad6b7169203331');
  assert.equal(mine.name, '/v1/graphql');
  assert.equal(mine.kind, 2);
  assert.ok(mine.nanoseconds > 0 && mine.nanoseconds < 10e9);
  assert.equal(mine.attributes['enduser.role'], 'somebody');
  assert.equal(mine.attributes['http.response_content_length'], '36');
  assert.equal(mine.resource['service.name'], 'shop');
  assert.equal(mine.isError, false);
  assert.ok(spans().some(({ isError, parent }) => isError && parent === undefined), 'a failure, in a trace of its own');
  assert.ok(!spans().some(({ trace }) => trace.endsWith('9d')), 'one that is not sampled stays here');
  assert.ok(spans().some(({ trace, id }) => trace === context.trace_id && id === context.span_id), 'the transaction knows its span');
});

test('what a collector does not take is counted', async () => {
  psql("ALTER SYSTEM SET gqle.enabled_apis = 'metadata,graphql,pgdump,config,metrics'");
  psql('SELECT pg_reload_conf()');
  await sleep(500);
  const value = async (series) => Number((await (await fetch(`${url}/v1/metrics`, { headers: headersOf() })).text())
    .split('\n').find((line) => line.startsWith(series)).split(' ').at(-1));
  assert.ok(await value('hasura_otel_sent_spans') >= 3);
  status = 503;
  const before = await value('hasura_otel_dropped_spans{reason="send_failed"}');
  await post('/v1/graphql', { query: '{ __typename }' });
  let after = before;
  for (let i = 0; i < 60 && after === before; i += 1) {
    await sleep(100);
    after = await value('hasura_otel_dropped_spans{reason="send_failed"}');
  }
  assert.ok(after > before);
  await metadata('set_opentelemetry_status', 'disabled');
  status = 200;
  await sleep(1200);
  const count = spans().length;
  await post('/v1/graphql', { query: '{ __typename }' });
  await post('/v1/graphql', { query: '{ __typename }' });
  await sleep(1500);
  assert.ok(spans().length <= count + 1, 'switched off');
  psql('ALTER SYSTEM RESET gqle.enabled_apis');
  psql('SELECT pg_reload_conf()');
});
