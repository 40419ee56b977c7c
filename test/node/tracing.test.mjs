// Spans to an OpenTelemetry collector, and trace contexts on their way through.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import WebSocket from 'ws';
import { createClient } from 'graphql-ws';
import { headersOf, metadata, post, psql, runSql, secret, url } from './lib.mjs';

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
const spans = () => batches.filter(({ path }) => path === '/v1/traces').flatMap(({ body }) => all(body, 1).flatMap((resource) =>
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
  // each worker sends its own batches
  await until(() => [['request_id', 'traced-1'], ['graphql.operation.type', 'mutation']].every(([key, value]) => spans().some(({ attributes: a }) => a[key] === value))
    && spans().some(({ isError }) => isError));
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
  assert.deepEqual(JSON.parse(mine.attributes.session_variables), { 'x-hasura-role': 'somebody' });
  assert.equal(mine.resource['service.name'], 'shop');
  assert.equal(mine.isError, false);
  assert.ok(spans().some(({ isError, parent }) => isError && parent === undefined), 'a failure, in a trace of its own');
  assert.ok(!spans().some(({ trace }) => trace.endsWith('9d')), 'one that is not sampled stays here');
  assert.ok(spans().some(({ trace, id }) => trace === context.trace_id && id === context.span_id), 'the transaction knows its span');
});

const configure = async (data_types, more = {}) => {
  const at = `http://127.0.0.1:${collector.address().port}`;
  assert.equal((await metadata('set_opentelemetry_config', {
    status: 'enabled', data_types,
    exporter_otlp: { otlp_traces_endpoint: `${at}/v1/traces`, otlp_metrics_endpoint: `${at}/v1/metrics`, otlp_logs_endpoint: `${at}/v1/logs`,
      headers: [{ name: 'x-token', value: 'secret' }] },
    batch_span_processor: { max_export_batch_size: 3 }, ...more,
  })).status, 200);
  await sleep(1100);
};
const setting = async (...settings) => {
  for (const one of settings) psql(`ALTER SYSTEM ${one}`);
  psql('SELECT pg_reload_conf()');
  await sleep(500);
};
const context = (digit) => ({ traceparent: `00-0af7651916cd43dd8448eb211c8031${digit}-b7ad6b7169203331-01` });
const ofTrace = (digit) => spans().filter(({ trace }) => trace === `0af7651916cd43dd8448eb211c8031${digit}`);

test('statements are spans below that of their request, here and in an executor', async () => {
  await configure(['traces']);
  await post('/v1/graphql', { query: 'query Two { first: traced(limit: 1) { id } second: traced(limit: 1) { id } }' }, { ...headersOf(), ...context('a0') });
  await post('/v1/graphql', { query: 'mutation Change { delete_traced(where: { id: { _eq: 99 } }) { affected_rows } }' }, { ...headersOf(), ...context('a1') });
  await post('/v1/graphql', { query: 'mutation { insert_traced_one(object: { id: 1 }) { id } }' }, { ...headersOf(), ...context('a2') });
  await until(() => ofTrace('a0').length === 3 && ofTrace('a1').length === 2 && ofTrace('a2').length === 2);
  for (const [digit, names, type, operation] of [['a0', ['Postgres Query for root field "first"', 'Postgres Query for root field "second"'], 'query', 'Two'],
    ['a1', ['Postgres Mutation for root field "delete_traced"'], 'mutation', 'Change']]) {
    const root = ofTrace(digit).find(({ name }) => name === '/v1/graphql');
    const children = ofTrace(digit).filter(({ id }) => id !== root.id);
    assert.deepEqual(children.map(({ name }) => name).sort(), names);
    assert.equal(root.attributes['graphql.operation.type'], type);
    assert.equal(root.attributes['graphql.operation.name'], operation);
    assert.equal(root.attributes['graphql.query'], undefined);
    for (const child of children) {
      assert.equal(child.parent, root.id);
      assert.equal(child.kind, 1);
      assert.deepEqual(child.attributes, { 'db.system': 'postgresql' });
      assert.ok(child.nanoseconds > 0 && child.nanoseconds <= root.nanoseconds);
    }
  }
  assert.ok(ofTrace('a2').every(({ isError }) => isError), 'a failed statement and its request');
});

