// An application on urql with Graphcache, which knows the schema by introspection:
// it resolves keys, finds partial results, and warns of what the schema lacks.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { createClient as createSocket } from 'graphql-ws';
import { getIntrospectionQuery } from 'graphql';
import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { url, secret, headersOf, customer, metadata, runSql, query } from './lib.mjs';

const endpoint = `${url}/v1/graphql`;
const schemas = {};

before(async () => {
  await runSql('DROP SCHEMA IF EXISTS notes CASCADE; CREATE SCHEMA notes;'
    + ' CREATE TABLE notes.note (id integer PRIMARY KEY, text text NOT NULL, stars integer)');
  const { status } = await metadata('pg_track_table', { source: 'default', table: { schema: 'notes', name: 'note' } });
  assert.equal(status, 200);
  schemas.admin = await query(getIntrospectionQuery());
  schemas.customer = await query(getIntrospectionQuery(), undefined, customer(7));
});

after(async () => {
  await runSql('DROP SCHEMA notes CASCADE');
});

const reset = () => runSql("TRUNCATE notes.note; INSERT INTO notes.note VALUES (1, 'one', 5), (2, 'two', NULL)");

// A client, the requests it sent and what its cache complained of.
function makeClient({ schema = schemas.admin, headers = headersOf(), exchanges = [], ...options } = {}) {
  const sent = [];
  const complaints = [];
  const client = new Client({
    url: endpoint,
    preferGetMethod: false,
    fetchOptions: { headers },
    fetch: (address, request) => {
      sent.push(JSON.parse(request.body));
      return fetch(address, request);
    },
    exchanges: [
      cacheExchange({
        schema,
        logger: (severity, message) => severity !== 'debug' && complaints.push(message),
        keys: { playlist_track: (row) => `${row.playlist_id}-${row.track_id}`, ...options.keys },
        resolvers: { query_root: { artist_by_pk: (_, { id }) => ({ __typename: 'artist', id }) } },
        updates: options.updates,
        optimistic: options.optimistic,
      }),
      fetchExchange,
      ...exchanges,
    ],
  });
  return { client, sent, complaints };
}

async function ask(client, document, variables, options) {
  const result = await client.query(document, variables, options).toPromise();
  assert.equal(result.error, undefined, result.error?.message);
  return result.data;
}

