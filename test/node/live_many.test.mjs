// Many subscribers of one operation run together, in one statement; what each of
// them is told is what it would be told alone.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { metadata, runSql, psql, psqlAside, query } from './lib.mjs';
import { Talk, MODERN, APOLLO, sleep } from './talk.mjs';

const N = 40;
const ok = (answer) => assert.equal(answer.status, 200, answer.raw);
const settings = {
  'gqle.live_queries_multiplexed_refetch_interval': '1h',
  'gqle.streaming_queries_multiplexed_refetch_interval': '1h',
  'gqle.live_safety_interval': '1h',
  'gqle.log_file': 'live-many.log',
  'gqle.log_destination': 'file',
  'gqle.enabled_log_types': 'startup,livequery-poller-log',
};
const set = async (values) => {
  for (const [name, value] of Object.entries(values)) {
    psql(value === null ? `ALTER SYSTEM RESET ${name}` : `ALTER SYSTEM SET ${name} = '${value}'`);
  }
  psql('SELECT pg_reload_conf()');
  await sleep(300);
};
const table = (name) => ({ schema: 'many', name });
const track = async (name) => ok(await metadata('pg_track_table', { source: 'default', table: table(name) }));
const permit = async (name, role, filter, columns = '*') => ok(await metadata('pg_create_select_permission',
  { source: 'default', table: table(name), role, permission: { columns, filter, allow_aggregations: true } }));
const forbid = async (name, role) => ok(await metadata('pg_drop_select_permission',
  { source: 'default', table: table(name), role }));

before(async () => {
  psql(`DROP SCHEMA IF EXISTS many CASCADE; CREATE SCHEMA many;
    CREATE TABLE many.owner (id integer PRIMARY KEY, name text);
    CREATE TABLE many.thing (id integer PRIMARY KEY, owner_id integer REFERENCES many.owner, name text, divisor integer DEFAULT 1,
      weight numeric, tags text[], note text);
    CREATE TABLE many.event (id integer PRIMARY KEY, owner_id integer, text text);
    CREATE VIEW many.ratio AS SELECT id, 100 / divisor AS value, name FROM many.thing;
    CREATE VIEW many.mine AS SELECT id, name FROM many.thing
      WHERE owner_id = (current_setting('hasura.user')::json ->> 'x-hasura-owner-id')::integer;
    CREATE VIEW many.effort AS SELECT id, name, (SELECT count(*) FROM generate_series(1, divisor)) AS steps FROM many.thing;
    CREATE FUNCTION many.things_of(hasura_session json, at_least integer) RETURNS SETOF many.thing LANGUAGE sql STABLE AS
      $$ SELECT * FROM many.thing WHERE owner_id = (hasura_session ->> 'x-hasura-owner-id')::integer AND id >= at_least ORDER BY id $$;
    INSERT INTO many.owner SELECT g, 'owner ' || g FROM generate_series(1, ${N}) AS g;
    INSERT INTO many.thing (id, owner_id, name) SELECT g, 1 + (g - 1) % ${N}, 'thing ' || g FROM generate_series(1, ${3 * N}) AS g;
    ANALYZE many.thing`);
  for (const name of ['owner', 'thing', 'event', 'ratio', 'mine', 'effort']) {
    await track(name);
  }
  ok(await metadata('pg_create_array_relationship', { source: 'default', table: table('owner'), name: 'things',
    using: { foreign_key_constraint_on: { table: table('thing'), column: 'owner_id' } } }));
  ok(await metadata('pg_create_object_relationship', { source: 'default', table: table('thing'), name: 'owner',
    using: { foreign_key_constraint_on: 'owner_id' } }));
  ok(await metadata('pg_track_function', { source: 'default', function: table('things_of'), configuration: { session_argument: 'hasura_session' } }));
  await permit('thing', 'owner', { owner_id: { _eq: 'X-Hasura-Owner-Id' } });
  await permit('mine', 'owner', {});
  await permit('event', 'owner', { owner_id: { _eq: 'X-Hasura-Owner-Id' } });
  await set(settings);
});

