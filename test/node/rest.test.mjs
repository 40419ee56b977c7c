// REST endpoints: matching, variables, errors, and what is said of them.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { url, headersOf, metadata, runSql, psql } from './lib.mjs';

const queries = {
  one: 'query One($id: Int!) { rest_item_by_pk(id: $id) { id name } }',
  find: 'query ($name: String = "none", $open: Boolean) { rest_item(where: {name: {_eq: $name}, open: {_eq: $open}}) { id } }',
  many: 'query ($ids: [Int!]!) { rest_item(where: {id: {_in: $ids}}, order_by: {id: asc}) { id } }',
  exact: 'query ($big: bigint!) { rest_item(where: {big: {_eq: $big}}) { id big } }',
  add: 'mutation ($object: rest_item_insert_input!) { insert_rest_item_one(object: $object) { id name } }',
};
const endpoints = [
  ['item/:id', 'one', ['GET', 'DELETE']], ['items', 'find', ['GET']], ['many', 'many', ['POST', 'GET']],
  ['big/:big/exact', 'exact', ['GET']], ['items/add', 'add', ['POST', 'PUT', 'PATCH']],
];

async function rest(path, method = 'GET', body = undefined, headers = headersOf()) {
  const reply = await fetch(url + path, { method, body, headers });
  const text = await reply.text();
  return { status: reply.status, json: text ? JSON.parse(text) : undefined };
}

before(async () => {
  psql(`DROP SCHEMA IF EXISTS rest CASCADE; CREATE SCHEMA rest;
    CREATE TABLE rest.item (id integer PRIMARY KEY, name text, open boolean, big bigint);
    INSERT INTO rest.item VALUES (1, 'a b', true, 9007199254740993), (2, 'c/d', false, 2)`);
  assert.equal((await metadata('pg_track_table', { source: 'default', table: { schema: 'rest', name: 'item' } })).status, 200);
  assert.equal((await metadata('create_query_collection', { name: 'rest_test',
    definition: { queries: Object.entries(queries).map(([name, query]) => ({ name, query })) } })).status, 200);
  for (const [path, query, methods] of endpoints) {
    const { status, raw } = await metadata('create_rest_endpoint', { name: `rest_${query}`, url: path, methods,
      definition: { query: { collection_name: 'rest_test', query_name: query } } });
    assert.equal(status, 200, raw);
  }
});

after(async () => {
  for (const [, query] of endpoints) {
    await metadata('drop_rest_endpoint', { name: `rest_${query}` });
  }
  await metadata('drop_query_collection', { collection: 'rest_test', cascade: true });
  await runSql('DROP SCHEMA rest CASCADE');
});

test('the data comes without a wrapper', async () => {
  assert.deepEqual(await rest('/api/rest/item/1'), { status: 200, json: { rest_item_by_pk: { id: 1, name: 'a b' } } });
  assert.deepEqual((await rest('/api/rest/item/1', 'DELETE')).json, { rest_item_by_pk: { id: 1, name: 'a b' } });
});

test('variables from path, query string, form and JSON body', async () => {
  assert.deepEqual((await rest('/api/rest/items?name=a+b&open=true')).json, { rest_item: [{ id: 1 }] });
  assert.deepEqual((await rest('/api/rest/items?name=a%20b&open')).json, { rest_item: [{ id: 1 }] });
  assert.deepEqual((await rest('/api/rest/items?name=c%2Fd&open=false')).json, { rest_item: [{ id: 2 }] });
  assert.deepEqual((await rest('/api/rest/many', 'POST', '{"ids": [1, 2]}')).json, { rest_item: [{ id: 1 }, { id: 2 }] });
  assert.deepEqual((await rest('/api/rest/big/9007199254740993/exact')).json.rest_item.map((r) => r.id), [1]);
  const object = { id: 3, name: 'new' };
  assert.deepEqual((await rest('/api/rest/items/add', 'PUT', JSON.stringify({ object }))).json, { insert_rest_item_one: object });
});

test('the path beats the body beats the query string', async () => {
  assert.deepEqual((await rest('/api/rest/item/1?id=2')).json.rest_item_by_pk.id, 1);
  assert.deepEqual((await rest('/api/rest/many?ids=2', 'POST', '{"ids": [1]}')).status, 400);
});

test('errors are flat and have their status', async () => {
  const cases = [
    ['/api/rest/none', 'GET', 404, 'not-found', 'Endpoint not found'],
    ['/api/rest', 'GET', 404, 'not-found', 'Endpoint not found'],
    ['/api/rest/item', 'GET', 404, 'not-found', 'Endpoint not found'],
    ['/api/rest/items', 'DELETE', 405, 'method-not-allowed', 'Allowed methods: GET'],
    ['/api/rest/many', 'PUT', 405, 'method-not-allowed', 'Allowed methods: GET, POST'],
    ['/api/rest/items?utm_source=x', 'GET', 400, 'bad-request', 'Unexpected variable utm_source'],
    ['/api/rest/many?ids=1', 'GET', 400, 'bad-request',
      'List variables are not currently supported in URL or Query parameters. (Variable ids, with value "1")'],
    ['/api/rest/many', 'GET', 400, 'validation-failed', 'expecting a value for non-nullable variable: "ids"'],
    ['/api/rest/item/%ff', 'GET', 400, 'bad-request', 'the path is not valid UTF-8'],
    ['/api/rest/items?name=%00', 'GET', 400, 'bad-request', 'the parameters are not valid UTF-8'],
  ];
  for (const [path, method, status, code, error] of cases) {
    const reply = await rest(path, method);
    assert.equal(reply.status, status, path);
    assert.deepEqual({ error: reply.json.error, code: reply.json.code, path: reply.json.path }, { error, code, path: '$' });
  }
  assert.equal((await rest('/api/rest/item/x')).status, 400);
});

test('who asks decides what is seen', async () => {
  assert.equal((await rest('/api/rest/item/1', 'GET', undefined, {})).status, 401);
  const { status, json } = await rest('/api/rest/item/1', 'GET', undefined, headersOf('nobody'));
  assert.equal(status, 400);
  assert.equal(json.code, 'validation-failed');
});

test('the OpenAPI document describes the endpoints to admins', async () => {
  const { status, json } = await rest('/api/swagger/json');
  assert.equal(status, 200);
  assert.equal(json.openapi, '3.0.0');
  const item = json.paths['/api/rest/item/{id}'];
  assert.deepEqual(Object.keys(item).sort(), ['delete', 'get']);
  assert.deepEqual(item.get.parameters[1], { schema: { type: 'integer' }, in: 'path', name: 'id',
    description: '_"id" is required as part of the path_', required: true });
  const add = json.paths['/api/rest/items/add'].post;
  assert.equal(add.requestBody.required, true);
  assert.deepEqual(add.requestBody.content['application/json'].schema.properties.object,
    { $ref: '#/components/schemas/rest_item_insert_input!' });
  assert.equal(json.components.schemas['rest_item_insert_input!'].properties.name.type, 'string');
  assert.equal((await rest('/api/swagger/json', 'GET', undefined, headersOf('nobody'))).status, 400);
});

test('life and readiness', async () => {
  for (const path of ['/livez', '/readyz', '/healthz']) {
    const reply = await fetch(url + path);
    assert.equal(reply.status, 200);
    assert.equal((await reply.text()).slice(0, 2), 'OK');
  }
});
