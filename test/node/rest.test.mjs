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
  assert.deepEqual((await rest('/api/rest/many?ids=2', 'POST', '{"ids": [1]}')).json, { rest_item: [{ id: 1 }] });
});

test('a text may be empty, of no name, or overruled before it is read', async () => {
  const found = async (...args) => (await rest(...args)).json.rest_item?.map((row) => row.id);
  psql("INSERT INTO rest.item VALUES (8, 'none', true, 8)");
  assert.deepEqual(await found('/api/rest/items?name=&open'), [8], 'as if it were not given');
  assert.deepEqual(await found('/api/rest/items?open=true&utm-source=x&1=2'), [8], 'no name of a variable');
  assert.deepEqual(await found('/api/rest/many?ids=1', 'POST', '{"ids": [2], "no-name": 1}'), [2], 'the list is not looked at');
  assert.deepEqual(await found('/api/rest/many', 'POST', '{"ids": [1], "ids": [2]}'), [2]);
  const form = { ...headersOf(), 'content-type': 'application/x-www-form-urlencoded' };
  assert.deepEqual(await found('/api/rest/many', 'POST', '{"ids": [1, 2]}', form), [1, 2], 'JSON, whatever it is called');
  assert.deepEqual((await rest('/api/rest/items/add', 'POST', 'object=x&x-y=1', form)).status, 400, 'a form');
  psql('DELETE FROM rest.item WHERE id = 8');
});

test('errors are flat and have their status', async () => {
  const cases = [
    ['/api/rest/none', 'GET', 404, 'not-found', 'Endpoint not found'],
    ['/api/rest', 'GET', 404, 'not-found', 'Endpoint not found'],
    ['/api/rest/item', 'GET', 404, 'not-found', 'Endpoint not found'],
    ['/api/rest/items', 'DELETE', 405, 'method-not-allowed', 'Allowed methods: GET'],
    ['/api/rest/many', 'PUT', 405, 'method-not-allowed', 'Allowed methods: GET, POST'],
    ['/api/rest/items?utm_source=x', 'GET', 400, 'bad-request', 'Unexpected variable utm_source'],
    ['/api/rest/items', 'OPTIONS', 400, 'bad-request', 'Method OPTIONS not supported.'],
    ['/api/rest/items', 'PROPFIND', 400, 'bad-request', 'Nonstandard method not allowed for REST endpoints'],
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

test('the OpenAPI document tells what JSON says of types, and what is wrong', async () => {
  const describe = async (query, change) => {
    await metadata('add_query_to_collection', { collection_name: 'rest_test', query_name: 'said', query });
    assert.equal((await metadata('create_rest_endpoint', { name: 'said', url: 'said/:open', methods: ['POST', 'GET'],
      definition: { query: { collection_name: 'rest_test', query_name: 'said' } } })).status, 200);
    if (change) {
      psql(change);
    }
    const { json } = await rest('/api/swagger/json');
    await metadata('drop_rest_endpoint', { name: 'said' });
    await metadata('drop_query_from_collection', { collection_name: 'rest_test', query_name: 'said' });
    const { post, get } = json.paths['/api/rest/said/{open}'];
    return { json, post, get, answer: post.responses['200'].content['application/json'].schema, body: post.requestBody?.content['application/json'].schema.properties };
  };
  const good = await describe('query ($open: Boolean!, $big: bigint = 3, $a: Int = 1, $where: rest_item_bool_exp) { rest_item(where: {open: {_eq: $open}, big: {_gt: $big}, id: {_gt: $a}, _and: [$where]}) { __typename big } all: rest_item { id } all: rest_item { name } }');
  assert.equal(good.get.requestBody, undefined);
  assert.deepEqual(good.post.parameters.map((one) => one.name), ['x-hasura-admin-secret', 'a', 'open'], 'scalars that JSON has, by name');
  assert.deepEqual(good.json.components.schemas.bigint, { title: 'bigint', nullable: true });
  assert.deepEqual(good.body.big, { title: 'bigint', nullable: true, default: 3 });
  assert.deepEqual(good.body.a, { title: 'Int', type: 'integer', nullable: true, default: 1 });
  assert.deepEqual(good.body.where, { $ref: '#/components/schemas/rest_item_bool_exp' });
  assert.equal(good.post.requestBody.required, false);
  const { rest_item: item, all } = good.answer.properties;
  assert.equal(item.nullable, false);
  assert.deepEqual(item.items.properties, { __typename: { title: 'String', type: 'string', nullable: false }, big: { $ref: '#/components/schemas/bigint' } });
  assert.deepEqual(Object.keys(all.items.properties), ['id', 'name']);
  assert.doesNotMatch(good.json.info.description, /said/);

  psql('ALTER TABLE rest.item ADD gone integer; CREATE TABLE rest.more (id integer)');
  await metadata('pg_track_table', { source: 'default', table: { schema: 'rest', name: 'more' } });
  const bad = await describe('query ($open: Boolean!, $no: rest_more_bool_exp) { rest_item(where: {open: {_eq: $open}}) { name gone } }',
    'ALTER TABLE rest.item DROP gone; DROP TABLE rest.more');
  await metadata('pg_untrack_table', { source: 'default', table: { schema: 'rest', name: 'more' } });
  const told = '\n\nEndpoint "said":\n- \u26a0\ufe0f $.rest_item.gone: field \'gone\' not found in object \'rest_item\''
    + "\n- \u26a0\ufe0f $.no: type 'rest_more_bool_exp' not found in the schema";
  assert.ok(bad.json.info.description.endsWith(told + told), bad.json.info.description);
  assert.deepEqual(Object.keys(bad.answer.properties.rest_item.items.properties), ['name']);
  assert.deepEqual(Object.keys(bad.body), ['open']);
});

test('life and readiness', async () => {
  for (const path of ['/livez', '/readyz', '/healthz']) {
    const reply = await fetch(url + path);
    assert.equal(reply.status, 200);
    assert.equal((await reply.text()).slice(0, 2), 'OK');
  }
});
