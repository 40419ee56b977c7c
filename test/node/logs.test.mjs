// Lines of websocket-log, written to a file that the database lets us read.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { url, secret, psql } from './lib.mjs';

const endpoint = `${url.replace(/^http/, 'ws')}/v1/graphql`;
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

before(async () => {
  psql("ALTER SYSTEM SET gqle.log_file = 'node-test.log'");
  psql("ALTER SYSTEM SET gqle.log_destination = 'file'");
  psql('SELECT pg_reload_conf()');
  await sleep(500);
});

after(() => {
  psql('ALTER SYSTEM RESET gqle.log_file');
  psql('ALTER SYSTEM RESET gqle.log_destination');
  psql('SELECT pg_reload_conf()');
});

// Send messages one after the other; resolves when the server or we have closed.
async function talk(messages) {
  const socket = new WebSocket(endpoint, 'graphql-transport-ws');
  const closed = new Promise((resolve) => { socket.on('close', resolve); });
  await new Promise((resolve) => { socket.on('open', resolve); });
  for (const message of messages) {
    socket.send(JSON.stringify(message));
    await sleep(100);
  }
  socket.close();
  await closed;
  await sleep(200);
}

// Events of the last WebSocket in the log, as [level, type, what befell an operation, its detail].
function events() {
  const lines = psql("SELECT pg_read_file('node-test.log')").filter((line) => line.includes('"websocket-log"')).map(JSON.parse);
  const { websocket_id: id } = lines.at(-1).detail.connection_info;
  return lines.filter((line) => line.detail.connection_info.websocket_id === id);
}
const summary = (lines) => lines.map(({ level, detail: { event } }) =>
  [level, event.type, ...(event.detail?.operation_type ? [event.detail.operation_type.type] : [])].join(' '));

test('a socket and its operations', async () => {
  await talk([
    { type: 'connection_init', payload: { headers: { 'x-hasura-admin-secret': secret } } },
    { type: 'subscribe', id: 'one', payload: { query: 'query q { __typename }', operationName: 'q' } },
    { type: 'subscribe', id: 'two', payload: { query: '{ nothing }' } },
    { type: 'subscribe', id: 'three', payload: { query: 'subscription { artist(limit: 1) { id } }' } },
    { type: 'complete', id: 'three' },
  ]);
  const lines = events();
  assert.deepEqual(summary(lines), ['info accepted', 'info operation started', 'info operation completed',
    'info operation started', 'error operation query_err', 'info operation started', 'info operation stopped', 'info closed']);
  const { detail } = lines[2];
  assert.equal(detail.user_vars['x-hasura-role'], 'admin');
  assert.equal(detail.event.detail.operation_id, 'one');
  assert.equal(detail.event.detail.operation_name, 'q');
  assert.match(detail.event.detail.request_id, /^[0-9a-f-]{36}$/);
  assert.equal(lines[1].detail.event.detail.request_id, detail.event.detail.request_id);
  assert.equal(lines[4].detail.event.detail.operation_type.detail.code, 'validation-failed');
});

test('one that is out of order, and one that is refused', async () => {
  await talk([{ type: 'subscribe', id: 'one', payload: { query: '{ __typename }' } }]);
  let lines = events();
  assert.deepEqual(summary(lines), ['info accepted', 'error operation proto_err', 'info closed']);
  assert.equal(lines[0].detail.user_vars, null);

  await talk([{ type: 'connection_init', payload: { headers: { 'x-hasura-admin-secret': 'canary-wrong' } } }]);
  lines = events();
  assert.deepEqual(summary(lines), ['info accepted', 'error conn_err', 'info closed']);
  assert.equal(psql("SELECT pg_read_file('node-test.log')").some((line) => line.includes('canary')), false);

  const socket = new WebSocket(`${endpoint}/nowhere`);
  await new Promise((resolve) => { socket.on('error', resolve); });
  await sleep(200);
  assert.deepEqual(summary(events()), ['error rejected']);
});
