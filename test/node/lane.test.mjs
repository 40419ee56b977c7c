// Slow work has a lane of its own: it delays nobody else and is not lost.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { query, metadata, runSql, psql, psqlAside } from './lib.mjs';

before(async () => {
  psql(`DROP SCHEMA IF EXISTS lane CASCADE; CREATE SCHEMA lane;
    CREATE VIEW lane.slow AS SELECT 1 AS id, pg_sleep(2)::text AS slept;
    CREATE TABLE lane.held (id integer PRIMARY KEY, n integer); INSERT INTO lane.held VALUES (1, 1)`);
  for (const name of ['slow', 'held']) {
    assert.equal((await metadata('pg_track_table', { source: 'default', table: { schema: 'lane', name } })).status, 200);
  }
});

after(async () => {
  await runSql('DROP SCHEMA lane CASCADE');
});

test('four slow queries answer, and by-key requests meanwhile do not wait', async () => {
  let running = true;
  const slow = Promise.all(Array.from({ length: 4 }, () => query('{ lane_slow { id slept } }')))
    .finally(() => { running = false; });
  const times = [];
  while (running) {
    const started = performance.now();
    await query('{ track_by_pk(id: 1) { id } }');
    times.push(performance.now() - started);
  }
  assert.deepEqual((await slow).map((s) => s.lane_slow), Array(4).fill([{ id: 1, slept: '' }]));
  times.sort((a, b) => a - b);
  assert.ok(times.length > 100, `${times.length} requests`);
  assert.ok(times[Math.floor(times.length * 0.99)] < 250, `p99 ${times[Math.floor(times.length * 0.99)]} ms`);
});

test('a query behind a lock waits in the lane and answers', async () => {
  const locked = runSql('BEGIN; LOCK TABLE lane.held; SELECT pg_sleep(1); COMMIT');
  await new Promise((resolve) => { setTimeout(resolve, 200); });
  const held = query('{ lane_held { n } }');
  assert.deepEqual(await query('{ genre_by_pk(id: 1) { id } }'), { genre_by_pk: { id: 1 } });
  assert.deepEqual(await held, { lane_held: [{ n: 1 }] });
  await locked;
});

test('pg_stat_activity names the operation that runs', async () => {
  const slow = query('query LongList { lane_slow { id } }');
  let shown = [];
  for (let i = 0; i < 50 && shown.length === 0; i++) {
    shown = await psqlAside("SELECT query FROM pg_stat_activity WHERE backend_type LIKE 'gqle %' AND state = 'active' AND query LIKE '%LongList'");
    await sleep(20);
  }
  await slow;
  assert.deepEqual(shown, ['query LongList']);
});