after(async () => {
  await set(Object.fromEntries(Object.keys(settings).map((name) => [name, null])));
  ok(await runSql('DROP SCHEMA many CASCADE'));
  assert.deepEqual((await metadata('get_inconsistent_metadata', {})).json.inconsistent_objects, [], 'nothing is left behind');
});

// A subscriber: a connection of its own, and what it was told last.
async function subscribe(text, variables, headers = {}, protocol = MODERN) {
  const talk = await Talk.ready(protocol, headers);
  talk.start('s', `subscription ${text}`, variables);
  return { talk, text, variables, headers, first: await talk.data('s'), next: () => talk.data('s') };
}
const all = (make) => Promise.all(Array.from({ length: N }, (_, i) => make(i + 1)));
const closeAll = (subscribers) => subscribers.forEach(({ talk }) => talk.close());
const owner = (id) => ({ 'x-hasura-role': 'owner', 'x-hasura-owner-id': String(id) });

// Each of them is told what a query answers now, and nothing else.
async function expectCurrent(subscribers) {
  for (const { next, text, variables, headers } of subscribers) {
    const { 'x-hasura-role': role, ...rest } = headers;
    const expected = await query(`query ${text}`, variables, { 'content-type': 'application/json', 'x-hasura-admin-secret': process.env.GQLE_ADMIN_SECRET,
      ...(role && { 'x-hasura-role': role }), ...rest });
    assert.deepEqual(await next(), expected);
  }
}
async function expectSilence(subscribers, ms = 500) {
  await sleep(ms);
  subscribers.forEach(({ talk }) => assert.deepEqual(talk.messages, []));
}
// How subscriptions were run since the last call, as the log has it: true is with others.
let seen = 0;
async function runs() {
  await sleep(300);
  const size = Number(psql("SELECT coalesce((pg_stat_file('live-many.log', true)).size, 0)")[0]);
  const lines = psql(`SELECT line LIKE '%gqle_members%'
    FROM regexp_split_to_table(pg_read_file('live-many.log', ${seen}, ${size - seen}, true), E'\\n') AS line WHERE line LIKE '%livequery-poller-log%'`);
  seen = size;
  return lines.map((line) => line === 't');
}

test('those of one key each are told of their own change, and run together', async () => {
  const many = await all((id) => subscribe('($id: Int!) { many_thing_by_pk(id: $id) { id name } }', { id }));
  await runs();
  psql("UPDATE many.thing SET name = 'seven' WHERE id = 7");
  assert.deepEqual((await many[6].next()).many_thing_by_pk, { id: 7, name: 'seven' });
  await expectSilence(many);
  const run = await runs();
  assert.ok(run.length >= N && run.filter(Boolean).length > N / 2, JSON.stringify(run));
  psql(`UPDATE many.thing SET name = name || '!' WHERE id <= ${N}`);
  await expectCurrent(many);
  psql("DELETE FROM many.thing WHERE id = 3; INSERT INTO many.thing (id, owner_id, name) VALUES (3, 3, 'back'), (1000, 1, 'new')");
  assert.deepEqual(await many[2].next(), { many_thing_by_pk: { id: 3, name: 'back' } });
  psql('DELETE FROM many.thing WHERE id = 1000');
  await expectSilence(many);
  closeAll(many);
});

