// Metadata commands and DDL over HTTP; everything happens in schema "side".
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { url, query, failure, metadata, runSql, psql, headersOf } from './lib.mjs';

const ok = (answer) => assert.equal(answer.status, 200, answer.raw);
const table = (name) => ({ schema: 'side', name });

before(() => {
  psql(`DROP SCHEMA IF EXISTS side CASCADE; CREATE SCHEMA side;
    CREATE TABLE side.author (id integer PRIMARY KEY, name text NOT NULL, age integer);
    CREATE TABLE side.book (id integer PRIMARY KEY, title text, author_id integer REFERENCES side.author);
    INSERT INTO side.author VALUES (1, 'Ann', 40), (2, 'Bob', 50);
    INSERT INTO side.book VALUES (1, 'A1', 1), (2, 'A2', 1), (3, 'B1', 2)`);
});

after(async () => {
  await runSql('DROP SCHEMA side CASCADE');
});

test('track, relate, permit, query', async () => {
  ok(await metadata('bulk', [
    { type: 'pg_track_table', args: { source: 'default', table: table('author') } },
    { type: 'pg_track_tables', args: { tables: [{ source: 'default', table: table('book') }] } },
    { type: 'pg_create_array_relationship', args: { source: 'default', table: table('author'), name: 'books',
      using: { foreign_key_constraint_on: { table: table('book'), column: 'author_id' } } } },
    { type: 'pg_create_object_relationship', args: { source: 'default', table: table('book'), name: 'author',
      using: { foreign_key_constraint_on: 'author_id' } } },
    { type: 'pg_create_select_permission', args: { source: 'default', table: table('author'), role: 'reader',
      permission: { columns: ['id', 'name'], filter: { age: { _gt: 'X-Hasura-Min-Age' } } } } },
  ]));
  const data = await query('{ side_author(order_by: {id: asc}) { name books(order_by: {id: asc}) { title author { id } } } }');
  assert.deepEqual(data.side_author[0], { name: 'Ann', books: [{ title: 'A1', author: { id: 1 } }, { title: 'A2', author: { id: 1 } }] });
  const seen = await query('{ side_author { id name } }', undefined, headersOf('reader', { 'x-hasura-min-age': '45' }));
  assert.deepEqual(seen.side_author, [{ id: 2, name: 'Bob' }]);
});

test('a manual relationship', async () => {
  ok(await metadata('pg_create_array_relationship', { source: 'default', table: table('author'), name: 'elders',
    using: { manual_configuration: { remote_table: table('author'), column_mapping: { id: 'id' }, insertion_order: null } } }));
  const data = await query('{ side_author(where: {id: {_eq: 1}}) { elders { id } } }');
  assert.deepEqual(data.side_author, [{ elders: [{ id: 1 }] }]);
});

test('custom names', async () => {
  ok(await metadata('pg_set_table_customization', { source: 'default', table: table('book'),
    configuration: { custom_name: 'Volume', column_config: { title: { custom_name: 'heading' } }, custom_root_fields: { select: 'volumes' } } }));
  const data = await query('{ volumes(order_by: {heading: asc}, limit: 1) { __typename heading } }');
  assert.deepEqual(data.volumes, [{ __typename: 'Volume', heading: 'A1' }]);
  ok(await metadata('pg_set_table_customization', { source: 'default', table: table('book'), configuration: {} }));
  assert.equal((await query('{ side_book(limit: 1) { __typename } }')).side_book[0].__typename, 'side_book');
});

test('DDL by anybody shows at the next request', async () => {
  psql('ALTER TABLE side.author ADD COLUMN city text DEFAULT \'Oslo\'');
  assert.deepEqual((await query('{ side_author(where: {id: {_eq: 1}}) { city } }')).side_author, [{ city: 'Oslo' }]);
  ok(await runSql('ALTER TABLE side.author RENAME COLUMN city TO town'));
  assert.deepEqual((await query('{ side_author(where: {id: {_eq: 1}}) { town } }')).side_author, [{ town: 'Oslo' }]);
  assert.equal((await failure('{ side_author { city } }')).extensions.code, 'validation-failed');
  ok(await runSql('ALTER TABLE side.author DROP COLUMN town'));
  assert.equal((await failure('{ side_author { town } }')).extensions.code, 'validation-failed');
});

