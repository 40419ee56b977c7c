// Live queries are told of changes when these commit, not when a clock says so:
// the clock of this file's server is set to an hour, save where it is needed.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { metadata, runSql, psql, psqlAside, query } from './lib.mjs';
import { Talk, MODERN, sleep } from './talk.mjs';

const ok = (answer) => assert.equal(answer.status, 200, answer.raw);
const settings = {
  'gqle.live_queries_multiplexed_refetch_interval': '1h',
  'gqle.streaming_queries_multiplexed_refetch_interval': '1h',
  'gqle.live_safety_interval': '1h',
};
const set = async (values) => {
  for (const [name, value] of Object.entries(values)) {
    psql(value === null ? `ALTER SYSTEM RESET ${name}` : `ALTER SYSTEM SET ${name} = '${value}'`);
  }
  psql('SELECT pg_reload_conf()');
  await sleep(300);
};
const table = (name) => ({ schema: 'live', name });
const track = async (name) => ok(await metadata('pg_track_table', { source: 'default', table: table(name) }));

before(async () => {
  psql(`DROP SCHEMA IF EXISTS live CASCADE; CREATE SCHEMA live;
    CREATE TABLE live.team (id integer PRIMARY KEY, name text);
    CREATE TABLE live.person (id integer PRIMARY KEY, team_id integer REFERENCES live.team ON DELETE CASCADE, name text, seen_at timestamptz DEFAULT now());
    CREATE TABLE live.reading (day integer, value integer) PARTITION BY RANGE (day);
    CREATE TABLE live.reading_1 PARTITION OF live.reading FOR VALUES FROM (0) TO (100);
    CREATE TABLE live.reading_2 PARTITION OF live.reading FOR VALUES FROM (100) TO (200);
    CREATE VIEW live.crowd AS SELECT team_id AS id, count(*) AS n FROM live.person GROUP BY team_id;
    CREATE TABLE live.unrelated (id integer);
    CREATE FUNCTION live.n_people(t live.team) RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT count(*) FROM live.person WHERE team_id = t.id); END';
    INSERT INTO live.team VALUES (1, 'red'), (2, 'blue');
    INSERT INTO live.person VALUES (1, 1, 'ann'), (2, 2, 'bob');`);
  for (const name of ['team', 'person', 'reading', 'crowd', 'unrelated']) {
    await track(name);
  }
  ok(await metadata('pg_create_array_relationship', { source: 'default', table: table('team'), name: 'people',
    using: { foreign_key_constraint_on: { table: table('person'), column: 'team_id' } } }));
  ok(await metadata('pg_add_computed_field', { source: 'default', table: table('team'), name: 'n_people',
    definition: { function: { schema: 'live', name: 'n_people' } } }));
  ok(await metadata('pg_create_select_permission', { source: 'default', table: table('person'), role: 'mate',
    permission: { columns: ['id', 'name'], filter: { team_id: { _eq: 'X-Hasura-Team-Id' } } } }));
  await set(settings);
});

after(async () => {
  await set(Object.fromEntries(Object.keys(settings).map((name) => [name, null])));
  ok(await runSql('DROP SCHEMA live CASCADE'));
});

// A subscription that has told its first answer.
async function subscribe(text, variables, headers) {
  const talk = await Talk.ready(MODERN, headers);
  talk.start('s', `subscription ${text}`, variables);
  const first = await talk.data('s');
  return { talk, first, next: () => talk.data('s'), quiet: (ms = 700) => talk.silence(ms) };
}

test('a commit is told at once, a rollback never', async () => {
  const { talk, next, quiet } = await subscribe('{ live_person(order_by: {id: asc}) { name } }');
  const began = performance.now();
  psql("UPDATE live.person SET name = 'eve' WHERE id = 1");
  assert.deepEqual((await next()).live_person, [{ name: 'eve' }, { name: 'bob' }]);
  assert.ok(performance.now() - began < 3000);
  psql("BEGIN; UPDATE live.person SET name = 'x'; ROLLBACK");
  psql("BEGIN; SAVEPOINT a; UPDATE live.person SET name = 'x'; ROLLBACK TO a; INSERT INTO live.unrelated VALUES (1); COMMIT");
  await quiet();
  psql("BEGIN; SAVEPOINT a; UPDATE live.person SET name = 'kim' WHERE id = 1; RELEASE a; COMMIT");
  assert.equal((await next()).live_person[0].name, 'kim');
  talk.close();
});

test('whatever way a table changes', async () => {
  const { talk, next } = await subscribe('{ live_person_aggregate { aggregate { count } } }');
  const count = async () => (await next()).live_person_aggregate.aggregate.count;
  psql("COPY live.person (id, team_id, name) FROM PROGRAM 'echo 3,1,joe' WITH (FORMAT csv)");
  assert.equal(await count(), 3);
  psql('DELETE FROM live.team WHERE id = 2'); // cascades
  assert.equal(await count(), 2);
  await query('mutation { insert_live_person_one(object: {id: 4, team_id: 1, name: "sue"}) { id } }');
  assert.equal(await count(), 3);
  psql('TRUNCATE live.person');
  assert.equal(await count(), 0);
  psql("INSERT INTO live.team VALUES (2, 'blue'); INSERT INTO live.person VALUES (1, 1, 'ann'), (2, 2, 'bob')");
  assert.equal(await count(), 2);
  talk.close();
});