test('variables of every kind, nulls and lists among them', async () => {
  const text = `($ids: [Int!]!, $like: String, $tags: [String!], $least: numeric) {
    many_thing(where: {id: {_in: $ids}, _or: [{name: {_like: $like}}, {tags: {_eq: $tags}}, {weight: {_gte: $least}}]}, order_by: {id: desc}, limit: 3)
      { id title: name weight tags owner { name } } }`;
  const many = await all((i) => subscribe(text, { ids: [i, i + 1, i + N], like: i % 3 ? '%thing%' : 'x%', tags: i % 5 ? ['a', 'b'] : [], least: `${i}.5` }));
  psql(`UPDATE many.thing SET weight = id + 0.25, tags = CASE WHEN id % 2 = 0 THEN '{a,b}'::text[] ELSE '{}' END, name = 'thing ' || id || ' "quoted" \\ ü'`);
  const changed = [];
  await sleep(1000);
  for (const one of many) {
    const expected = await query(`query ${one.text}`, one.variables);
    if (JSON.stringify(expected) === JSON.stringify(one.first)) {
      assert.deepEqual(one.talk.messages, []);
    } else {
      assert.deepEqual(await one.next(), expected);
      changed.push(one);
    }
  }
  assert.ok(changed.length > N / 2, `${changed.length} changed`);
  closeAll(many);
});

test('equal answers are made once, whoever asks', async () => {
  const many = await all((i) => subscribe('{ many_thing_aggregate { aggregate { count } } }', undefined, { 'x-hasura-user-id': String(i) }));
  await runs();
  psql("INSERT INTO many.thing (id, owner_id, name) VALUES (1001, 1, 'x')");
  await expectCurrent(many);
  const run = await runs();
  assert.ok(run.some(Boolean));
  psql('DELETE FROM many.thing WHERE id = 1001');
  await expectCurrent(many);
  closeAll(many);
});

test('sessions see their own rows', async () => {
  const nested = '{ many_thing(order_by: {id: asc}) { id name } }';
  const many = await all((id) => subscribe(nested, undefined, owner(id)));
  const admin = await subscribe('{ many_owner(where: {id: {_lt: 4}}, order_by: {id: asc}) { name things(order_by: {id: asc}, limit: 2) { name } } }');
  many.forEach(({ first }, i) => assert.equal(first.many_thing[0].id, i + 1));
  psql("UPDATE many.thing SET name = 'n' || id");
  await expectCurrent([...many, admin]);
  psql("UPDATE many.thing SET name = 'only nine' WHERE owner_id = 9");
  await expectCurrent([many[8]]);
  await expectSilence([...many, admin]);
  closeAll([...many, admin]);
});

test('settings of the session are those of each', async () => {
  const many = await all((id) => subscribe('{ many_mine(order_by: {id: asc}) { id name } }', undefined, owner(1 + (id % 5))));
  assert.deepEqual(new Set(many.map(({ first }) => first.many_mine[0].id)), new Set([1, 2, 3, 4, 5]));
  await runs();
  psql("UPDATE many.thing SET name = 'm' || id");
  await expectCurrent(many);
  assert.ok((await runs()).some(Boolean));
  closeAll(many);
});

test('functions get the session of each', async () => {
  const many = await all((id) => subscribe('($least: Int!) { many_things_of(args: {at_least: $least}) { id name } }', { least: id }, owner(1 + (id % 7))));
  psql("UPDATE many.thing SET name = 'f' || id");
  await set({ 'gqle.live_queries_multiplexed_refetch_interval': '200ms' });
  await expectCurrent(many);
  closeAll(many);
  await set(settings);
});

test('the error of one is not that of the others', async () => {
  await set({ 'gqle.live_queries_multiplexed_refetch_interval': '300ms' });
  const many = await all((id) => subscribe('($id: Int!) { many_ratio(where: {id: {_eq: $id}}) { value name } }', { id }, {}, APOLLO));
  psql(`UPDATE many.thing SET name = 'r' || id, divisor = CASE id WHEN 5 THEN 0 ELSE 2 END WHERE id <= ${N}`);
  const others = many.filter((_, i) => i !== 4);
  await expectCurrent(others);
  const failed = await many[4].talk.next();
  assert.equal(failed.type, 'data');
  assert.equal(failed.payload.errors[0].extensions.code, 'data-exception');
  psql(`UPDATE many.thing SET name = 'again' WHERE id <= ${N}`);
  await expectCurrent(others);
  psql('UPDATE many.thing SET divisor = 4 WHERE id = 5');
  let message;
  do {
    message = await many[4].talk.next();
  } while (message.payload.errors);
  assert.deepEqual(message.payload.data.many_ratio, [{ value: 25, name: 'again' }]);
  await expectSilence(others);
  psql(`UPDATE many.thing SET divisor = 1 WHERE id <= ${N}`);
  await expectCurrent(many);
  closeAll(many);
  await set(settings);
});

