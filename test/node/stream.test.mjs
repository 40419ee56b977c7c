// Streaming subscriptions: batches after a cursor, each row once.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { metadata, runSql, psql, url, headersOf } from './lib.mjs';
import { Talk, MODERN, APOLLO, sleep } from './talk.mjs';

const ok = (answer) => assert.equal(answer.status, 200, answer.raw);
const table = { schema: 'stream', name: 'event' };
const ids = (data) => data.stream_event_stream.map((row) => row.id);
const stream = (args, fields = 'id') => `subscription ($c: [stream_event_stream_cursor_input]!) { stream_event_stream(${args}, cursor: $c) { ${fields} } }`;
const from = (value, ordering) => ({ c: [{ initial_value: value, ...(ordering && { ordering }) }] });

before(async () => {
  psql(`DROP SCHEMA IF EXISTS stream CASCADE; CREATE SCHEMA stream;
    CREATE TABLE stream.event (id integer PRIMARY KEY, owner text, at timestamptz, weight numeric);
    INSERT INTO stream.event SELECT g, CASE WHEN g % 2 = 0 THEN 'ann' ELSE 'bob' END,
      '2020-01-01 00:00:00.123456+00'::timestamptz + (g / 2) * interval '1 minute', g / 3.0 FROM generate_series(1, 7) AS g;
    INSERT INTO stream.event VALUES (100, 'ann', NULL, NULL);
    CREATE VIEW stream.odd AS SELECT id, 10 / weight::integer AS inverse FROM stream.event WHERE id > 199`);
  ok(await metadata('pg_track_table', { source: 'default', table }));
  ok(await metadata('pg_track_table', { source: 'default', table: { schema: 'stream', name: 'odd' } }));
  ok(await metadata('pg_create_select_permission', { source: 'default', table, role: 'owner',
    permission: { columns: ['id', 'at'], filter: { owner: { _eq: 'X-Hasura-Name' } }, limit: 2 } }));
});

after(async () => {
  ok(await runSql('DROP SCHEMA stream CASCADE'));
});

for (const protocol of [MODERN, APOLLO]) {
  test(`${protocol}: batches until the end, then what comes`, async () => {
    psql('DELETE FROM stream.event WHERE id BETWEEN 8 AND 99');
    const talk = await Talk.ready(protocol);
    talk.start('s', stream('batch_size: 3, where: {id: {_lt: 90}}'), from({ id: 1 }));
    assert.deepEqual(ids(await talk.data('s')), [2, 3, 4]);
    assert.deepEqual(ids(await talk.data('s')), [5, 6, 7]);
    await talk.silence(1500);
    psql("INSERT INTO stream.event VALUES (9, 'bob', now(), 1), (8, 'ann', now(), 1)");
    assert.deepEqual(ids(await talk.data('s')), [8, 9]);
    psql('UPDATE stream.event SET weight = 2 WHERE id = 8');
    await talk.silence(1500);
    talk.stop('s');
    psql("INSERT INTO stream.event VALUES (10, 'bob', now(), 1)");
    await talk.silence(1500);
    talk.close();
  });
}

test('nothing is sent before there are rows', async () => {
  psql('DELETE FROM stream.event WHERE id BETWEEN 8 AND 99');
  const talk = await Talk.ready(MODERN);
  talk.start('s', stream('batch_size: 3, where: {id: {_lt: 90}}'), from({ id: 50 }));
  await talk.silence(1500);
  psql("INSERT INTO stream.event VALUES (51, 'ann', now(), 1)");
  assert.deepEqual(ids(await talk.data('s')), [51]);
  talk.close();
  psql('DELETE FROM stream.event WHERE id = 51');
});

test('descending, ties in one batch, nulls never', async () => {
  psql('DELETE FROM stream.event WHERE id BETWEEN 8 AND 99');
  const talk = await Talk.ready(MODERN);
  talk.start('s', stream('batch_size: 1', 'id at'), from({ at: '2020-01-01T00:04:00+00:00' }, 'DESC'));
  const batches = [await talk.data('s'), await talk.data('s'), await talk.data('s')].map(ids).map((batch) => batch.sort());
  assert.deepEqual(batches, [[6, 7], [4, 5], [2, 3]]);
  assert.deepEqual(ids(await talk.data('s')), [1]);
  await talk.silence(1500);
  talk.close();
});