test('texts are shown in spans only if that is wished', async () => {
  await setting('SET gqle.enable_query_tracing = on');
  await post('/v1/graphql', { query: 'query Shown { traced(where: { id: { _eq: 4711 } }) { id } }' }, { ...headersOf(), ...context('b0') });
  await until(() => ofTrace('b0').length === 2);
  const [child] = ofTrace('b0').filter(({ name }) => name !== '/v1/graphql');
  assert.match(child.attributes['db.query'], /^SELECT /);
  assert.ok(!child.attributes['db.query'].includes('4711'), 'values are parameters');
  assert.match(ofTrace('b0').find(({ name }) => name === '/v1/graphql').attributes['graphql.query'], /^query Shown/);
  await setting('RESET gqle.enable_query_tracing');
});

test('operations over WebSocket are traces of their own', async () => {
  const client = createClient({ url: `${url.replace(/^http/, 'ws')}/v1/graphql`, webSocketImpl: WebSocket, retryAttempts: 0,
    connectionParams: { headers: { 'x-hasura-admin-secret': secret } } });
  const ask = (query) => new Promise((resolve, reject) => { client.subscribe({ query }, { next: () => {}, error: reject, complete: resolve }); });
  await ask('query OverSocket { traced(limit: 1) { id } }');
  await ask('mutation OverSocketToo { delete_traced(where: { id: { _eq: 99 } }) { affected_rows } }');
  await client.dispose();
  for (const [operation, field] of [['OverSocket', 'Query for root field "traced"'], ['OverSocketToo', 'Mutation for root field "delete_traced"']]) {
    const find = () => spans().find(({ name, attributes: a }) => name === 'websocket' && a['graphql.operation.name'] === operation);
    await until(() => find() && spans().some(({ parent }) => parent === find().id));
    assert.equal(find().parent, undefined);
    assert.equal(find().attributes['enduser.role'], 'admin');
    assert.equal(spans().find(({ parent }) => parent === find().id).name, `Postgres ${field}`);
  }
});

