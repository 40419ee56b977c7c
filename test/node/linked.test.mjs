// A second database as a source: added, queried, changed, watched and dropped by clients.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { failure, headersOf, metadata, post, psql, query } from './lib.mjs';
import { Talk, MODERN, sleep } from './talk.mjs';

const ok = (answer) => assert.equal(answer.status, 200, answer.raw);
const other = { source: 'second', table: 'pet' };
const sql = (text) => post('/v2/query', { type: 'run_sql', args: { source: 'second', sql: text } });

before(async () => {
  psql('DROP DATABASE IF EXISTS gqle_second WITH (FORCE)');
  psql('CREATE DATABASE gqle_second');
  const [socket, port] = psql("SELECT split_part(current_setting('unix_socket_directories'), ',', 1) || ' ' || current_setting('port')")[0].split(' ');
  ok(await metadata('pg_add_source', { name: 'second', customization: { root_fields: { namespace: 'second' } },
    configuration: { connection_info: { database_url: `postgresql:///gqle_second?host=${socket}&port=${port}&user=postgres` } } }));
  ok(await sql("CREATE TABLE pet (id serial PRIMARY KEY, name text NOT NULL, owner int); INSERT INTO pet (name, owner) VALUES ('Rex', 1), ('Tom', 2)"));
  ok(await metadata('pg_track_table', other));
  ok(await metadata('pg_create_select_permission', { ...other, role: 'owner',
    permission: { columns: ['name'], filter: { owner: { _eq: 'X-Hasura-User-Id' } } } }));
});

after(async () => {
  ok(await metadata('pg_drop_source', { name: 'second' }));
  psql('DROP DATABASE gqle_second WITH (FORCE)');
});

test('both databases answer one request', async () => {
  assert.deepEqual(await query('{ artist(limit: 1, order_by: {id: asc}) { id } second { pet(order_by: {id: asc}) { name } } }'),
    { artist: [{ id: 1 }], second: { pet: [{ name: 'Rex' }, { name: 'Tom' }] } });
});

test('a role sees what that database lets it see', async () => {
  const owner = headersOf('owner', { 'x-hasura-user-id': '2' });
  assert.deepEqual(await query('{ second { pet { name } } }', {}, owner), { second: { pet: [{ name: 'Tom' }] } });
  assert.equal((await failure('{ second { pet { id } } }', {}, owner)).extensions.code, 'validation-failed');
  assert.equal((await failure('{ second { pet { name } } }', {}, headersOf('stranger'))).extensions.path,
    '$.selectionSet.second');
});

test('a mutation with variables, and an error of that database', async () => {
  const text = 'mutation ($o: [pet_insert_input!]!) { second { insert_pet(objects: $o) { affected_rows } } }';
  assert.deepEqual(await query(text, { o: [{ name: 'Kim', owner: 3 }] }), { second: { insert_pet: { affected_rows: 1 } } });
  assert.equal((await failure(text, { o: [{ owner: 3 }] })).extensions.code, 'constraint-violation');
});

test('a subscription is told of changes there', async () => {
  const talk = await Talk.ready(MODERN, {});
  talk.start('s', 'subscription { second { pet(where: {owner: {_eq: 9}}) { name } } }');
  assert.deepEqual(await talk.data('s'), { second: { pet: [] } });
  ok(await sql("INSERT INTO pet (name, owner) VALUES ('Joe', 9)"));
  assert.deepEqual(await talk.data('s'), { second: { pet: [{ name: 'Joe' }] } });
  talk.close();
});

test('what nobody waits for any more is cancelled there', async () => {
  ok(await sql('CREATE FUNCTION wait(p pet) RETURNS text LANGUAGE sql STABLE AS $$ SELECT pg_sleep(30)::text $$'));
  ok(await metadata('pg_add_computed_field', { ...other, name: 'wait', definition: { function: 'wait' } }));
  ok(await metadata('pg_create_select_permission', { ...other, role: 'patient',
    permission: { columns: ['id'], computed_fields: ['wait'], filter: {} } }));
  ok(await metadata('set_api_limits', { disabled: false, time_limit: { global: 1 } }));
  const error = await failure('{ second { pet(limit: 1) { wait } } }', {}, headersOf('patient'));
  ok(await metadata('remove_api_limits', {}));
  assert.equal(error.extensions.code, 'time-limit-exceeded');
  const running = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'gqle_second' AND state = 'active'";
  for (let i = 0; i < 50 && psql(running)[0] !== '0'; i++) {
    await sleep(100);
  }
  assert.equal(psql(running)[0], '0');
});

test('a connection that was cut is made again', async () => {
  psql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'gqle_second'");
  for (let i = 0; i < 5; i++) {
    assert.equal((await query('{ second { pet(limit: 1) { id } } }')).second.pet.length, 1);
  }
});