test('the cursor keeps every digit', async () => {
  const talk = await Talk.ready(MODERN);
  talk.start('s', stream('batch_size: 1, where: {id: {_lte: 3}}'), from({ weight: '0' }));
  assert.deepEqual([ids(await talk.data('s')), ids(await talk.data('s')), ids(await talk.data('s'))], [[1], [2], [3]]);
  await talk.silence(1500);
  talk.close();
});

test('a null for a start gives nothing', async () => {
  const talk = await Talk.ready(MODERN);
  talk.start('s', stream('batch_size: 1'), from({ at: null }));
  await talk.silence(1500);
  talk.close();
});

test('permissions: rows, columns and the limit of a batch', async () => {
  const talk = await Talk.ready(MODERN, { 'x-hasura-role': 'owner', 'x-hasura-name': 'ann' });
  talk.start('s', stream('batch_size: 5, where: {id: {_lt: 8}}'), from({ id: 0 }));
  assert.deepEqual(ids(await talk.data('s')), [2, 4]);
  assert.deepEqual(ids(await talk.data('s')), [6]);
  talk.start('t', stream('batch_size: 5'), from({ weight: '0' }));
  const { type, payload } = await talk.next();
  assert.deepEqual([type, payload[0].extensions.code], ['error', 'validation-failed']);
  talk.close();
});

test('each starts where it says, also beside one that is further', async () => {
  psql('DELETE FROM stream.event WHERE id BETWEEN 8 AND 99');
  const [one, two] = [await Talk.ready(MODERN), await Talk.ready(MODERN)];
  const text = stream('batch_size: 4, where: {id: {_lt: 90}}');
  one.start('s', text, from({ id: 0 }));
  assert.deepEqual(ids(await one.data('s')), [1, 2, 3, 4]);
  two.start('s', text, from({ id: 0 }));
  assert.deepEqual(ids(await two.data('s')), [1, 2, 3, 4]);
  assert.deepEqual(ids(await one.data('s')), [5, 6, 7]);
  assert.deepEqual(ids(await two.data('s')), [5, 6, 7]);
  psql("INSERT INTO stream.event VALUES (8, 'ann', now(), 1)");
  assert.deepEqual([ids(await one.data('s')), ids(await two.data('s'))], [[8], [8]]);
  one.close();
  psql("INSERT INTO stream.event VALUES (9, 'ann', now(), 1)");
  assert.deepEqual(ids(await two.data('s')), [9]);
  two.close();
});

test('what is refused', async () => {
  const talk = await Talk.ready(APOLLO);
  const refused = async (text, message) => {
    talk.start('r', text);
    const { type, payload } = await talk.next();
    assert.deepEqual([type, payload.errors?.[0].message ?? payload.message ?? payload.error], ['error', message]);
    assert.equal((await talk.next()).type, 'complete');
  };
  const one = (name, args) => `${name}: stream_event_stream(batch_size: 1, cursor: ${args}) { id }`;
  await refused(`subscription { ${one('a', '{initial_value: {}}')} }`, 'one streaming column field is expected');
  await refused(`subscription { ${one('a', '[{initial_value: {id: 1}}, {initial_value: {weight: 1}}]')} }`, 'multiple column cursors are not supported yet');
  await refused(`subscription @_multiple_top_level_fields { ${one('a', '{initial_value: {id: 1}}')} ${one('b', '{initial_value: {id: 1}}')} }`,
    'exactly one root field is allowed for streaming subscriptions');
  await refused(`subscription @_multiple_top_level_fields { ${one('a', '{initial_value: {id: 1}}')} stream_event { id } }`,
    'streaming and livequery subscriptions cannot be executed in the same subscription');
  talk.close();
});

test('an error ends the stream, or is told once; then it goes on', async () => {
  const text = 'subscription { stream_odd_stream(batch_size: 1, cursor: {initial_value: {id: 199}}) { id inverse } }';
  const [modern, apollo] = [await Talk.ready(MODERN), await Talk.ready(APOLLO)];
  modern.start('s', text);
  apollo.start('s', text);
  await modern.silence(300);
  psql('INSERT INTO stream.event (id, weight) VALUES (200, 0)');
  assert.equal((await modern.next()).type, 'error');
  assert.equal((await apollo.next()).payload.errors[0].extensions.code, 'data-exception');
  await apollo.silence(1500);
  psql('UPDATE stream.event SET weight = 5 WHERE id = 200');
  assert.deepEqual((await apollo.data('s')).stream_odd_stream, [{ id: 200, inverse: 2 }]);
  await modern.silence(1);
  psql('DELETE FROM stream.event WHERE id = 200');
  modern.close();
  apollo.close();
});