// Wait until a source shows what is wanted.
async function shows(source, condition) {
  let subscription;
  const seen = [];
  try {
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not shown: ${JSON.stringify(seen)}`)), 5000);
      subscription = source.subscribe((result) => {
        seen.push(result.data ?? result.error?.message);
        if (result.data && condition(result.data)) {
          clearTimeout(late);
          resolve();
        }
      });
    });
  } finally {
    subscription?.unsubscribe();
  }
}

test('rows are kept by key, and a key answers without a request', async () => {
  const { client, sent, complaints } = makeClient();
  const data = await ask(client, gql`{ album(limit: 3, order_by: {id: asc}) { id title artist { id name } } }`, {});
  const one = await ask(client, gql`query ($id: Int!) { artist_by_pk(id: $id) { id name } }`, { id: data.album[0].artist.id });
  assert.equal(one.artist_by_pk.name, data.album[0].artist.name);
  assert.equal(sent.length, 1);
  assert.deepEqual(complaints, []);
});

test('nullable fields that are not known yet make a partial result', async () => {
  await reset();
  const { client, sent } = makeClient();
  await ask(client, gql`{ notes_note(order_by: {id: asc}) { id text } }`, {});
  const partial = gql`{ notes_note(order_by: {id: asc}) { id text stars } }`;
  const first = client.readQuery(partial, {});
  assert.equal(first?.stale, true);
  assert.deepEqual(first.data.notes_note.map((row) => row.stars), [null, null]);
  assert.deepEqual((await ask(client, partial, {}, { requestPolicy: 'network-only' })).notes_note.map((row) => row.stars), [5, null]);
  assert.equal(sent.length, 2);
});

test('aggregates, responses and composite keys need no further word', async () => {
  await reset();
  const { client, complaints } = makeClient({
    keys: Object.fromEntries(['notes_note_aggregate', 'notes_note_aggregate_fields', 'notes_note_max_fields', 'notes_note_mutation_response']
      .map((type) => [type, () => null])),
  });
  const data = await ask(client, gql`{ notes_note_aggregate { aggregate { count max { stars } } nodes { id } } playlist_track(limit: 1) { playlist_id track_id } }`, {});
  assert.deepEqual(data.notes_note_aggregate.aggregate, { count: 2, max: { stars: 5 } });
  const { data: changed } = await client.mutation(gql`mutation { update_notes_note(where: {}, _inc: {stars: 1}) { affected_rows returning { id stars } } }`, {}).toPromise();
  assert.equal(changed.update_notes_note.affected_rows, 2);
  assert.deepEqual(complaints, []);
});

test('an update by key reaches the queries that show the row', async () => {
  await reset();
  const { client, sent } = makeClient({
    optimistic: { update_notes_note_by_pk: ({ pk_columns: { id }, _set }) => ({ __typename: 'notes_note', id, ..._set }) },
  });
  const list = client.query(gql`{ notes_note(order_by: {id: asc}) { id text } }`, {});
  await shows(list, (data) => data.notes_note[0].text === 'one');
  const seen = [];
  const watching = list.subscribe(({ data }) => seen.push(data?.notes_note[0].text));
  await client.mutation(gql`mutation ($text: String!) { update_notes_note_by_pk(pk_columns: {id: 1}, _set: {text: $text}) { id text } }`, { text: 'eins' }).toPromise();
  await shows(list, (data) => data.notes_note[0].text === 'eins');
  watching.unsubscribe();
  assert.ok(seen.includes('eins'));
  assert.equal(sent.length, 2);
});

test('an insert is added, a delete is taken out', async () => {
  await reset();
  const rows = gql`{ notes_note(order_by: {id: asc}) { id text } }`;
  const { client } = makeClient({
    updates: {
      mutation_root: {
        insert_notes_note_one: ({ insert_notes_note_one: row }, _, cache) => cache.updateQuery({ query: rows }, (data) => (
          { ...data, notes_note: [...data.notes_note, row] })),
        delete_notes_note_by_pk: (_, { id }, cache) => cache.invalidate({ __typename: 'notes_note', id }),
      },
    },
  });
  const list = client.query(rows, {});
  await shows(list, (data) => data.notes_note.length === 2);
  await client.mutation(gql`mutation { insert_notes_note_one(object: {id: 3, text: "three"}) { id text } }`, {}).toPromise();
  await shows(list, (data) => data.notes_note.length === 3);
  await client.mutation(gql`mutation ($id: Int!) { delete_notes_note_by_pk(id: $id) { id } }`, { id: 1 }).toPromise();
  await shows(list, (data) => data.notes_note.map((row) => row.id).join() === '2,3');
});

test('a subscription feeds the cache', async () => {
  await reset();
  const socket = createSocket({
    url: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { headers: { 'x-hasura-admin-secret': secret } },
  });
  const { client } = makeClient({
    exchanges: [subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink) }),
      }),
    })],
  });
  const list = client.query(gql`{ notes_note(order_by: {id: asc}) { id text } }`, {});
  await shows(list, (data) => data.notes_note[0].text === 'one');
  const live = client.subscription(gql`subscription { notes_note(order_by: {id: asc}) { id text } }`, {}).subscribe(() => {});
  await runSql("UPDATE notes.note SET text = 'uno' WHERE id = 1");
  await shows(list, (data) => data.notes_note[0].text === 'uno');
  live.unsubscribe();
  await socket.dispose();
});

test('the schema of a role knows what the role may not ask', async () => {
  const { client, complaints } = makeClient({ schema: schemas.customer, headers: customer(7) });
  await ask(client, gql`{ track(limit: 1) { id name } }`, {});
  assert.deepEqual(complaints, []);
  const result = await client.query(gql`{ track(limit: 1) { id name bytes } }`, {}).toPromise();
  assert.match(result.error.message, /field 'bytes' not found in type: 'track'/);
  assert.equal(result.error.graphQLErrors[0].extensions.code, 'validation-failed');
  assert.ok(complaints.some((text) => /bytes/.test(text)), 'Graphcache warns of a field that the schema lacks');
});
