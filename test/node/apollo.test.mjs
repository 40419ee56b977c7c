// An application on Apollo Client: its normalised cache is filled by queries, kept
// right by mutations and subscriptions, and read without asking the server.
// Version 3, which most applications have, and version 4.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import WebSocket from 'ws';
import { createClient } from 'graphql-ws';
import { url, secret, headersOf, metadata, runSql } from './lib.mjs';

const require = createRequire(import.meta.url);
const endpoint = `${url}/v1/graphql`;
const versions = ['apollo-client-3', '@apollo/client'].map((name) => ({
  name,
  core: require(`${name}/core`),
  subscriptions: require(`${name}/link/subscriptions`),
  batch: require(`${name}/link/batch-http`),
  persisted: require(`${name}/link/persisted-queries`),
  utilities: require(`${name}/utilities`),
}));

before(async () => {
  await runSql('DROP SCHEMA IF EXISTS todo CASCADE; CREATE SCHEMA todo;'
    + ' CREATE TABLE todo.list (id integer PRIMARY KEY, name text NOT NULL);'
    + ' CREATE TABLE todo.task (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,'
    + ' list_id integer NOT NULL REFERENCES todo.list ON DELETE CASCADE, title text NOT NULL UNIQUE, done boolean NOT NULL DEFAULT false)');
  const table = (name) => ({ source: 'default', table: { schema: 'todo', name } });
  for (const name of ['list', 'task']) {
    assert.equal((await metadata('pg_track_table', table(name))).status, 200);
  }
  const on = { foreign_key_constraint_on: 'list_id' };
  assert.equal((await metadata('pg_create_object_relationship', { ...table('task'), name: 'list', using: on })).status, 200);
  const back = { foreign_key_constraint_on: { table: { schema: 'todo', name: 'task' }, column: 'list_id' } };
  assert.equal((await metadata('pg_create_array_relationship', { ...table('list'), name: 'tasks', using: back })).status, 200);
});

after(async () => {
  await runSql('DROP SCHEMA todo CASCADE');
});

// The same few rows for every test.
const reset = () => runSql('TRUNCATE todo.task, todo.list RESTART IDENTITY;'
  + " INSERT INTO todo.list VALUES (1, 'home'), (2, 'work');"
  + " INSERT INTO todo.task (list_id, title) SELECT 1 + (n > 4)::int, 'task ' || n FROM generate_series(1, 6) AS n");

// How an application tells the cache about rows, keys and pages.
const typePolicies = ({ utilities }) => ({
  // the root types are not called as Apollo Client expects
  query_root: {
    queryType: true,
    fields: {
      artist_by_pk: { read: (known, { args, toReference }) => known ?? toReference({ __typename: 'artist', id: args.id }) },
      todo_task: utilities.offsetLimitPagination(['where', 'order_by']),
    },
  },
  mutation_root: { mutationType: true },
  subscription_root: { subscriptionType: true },
  playlist_track: { keyFields: ['playlist_id', 'track_id'] },
});

// A client and the requests it sent.
function makeClient(version, { link, policies = typePolicies(version) } = {}) {
  const sent = [];
  const counted = (address, options) => {
    sent.push(JSON.parse(options.body ?? 'null'));
    return fetch(address, options);
  };
  const http = { uri: endpoint, headers: headersOf(), fetch: counted };
  const client = new version.core.ApolloClient({
    link: link ? link(http) : new version.core.HttpLink(http),
    cache: new version.core.InMemoryCache({ typePolicies: policies }),
  });
  return { client, sent };
}

const makePersistedLink = ({ persisted }) => {
  const options = { sha256: (text) => createHash('sha256').update(text).digest('hex') };
  return persisted.PersistedQueryLink ? new persisted.PersistedQueryLink(options) : persisted.createPersistedQueryLink(options);
};

// What a watched query shows, and a promise of it having shown something.
function watch(client, options) {
  const shown = [];
  const waiting = [];
  const subscription = client.watchQuery(options).subscribe({
    next: ({ data }) => {
      if (data && Object.keys(data).length > 0) {
        shown.push(data);
        waiting.splice(0).forEach((look) => look());
      }
    },
    error: (error) => shown.push({ error }),
  });
  const until = async (condition) => {
    const deadline = Date.now() + 5000;
    while (!shown.some(condition)) {
      assert.ok(Date.now() < deadline, `not shown: ${JSON.stringify(shown)}`);
      await Promise.race([new Promise((look) => { waiting.push(look); }), new Promise((go) => { setTimeout(go, 100); })]);
    }
  };
  return { shown, until, stop: () => subscription.unsubscribe() };
}