test('tables below: relationships, views, partitions', async () => {
  const team = await subscribe('{ live_team_by_pk(id: 1) { people(order_by: {id: asc}) { name } } }');
  const crowd = await subscribe('{ live_crowd(order_by: {id: asc}) { id n } }');
  const readings = await subscribe('{ live_reading_aggregate { aggregate { sum { value } } } }');
  psql("INSERT INTO live.person VALUES (5, 1, 'max')");
  assert.deepEqual((await team.next()).live_team_by_pk.people, [{ name: 'ann' }, { name: 'max' }]);
  assert.deepEqual((await crowd.next()).live_crowd[0], { id: 1, n: 2 });
  psql('INSERT INTO live.reading VALUES (5, 1)');
  assert.equal((await readings.next()).live_reading_aggregate.aggregate.sum.value, 1);
  psql('INSERT INTO live.reading_2 VALUES (105, 2)');
  assert.equal((await readings.next()).live_reading_aggregate.aggregate.sum.value, 3);
  psql('DELETE FROM live.person WHERE id = 5');
  for (const { talk } of [team, crowd, readings]) {
    talk.close();
  }
});

test('permissions decide who is told', async () => {
  const red = await subscribe('{ live_person { name } }', {}, { 'x-hasura-role': 'mate', 'x-hasura-team-id': '1' });
  const blue = await subscribe('{ live_person { name } }', {}, { 'x-hasura-role': 'mate', 'x-hasura-team-id': '2' });
  psql("UPDATE live.person SET name = 'zoe' WHERE id = 2");
  assert.deepEqual((await blue.next()).live_person, [{ name: 'zoe' }]);
  await red.quiet();
  red.talk.close();
  blue.talk.close();
});

test('a change between the first answer and the watching is not lost', async () => {
  for (let i = 0; i < 20; i++) {
    const talk = await Talk.ready(MODERN);
    talk.start('s', 'subscription { live_person_by_pk(id: 1) { name } }');
    psql(`UPDATE live.person SET name = 'n${i}' WHERE id = 1`);
    let name;
    do {
      name = (await talk.data('s')).live_person_by_pk.name;
    } while (name !== `n${i}`);
    talk.close();
  }
});

test('many changes are told together, the last state always', async () => {
  const { talk } = await subscribe('{ live_person_by_pk(id: 2) { name } }');
  const n = 300;
  await psqlAside(Array.from({ length: n }, (_, i) => `UPDATE live.person SET name = 'v${i}' WHERE id = 2;`).join('\n'));
  let told = 0;
  let name;
  do {
    name = (await talk.data('s')).live_person_by_pk.name;
    told += 1;
  } while (name !== `v${n - 1}`);
  assert.ok(told < n, `told ${told} times`);
  await talk.silence(500);
  talk.close();
});

test('subscribers of one question are all told', async () => {
  const all = [];
  for (let i = 0; i < 5; i++) {
    all.push(await subscribe('{ live_person_by_pk(id: 1) { name } }'));
  }
  psql("UPDATE live.person SET name = 'all' WHERE id = 1");
  for (const { next } of all) {
    assert.equal((await next()).live_person_by_pk.name, 'all');
  }
  all.forEach(({ talk }) => talk.close());
});

test('a stream drains at once, then follows commits', async () => {
  psql('INSERT INTO live.unrelated SELECT g FROM generate_series(10, 19) AS g');
  const talk = await Talk.ready(MODERN);
  talk.start('s', 'subscription { live_unrelated_stream(batch_size: 3, cursor: {initial_value: {id: 9}}) { id } }');
  const ids = [];
  while (ids.length < 10) {
    ids.push(...(await talk.data('s')).live_unrelated_stream.map((row) => row.id));
  }
  psql('INSERT INTO live.unrelated VALUES (20)');
  ids.push(...(await talk.data('s')).live_unrelated_stream.map((row) => row.id));
  assert.deepEqual(ids, [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  talk.close();
});

test('what cannot be watched is asked by the clock', async () => {
  await set({ 'gqle.live_queries_multiplexed_refetch_interval': '300ms' });
  const opaque = await subscribe('{ live_team_by_pk(id: 1) { n_people } }');
  const clock = await subscribe('($t: timestamptz!) { live_person_aggregate(where: {seen_at: {_gt: $t}}) { aggregate { count } } }',
    { t: new Date().toISOString() });
  psql("INSERT INTO live.person VALUES (6, 1, 'pat')");
  assert.equal((await opaque.next()).live_team_by_pk.n_people, opaque.first.live_team_by_pk.n_people + 1);
  assert.equal((await clock.next()).live_person_aggregate.aggregate.count, 1);
  psql('DELETE FROM live.person WHERE id = 6');
  opaque.talk.close();
  clock.talk.close();
  await set(settings);
});

test('changes of definitions are noticed within the interval', async () => {
  const { talk, next } = await subscribe('{ live_crowd(where: {id: {_eq: 1}}) { n } }');
  await set({ 'gqle.live_queries_multiplexed_refetch_interval': '300ms' });
  await sleep(500);
  psql('CREATE OR REPLACE VIEW live.crowd AS SELECT team_id AS id, 100 + count(*) AS n FROM live.person GROUP BY team_id');
  assert.equal((await next()).live_crowd[0].n, 101);
  talk.close();
  await set(settings);
});