test('one that takes long does not hold up the others', async () => {
  await set({ 'gqle.live_queries_multiplexed_refetch_interval': '300ms' });
  const many = await all((id) => subscribe('($id: Int!) { many_effort(where: {id: {_eq: $id}}) { name steps } }', { id }));
  const others = many.filter((_, i) => i !== 11);
  psql(`UPDATE many.thing SET name = 'e' || id, divisor = CASE id WHEN 12 THEN 8000000 ELSE 2 END WHERE id <= ${N}`);
  await expectCurrent(others);
  assert.equal((await many[11].talk.data('s')).many_effort[0].steps, 8000000);
  psql(`UPDATE many.thing SET divisor = 1 WHERE id <= ${N}`);
  await expectCurrent(many);
  closeAll(many);
  await set(settings);
});

test('changes of the table hold at the next run', async () => {
  await set({ 'gqle.live_queries_multiplexed_refetch_interval': '300ms' });
  const many = await all((id) => subscribe('($id: Int!) { many_thing_by_pk(id: $id) { note } }', { id }, {}, APOLLO));
  psql("ALTER TABLE many.thing ALTER note TYPE varchar(50), ADD extra integer; UPDATE many.thing SET note = 'note ' || id");
  await expectCurrent(many);
  psql('ALTER TABLE many.thing RENAME note TO remark');
  for (const { talk } of many) {
    assert.match((await talk.next()).payload.errors[0].message, /field 'note' not found/);
  }
  psql('ALTER TABLE many.thing RENAME remark TO note');
  for (const [i, { talk }] of many.entries()) {
    let message;
    do {
      message = await talk.next();
    } while (message.payload.errors);
    assert.deepEqual(message.payload.data, { many_thing_by_pk: { note: `note ${i + 1}` } });
  }
  closeAll(many);
  await set(settings);
});

test('policies of the database see the session of each', async () => {
  psql(`ALTER TABLE many.event ENABLE ROW LEVEL SECURITY; ALTER TABLE many.event FORCE ROW LEVEL SECURITY;
    CREATE ROLE many_reader; GRANT USAGE ON SCHEMA many TO many_reader; GRANT SELECT ON many.event TO many_reader;
    CREATE VIEW many.guarded AS SELECT id, text FROM many.event; ALTER VIEW many.guarded OWNER TO many_reader;
    CREATE POLICY own ON many.event USING (owner_id = (SELECT (current_setting('hasura.user')::json ->> 'x-hasura-owner-id')::integer));
    INSERT INTO many.event SELECT g, 1 + g % 4, 'first' FROM generate_series(1, 8) AS g`);
  await track('guarded');
  await permit('guarded', 'owner', {});
  await sleep(500);
  const many = await all((id) => subscribe('{ many_guarded(order_by: {id: asc}) { id text } }', undefined, owner(1 + (id % 4))));
  many.forEach(({ first }, i) => assert.deepEqual(first.many_guarded.map(({ id }) => id % 4), [(i + 1) % 4, (i + 1) % 4]));
  await runs();
  psql("UPDATE many.event SET text = 'second'");
  await expectCurrent(many);
  assert.ok((await runs()).some(Boolean));
  closeAll(many);
  ok(await metadata('pg_untrack_table', { source: 'default', table: table('guarded'), cascade: true }));
  psql(`ALTER TABLE many.event DISABLE ROW LEVEL SECURITY; ALTER TABLE many.event NO FORCE ROW LEVEL SECURITY; DELETE FROM many.event;
    DROP VIEW many.guarded CASCADE; DROP OWNED BY many_reader; DROP ROLE many_reader`);
});