test('a table that vanishes makes its metadata inconsistent, and comes back', async () => {
  psql('CREATE TABLE side.brief (id integer PRIMARY KEY)');
  ok(await metadata('pg_track_table', { source: 'default', table: table('brief') }));
  psql('DROP TABLE side.brief');
  assert.equal((await failure('{ side_brief { id } }')).extensions.code, 'validation-failed');
  const { json } = await metadata('get_inconsistent_metadata', {});
  assert.equal(json.is_consistent, false);
  assert.ok(JSON.stringify(json.inconsistent_objects).includes('brief'));
  psql('CREATE TABLE side.brief (id integer PRIMARY KEY)');
  assert.deepEqual(await query('{ side_brief { id } }'), { side_brief: [] });
  ok(await metadata('pg_untrack_table', { source: 'default', table: table('brief') }));
});

test('queries of collections follow the schema', async () => {
  const reasons = async () => (await metadata('get_inconsistent_metadata', {})).json.inconsistent_objects.map((o) => o.reason);
  ok(await metadata('create_query_collection', { name: 'side', definition: { queries: [
    { name: 'q', query: 'query ($id: Int!) { side_author_by_pk(id: $id) { name } }' }] } }));
  const refused = await metadata('add_query_to_collection', { collection_name: 'side', query_name: 'bad', query: '{ side_author { nothing } }' });
  assert.equal(refused.status, 500);
  assert.equal(refused.json.error, 'cannot continue due to newly found inconsistent metadata');
  assert.match(refused.json.internal[0].reason, /"\$\.side_author\.nothing: field 'nothing' not found in object 'side_author'"$/);
  psql('ALTER TABLE side.author RENAME COLUMN name TO called');
  assert.deepEqual((await reasons()).filter((reason) => reason.includes('query collection')),
    ['Inconsistent object: In query collection "side" the query "q" is invalid with the following error(s): "$.side_author_by_pk.name: field \'name\' not found in object \'side_author\'"']);
  psql('ALTER TABLE side.author RENAME COLUMN called TO name');
  assert.deepEqual(await reasons(), []);
  ok(await metadata('drop_query_collection', { collection: 'side', cascade: true }));
});

test('health follows what is consistent, in all server workers', async () => {
  const health = (query = '') => Promise.all(Array.from({ length: 12 }, async () => {
    const reply = await fetch(`${url}/healthz${query}`, { headers: { connection: 'close' } });
    return `${reply.status} ${await reply.text()}`;
  }));
  const all = (answer) => Array(12).fill(answer);
  psql('CREATE TABLE side.sick (id integer PRIMARY KEY)');
  ok(await metadata('pg_track_table', { source: 'default', table: table('sick') }));
  assert.deepEqual(await health(), all('200 OK'));
  psql('DROP TABLE side.sick');
  assert.deepEqual(await health(), all('200 WARN: inconsistent objects in schema'));
  assert.deepEqual(await health('?strict=true'), all('500 ERROR: inconsistent objects in schema'));
  ok(await metadata('pg_untrack_table', { source: 'default', table: table('sick') }));
  assert.deepEqual(await health(), all('200 OK'));
});

test('export, clear and replace give the same metadata', async () => {
  const first = await metadata('export_metadata', {});
  ok(first);
  ok(await metadata('clear_metadata', {}));
  assert.equal((await failure('{ artist { id } }')).extensions.code, 'validation-failed');
  ok(await metadata('replace_metadata', { metadata: first.json }, 2));
  const second = await metadata('export_metadata', {});
  assert.deepEqual(second.json, first.json);
  ok(await metadata('reload_metadata', { reload_sources: true }));
  assert.equal((await query('{ artist(limit: 1) { id } }')).artist.length, 1);
});

test('run_sql answers rows, and commands without', async () => {
  const rows = await runSql('SELECT 1 AS one, NULL AS nothing');
  assert.deepEqual(rows.json, { result_type: 'TuplesOk', result: [['one', 'nothing'], ['1', 'NULL']] });
  const command = await runSql('UPDATE side.book SET title = title');
  assert.deepEqual(command.json, { result_type: 'CommandOk', result: null });
});

test('dropping relationship, permission and table from metadata', async () => {
  ok(await metadata('pg_drop_select_permission', { source: 'default', table: table('author'), role: 'reader' }));
  assert.equal((await failure('{ side_author { id } }', undefined, headersOf('reader'))).extensions.code, 'validation-failed');
  ok(await metadata('pg_drop_relationship', { source: 'default', table: table('author'), relationship: 'books' }));
  assert.equal((await failure('{ side_author { books { id } } }')).extensions.code, 'validation-failed');
  ok(await metadata('pg_untrack_table', { source: 'default', table: table('book'), cascade: true }));
  assert.equal((await failure('{ side_book { id } }')).extensions.code, 'validation-failed');
});