for (const version of versions) {
  const { gql } = version.core;
  const lists = gql`query Lists { todo_list(order_by: {id: asc}) { id name tasks(order_by: {id: asc}) { id title done } } }`;
  const label = (what) => `${version.name}: ${what}`;

  test(label('rows are normalised by type and key'), async () => {
    const { client, sent } = makeClient(version);
    const albums = gql`query ($limit: Int!) { album(order_by: {id: asc}, limit: $limit) { id title artist { id name } } }`;
    await client.query({ query: albums, variables: { limit: 3 } });
    const cache = client.cache.extract();
    assert.deepEqual(Object.keys(cache).sort().slice(0, 4), ['ROOT_QUERY', 'album:1', 'album:2', 'album:3']);
    assert.deepEqual(cache['album:1'].artist, { __ref: 'artist:1' });
    assert.equal(cache.ROOT_QUERY.__typename, 'query_root');
    const byKey = gql`query ($id: Int!) { artist_by_pk(id: $id) { id name } }`;
    const { data } = await client.query({ query: byKey, variables: { id: 1 } });
    assert.equal(data.artist_by_pk.name, cache['artist:1'].name);
    assert.equal(sent.length, 1);
    assert.match(sent[0].query, /__typename/);
  });

  test(label('a key of two columns'), async () => {
    const { client } = makeClient(version);
    await client.query({
      query: gql`{ playlist_track(order_by: [{playlist_id: asc}, {track_id: asc}], limit: 2) { playlist_id track_id track { id name } } }`,
    });
    const keys = Object.keys(client.cache.extract()).filter((key) => key.startsWith('playlist_track:'));
    assert.deepEqual(keys.sort(), ['playlist_track:{"playlist_id":1,"track_id":1}', 'playlist_track:{"playlist_id":1,"track_id":2}']);
  });

  test(label('aggregates and aliases are parts of their parent'), async () => {
    const { client } = makeClient(version);
    const query = gql`{ artist(where: {id: {_eq: 1}}) { id many: albums_aggregate { aggregate { count } } none: albums_aggregate(where: {id: {_lt: 0}}) { aggregate { count } } } }`;
    const { data } = await client.query({ query });
    assert.ok(data.artist[0].many.aggregate.count > 0);
    assert.equal(data.artist[0].none.aggregate.count, 0);
    assert.deepEqual(client.readQuery({ query }), data);
  });

  test(label('an update by key reaches every query that shows the row'), async () => {
    await reset();
    const { client, sent } = makeClient(version);
    const view = watch(client, { query: lists });
    await view.until((data) => data.todo_list.length === 2);
    await client.mutate({
      mutation: gql`mutation { update_todo_task_by_pk(pk_columns: {id: 1}, _set: {done: true}) { id done } }`,
    });
    await view.until((data) => data.todo_list[0].tasks[0].done);
    await client.mutate({
      mutation: gql`mutation { update_todo_task(where: {list_id: {_eq: 2}}, _set: {done: true}) { affected_rows returning { id done } } }`,
    });
    await view.until((data) => data.todo_list[1].tasks.every((task) => task.done));
    view.stop();
    assert.equal(sent.length, 3);
  });

  test(label('an insert is shown before the answer, and added to its list after'), async () => {
    await reset();
    const { client } = makeClient(version);
    const view = watch(client, { query: lists });
    await view.until((data) => data.todo_list.length === 2);
    const add = gql`mutation ($task: todo_task_insert_input!) { insert_todo_task_one(object: $task) { id title done } }`;
    await client.mutate({
      mutation: add,
      variables: { task: { list_id: 1, title: 'new' } },
      optimisticResponse: { insert_todo_task_one: { __typename: 'todo_task', id: -1, title: 'new', done: false } },
      update: (cache, { data }) => cache.updateQuery({ query: lists }, (known) => ({
        todo_list: known.todo_list.map((list) => (list.id !== 1 ? list : { ...list, tasks: [...list.tasks, data.insert_todo_task_one] })),
      })),
    });
    const ids = (data) => data.todo_list[0].tasks.map((task) => task.id);
    await view.until((data) => ids(data).includes(7));
    view.stop();
    assert.ok(view.shown.some((data) => ids(data).includes(-1)), 'the optimistic row');
    assert.deepEqual(ids(view.shown.at(-1)), [1, 2, 3, 4, 7]);
  });

  test(label('an optimistic row goes when the server refuses it'), async () => {
    await reset();
    const { client } = makeClient(version);
    const view = watch(client, { query: lists });
    await view.until((data) => data.todo_list.length === 2);
    const refused = client.mutate({
      mutation: gql`mutation { update_todo_task_by_pk(pk_columns: {id: 1}, _set: {title: "task 2"}) { id title } }`,
      optimisticResponse: { update_todo_task_by_pk: { __typename: 'todo_task', id: 1, title: 'task 2' } },
    });
    await assert.rejects(refused, (error) => {
      const [first] = error.graphQLErrors ?? error.errors;
      assert.equal(first.extensions.code, 'constraint-violation');
      assert.match(error.message, /Uniqueness violation/);
      return true;
    });
    const title = (data) => data.todo_list[0].tasks[0].title;
    await view.until((data) => title(data) === 'task 2');
    view.stop();
    assert.equal(title(client.readQuery({ query: lists })), 'task 1');
  });

  test(label('a deleted row is evicted from the lists it was in'), async () => {
    await reset();
    const { client } = makeClient(version);
    const view = watch(client, { query: lists });
    await view.until((data) => data.todo_list.length === 2);
    await client.mutate({
      mutation: gql`mutation { delete_todo_task_by_pk(id: 1) { id } }`,
      update: (cache, { data }) => {
        cache.evict({ id: cache.identify(data.delete_todo_task_by_pk) });
        cache.gc();
      },
    });
    await view.until((data) => data.todo_list[0].tasks.length === 3);
    view.stop();
  });

  test(label('pages are added to what was fetched before'), async () => {
    await reset();
    const { client } = makeClient(version);
    const pages = gql`query ($offset: Int!, $limit: Int!) { todo_task(order_by: {id: asc}, offset: $offset, limit: $limit) { id } }`;
    const observable = client.watchQuery({ query: pages, variables: { offset: 0, limit: 2 } });
    const shown = [];
    const subscription = observable.subscribe(({ data }) => data?.todo_task && shown.push(data.todo_task.length));
    while (shown.length === 0) {
      await new Promise((go) => { setTimeout(go, 10); });
    }
    await observable.fetchMore({ variables: { offset: 2, limit: 2 } });
    await observable.fetchMore({ variables: { offset: 4, limit: 2 } });
    subscription.unsubscribe();
    const cache = client.cache.extract();
    const field = Object.keys(cache.ROOT_QUERY).find((name) => name.startsWith('todo_task'));
    assert.deepEqual(cache.ROOT_QUERY[field].map((row) => row.__ref), [1, 2, 3, 4, 5, 6].map((id) => `todo_task:${id}`));
  });

  test(label('queries are fetched again after a mutation'), async () => {
    await reset();
    const { client } = makeClient(version);
    const view = watch(client, { query: lists });
    await view.until((data) => data.todo_list.length === 2);
    await client.mutate({
      mutation: gql`mutation { insert_todo_list_one(object: {id: 3, name: "new", tasks: {data: [{title: "nested"}]}}) { id } }`,
      refetchQueries: ['Lists'],
      awaitRefetchQueries: true,
    });
    await view.until((data) => data.todo_list.length === 3 && data.todo_list[2].tasks[0].title === 'nested');
    view.stop();
  });

  test(label('a subscription writes into the same cache'), async () => {
    await reset();
    const socket = createClient({
      url: endpoint.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { headers: { 'x-hasura-admin-secret': secret } },
    });
    const { ApolloLink, HttpLink } = version.core;
    const { client } = makeClient(version, {
      link: (http) => ApolloLink.split(
        ({ query }) => {
          const definition = version.utilities.getMainDefinition(query);
          return definition.operation === 'subscription';
        },
        new version.subscriptions.GraphQLWsLink(socket),
        new HttpLink(http),
      ),
    });
    const view = watch(client, { query: lists });
    await view.until((data) => data.todo_list.length === 2);
    const live = client.subscribe({ query: gql`subscription { todo_task(where: {list_id: {_eq: 2}}, order_by: {id: asc}) { id title } }` })
      .subscribe({ next: () => {} });
    await runSql("UPDATE todo.task SET title = 'told' WHERE id = 5");
    await view.until((data) => data.todo_list[1].tasks[0].title === 'told');
    live.unsubscribe();
    view.stop();
    await socket.dispose();
  });

  test(label('several queries go in one request'), async () => {
    const { client, sent } = makeClient(version, {
      link: (http) => new version.batch.BatchHttpLink({ ...http, batchMax: 5, batchInterval: 10 }),
    });
    const one = (id) => client.query({ query: gql`query ($id: Int!) { genre_by_pk(id: $id) { id name } }`, variables: { id } });
    const answers = await Promise.all([one(1), one(2), one(-1)]);
    assert.deepEqual(answers.map(({ data }) => data.genre_by_pk?.id), [1, 2, undefined]);
    assert.equal(sent.length, 1);
    assert.equal(sent[0].length, 3);
  });

  test(label('a persisted query is sent whole when the server keeps none'), async () => {
    const { client, sent } = makeClient(version, {
      link: (http) => makePersistedLink(version).concat(new version.core.HttpLink(http)),
    });
    const one = (id) => client.query({ query: gql`query ($id: Int!) { genre_by_pk(id: $id) { id name } }`, variables: { id } });
    assert.equal((await one(1)).data.genre_by_pk.id, 1);
    assert.equal((await one(2)).data.genre_by_pk.id, 2);
    assert.deepEqual(sent.map((body) => body.query !== undefined), [false, true, true]);
  });

  test(label('errors are given, or shown with what there is'), async () => {
    const { client } = makeClient(version);
    const broken = gql`query { artist { nothing } }`;
    await assert.rejects(client.query({ query: broken }), /field 'nothing' not found in type: 'artist'/);
    const all = await client.query({ query: broken, errorPolicy: 'all' });
    const [error] = all.errors ?? all.error.errors;
    assert.deepEqual(error.extensions, { path: '$.selectionSet.artist.selectionSet.nothing', code: 'validation-failed' });
  });
}