test('who leaves while others are told is not missed', async () => {
  const many = await all((id) => subscribe('($id: Int!) { many_thing(where: {id: {_gte: $id}}, order_by: {id: asc}) { name } }', { id }));
  const [staying, going] = [many.filter((_, i) => i % 2 === 0), many.filter((_, i) => i % 2 === 1)];
  const update = psqlAside("UPDATE many.thing SET name = 'g' || id");
  going.forEach(({ talk }, i) => (i % 2 ? talk.socket.terminate() : talk.stop('s')));
  await update;
  await expectCurrent(staying);
  psql("UPDATE many.thing SET name = 'h' || id");
  await expectCurrent(staying);
  closeAll(many);
});

test('a socket that takes nothing holds nobody up', async () => {
  const large = '($id: Int!) { many_thing(where: {id: {_gte: $id}}, order_by: {id: asc}) { name } }';
  const many = await all((id) => subscribe(large, { id }));
  const slow = await subscribe(large, { id: 1 });
  slow.talk.socket._socket.pause();
  for (let i = 0; i < 20; i += 1) {
    psql(`UPDATE many.thing SET name = repeat('${i % 10}', 3000)`);
    await sleep(30);
  }
  psql("UPDATE many.thing SET name = 'end'");
  for (const { talk, first } of many) {
    let last = first;
    do {
      last = await talk.data('s');
    } while (last.many_thing[0].name !== 'end');
  }
  slow.talk.socket._socket.resume();
  await set({ 'gqle.live_queries_multiplexed_refetch_interval': '300ms' });
  let last;
  do {
    last = await slow.next();
  } while (last.many_thing[0].name !== 'end');
  closeAll([...many, slow]);
  await set(settings);
});

test('streams go on from where each is', async () => {
  const text = '($from: Int!, $size: Int!) { many_event_stream(batch_size: $size, cursor: {initial_value: {id: $from}}) { id text } }';
  const talks = await all(async (i) => {
    const talk = await Talk.ready(MODERN, owner(1 + (i % 4)));
    talk.start('s', `subscription ${text}`, { from: i, size: 2 + (i % 2) });
    return talk;
  });
  await runs();
  psql(`INSERT INTO many.event SELECT g, 1 + g % 4, 'event ' || g FROM generate_series(1, ${2 * N}) AS g`);
  const expected = (i) => Array.from({ length: 2 * N }, (_, k) => k + 1).filter((id) => id > i && id % 4 === i % 4);
  const told = talks.map(() => []);
  for (const [index, talk] of talks.entries()) {
    while (told[index].length < expected(index + 1).length) {
      told[index].push(...(await talk.data('s')).many_event_stream.map(({ id }) => id));
    }
    assert.deepEqual(told[index], expected(index + 1));
  }
  assert.ok((await runs()).some(Boolean));
  psql(`INSERT INTO many.event SELECT g, 1 + g % 4, 'late' FROM generate_series(${2 * N + 1}, ${2 * N + 4}) AS g`);
  for (const [index, talk] of talks.entries()) {
    const { many_event_stream: rows } = await talk.data('s');
    assert.deepEqual(rows, [{ id: rows[0].id, text: 'late' }]);
    assert.equal(rows[0].id % 4, (index + 1) % 4);
  }
  talks.forEach((talk) => talk.close());
});

test('the size of batches is a setting', async () => {
  const many = await all((id) => subscribe('($id: Int!) { many_thing_by_pk(id: $id) { id name } }', { id }));
  await set({ 'gqle.live_queries_multiplexed_batch_size': '7' });
  await runs();
  psql("UPDATE many.thing SET name = 'b' || id");
  await expectCurrent(many);
  assert.ok((await runs()).some(Boolean));
  await set({ 'gqle.live_queries_multiplexed_batch_size': '1' });
  psql("UPDATE many.thing SET name = 'c' || id");
  await expectCurrent(many);
  assert.ok(!(await runs()).some(Boolean));
  closeAll(many);
  await set({ 'gqle.live_queries_multiplexed_batch_size': null });
});