// Run something with settings of the server changed meanwhile.
async function having(settings, run) {
  const names = Object.keys(settings);
  names.forEach((name) => psql(`ALTER SYSTEM SET ${name} = '${settings[name]}'`));
  psql('SELECT pg_reload_conf()');
  await sleep(300);
  try {
    await run();
  } finally {
    names.forEach((name) => psql(`ALTER SYSTEM RESET ${name}`));
    psql('SELECT pg_reload_conf()');
    await sleep(300);
  }
}

test('the same by way of an executor', async () => {
  psql('DELETE FROM stream.event WHERE id BETWEEN 8 AND 99');
  await having({ 'gqle.inline_cost_limit': 0, 'gqle.streaming_queries_multiplexed_refetch_interval': 50 }, async () => {
    const talk = await Talk.ready(MODERN);
    talk.start('s', stream('batch_size: 3, where: {id: {_lt: 90}}'), from({ id: 0 }));
    assert.deepEqual([ids(await talk.data('s')), ids(await talk.data('s')), ids(await talk.data('s'))], [[1, 2, 3], [4, 5, 6], [7]]);
    await talk.silence(300);
    psql("INSERT INTO stream.event VALUES (8, 'ann', now(), 1)");
    assert.deepEqual(ids(await talk.data('s')), [8]);
    talk.close();
  });
});

test('who reads slowly gets every row once', async () => {
  psql("CREATE TABLE stream.big AS SELECT g AS id, repeat('x', 20000) AS filler FROM generate_series(1, 400) AS g");
  ok(await metadata('pg_track_table', { source: 'default', table: { schema: 'stream', name: 'big' } }));
  await having({ 'gqle.streaming_queries_multiplexed_refetch_interval': 20 }, async () => {
    const talk = await Talk.ready(MODERN);
    talk.start('s', 'subscription { stream_big_stream(batch_size: 20, cursor: {initial_value: {id: 0}}) { id filler } }');
    talk.socket._socket.pause();
    await sleep(1500);
    talk.socket._socket.resume();
    const seen = [];
    while (seen.length < 400) {
      seen.push(...(await talk.data('s')).stream_big_stream.map((row) => row.id));
    }
    assert.deepEqual(seen, Array.from({ length: 400 }, (_, i) => i + 1));
    await talk.silence(200);
    talk.close();
  });
});

test('empty answers of live queries are left out on request', async () => {
  await having({ 'gqle.experimental_features': 'remove_empty_subscription_responses', 'gqle.live_queries_multiplexed_refetch_interval': 50 }, async () => {
    const talk = await Talk.ready(MODERN);
    talk.start('q', 'subscription { stream_event(where: {id: {_eq: 300}}) { id } }');
    talk.start('k', 'subscription { stream_event_by_pk(id: 300) { id } }');
    await talk.silence(400);
    psql('INSERT INTO stream.event (id) VALUES (300)');
    const told = [await talk.next(), await talk.next()].map((m) => [m.id, m.payload.data]).sort();
    assert.deepEqual(told, [['k', { stream_event_by_pk: { id: 300 } }], ['q', { stream_event: [{ id: 300 }] }]]);
    psql('DELETE FROM stream.event WHERE id = 300');
    await talk.silence(400);
    talk.close();
  });
});

test('as server-sent events', async () => {
  psql('DELETE FROM stream.event WHERE id BETWEEN 8 AND 99');
  const reply = await fetch(`${url}/v1/graphql`, { method: 'POST', headers: { ...headersOf(), accept: 'text/event-stream' },
    body: JSON.stringify({ query: stream('batch_size: 9, where: {id: {_lt: 90}}'), variables: from({ id: 7 }) }) });
  const reader = reply.body.getReader();
  await sleep(500);
  psql("INSERT INTO stream.event VALUES (8, 'ann', now(), 1)");
  let text = '';
  while (!text.includes('data:')) {
    text += Buffer.from((await reader.read()).value).toString();
  }
  assert.match(text, /^(:\n\n)*event: next\ndata: \{"data":\{"stream_event_stream":\[\{"id":8\}\]\}\}\n\n/);
  await reader.cancel();
});