test('calls of webhooks are spans, and tell it in their headers', async () => {
  const seen = [];
  const hook = http.createServer((request, response) => {
    seen.push({ headers: request.headers, path: request.url });
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise((resolve) => { hook.listen(0, '127.0.0.1', resolve); });
  const at = `http://user:canary@127.0.0.1:${hook.address().port}`;
  const permission = { source: 'default', table: 'traced', role: 'writer' };
  assert.equal((await metadata('pg_create_insert_permission', { ...permission,
    permission: { check: {}, columns: ['id'], validate_input: { type: 'http', definition: { url: `${at}/check?canary=1`, forward_client_headers: false } } } })).status, 200);
  assert.equal((await metadata('pg_create_event_trigger', { name: 'on_traced', source: 'default', table: 'traced', webhook: `${at}/event`, insert: { columns: '*' } })).status, 200);
  try {
    for (const [digit, flag] of [['c0', '01'], ['c1', '00']]) {
      const { traceparent } = context(digit);
      await post('/v1/graphql', { query: `mutation { insert_traced(objects: [{ id: 3${digit[1]} }]) { affected_rows } }` },
        { ...headersOf('writer'), traceparent: traceparent.replace(/01$/, flag) });
    }
    await until(() => seen.length === 4 && ofTrace('c0').length >= 5);
    const [root] = ofTrace('c0').filter(({ name }) => name === '/v1/graphql');
    for (const [path, parent] of [['/check', root.id], ['/event', ofTrace('c0').find(({ name }) => name === 'Event trigger: on_traced').id]]) {
      const { headers } = seen.find((call) => call.path.startsWith(path) && call.headers['x-b3-traceid'] === root.trace && call.headers['x-b3-sampled'] === '1');
      const span = ofTrace('c0').find(({ name }) => name === `POST http://127.0.0.1:${hook.address().port}${path}`);
      assert.equal(span.kind, 3);
      assert.equal(span.parent, parent);
      assert.equal(span.attributes['http.status_code'], '200');
      assert.equal(headers['x-b3-spanid'], span.id);
      assert.equal(headers['x-b3-parentspanid'], parent);
      assert.equal(headers.traceparent, `00-${root.trace}-${span.id}-01`);
    }
    assert.equal(ofTrace('c0').find(({ name }) => name === 'Event trigger: on_traced').parent, root.id, 'an event goes on with its trace');
    assert.deepEqual(ofTrace('c1'), [], 'one that is not sampled is not exported');
    const unsampled = seen.filter(({ headers }) => headers['x-b3-traceid']?.endsWith('c1'));
    assert.deepEqual(unsampled.map(({ headers }) => [headers['x-b3-sampled'], headers.traceparent.slice(-3)]), [['0', '-00'], ['0', '-00']]);
    assert.ok(!Buffer.concat(batches.map(({ body }) => body)).includes('canary'), 'no password, no query of a URL');
  } finally {
    await metadata('pg_delete_event_trigger', { name: 'on_traced', source: 'default' });
    await metadata('pg_drop_insert_permission', permission);
    hook.close();
  }
});

test('metrics and log lines come to the collector, too', async () => {
  await setting('SET gqle.otlp_metrics_interval = 1');
  await configure(['metrics', 'logs']);
  const from = (path) => batches.filter((batch) => batch.path === path);
  await post('/v1/graphql', { query: '{ __typename }' }, { ...headersOf(), 'x-request-id': 'logged-1' });
  const metricsOf = (batch) => all(batch.body, 1).flatMap((resource) => all(resource, 2).flatMap((scope) => all(scope, 2)));
  await until(() => from('/v1/metrics').length >= 2 && from('/v1/logs').some(({ body }) => body.includes('logged-1')));
  const [batch] = from('/v1/metrics').slice(-1);
  assert.equal(batch.headers['x-token'], 'secret');
  const byName = Object.fromEntries(metricsOf(batch).map((metric) => [String(one(metric, 1)), metric]));
  const sum = one(byName.hasura_graphql_requests_total, 7);
  assert.equal(one(sum, 2), 2n, 'cumulative');
  assert.equal(one(sum, 3), 1n, 'monotonic');
  const points = all(sum, 1).map((point) => ({ labels: attributes(all(point, 7)), value: one(point, 6) }));
  assert.ok(points.some(({ labels, value }) => labels.operation_type === 'query' && labels.response_status === 'success' && value > 0n));
  assert.ok(one(one(one(byName.hasura_http_connections, 5), 1), 6) >= 0n, 'a gauge');
  const histogram = all(one(byName.hasura_graphql_execution_time_seconds, 9), 1).find((point) => attributes(all(point, 9)).operation_type === 'query');
  const counts = one(histogram, 6);
  assert.equal(counts.length, 8 * 8);
  assert.equal(one(histogram, 7).length, 8 * 7);
  assert.equal(one(histogram, 7).readDoubleLE(0), 0.01);
  assert.equal(one(histogram, 4), Array.from({ length: 8 }, (_, i) => counts.readBigUInt64LE(8 * i)).reduce((a, b) => a + b));
  const lines = from('/v1/logs').flatMap((b) => all(b.body, 1).flatMap((resource) => all(resource, 2).flatMap((scope) => all(scope, 2))));
  const line = lines.find((record) => one(record, 5).includes('logged-1'));
  assert.equal(String(one(line, 3)), 'INFO');
  assert.equal(JSON.parse(String(one(one(line, 5), 1))).type, 'http-log');
  assert.ok(!Buffer.concat(from('/v1/logs').map(({ body }) => body)).includes(secret), 'no secret');
  const count = batches.length;
  await metadata('set_opentelemetry_status', 'disabled');
  await sleep(1500);
  assert.ok(batches.length <= count + 2, 'switched off');
  await setting('RESET gqle.otlp_metrics_interval');
});

test('what a collector does not take is counted', async () => {
  await configure(['traces']);
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
