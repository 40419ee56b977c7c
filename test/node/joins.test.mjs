// Remote relationships to remote schemas and from them, with a GraphQL server that
// notes what it is asked.
import test, { before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { buildSchema, graphql } from 'graphql';
import { query, failure, post, psql, psqlAside, runSql, metadata, headersOf, startHook } from './lib.mjs';

const source = 'default';
const table = (name) => ({ schema: 'joined', name });

const schema = buildSchema(`
  type Query {
    city(id: Int!): City
    cityOf(code: String): City
    cities(where: CityWhere, ids: [Int!], first: Int = 10): [City!]
    region(code: ID!): Region
    place(id: Int!): Place
    anything(id: Int!): Anything
    echo(text: String, big: String, tags: [String!], kind: Kind): String
  }
  input CityWhere { id: IntIs name: StringIs }
  input IntIs { eq: Int gt: Int }
  input StringIs { eq: String in: [String!] }
  enum Kind { LARGE SMALL }
  interface Place { id: Int! }
  type City implements Place { id: Int! name: String region: Region mayor(short: Boolean = false): String personId: Int broken: String }
  type Village implements Place { id: Int! name: String }
  union Anything = City | Village
  type Region { code: ID! name: String cities(first: Int): [City!]! none: Region }
`);

const cities = [
  { id: 1, name: 'Oslo', code: 'o', region: 'n', personId: 2 },
  { id: 2, name: 'Rome', code: 'r', region: 's', personId: null },
  { id: 3, name: 'Bonn', code: 'b', region: 'n', personId: 1 },
];
const regionOf = (code) => ({
  code, name: code === 'n' ? 'North' : 'South', none: null,
  cities: ({ first }) => cities.filter((c) => c.region === code).slice(0, first ?? 99).map(cityOf),
});
const cityOf = (city) => city && ({
  ...city, __typename: 'City', region: () => regionOf(city.region), mayor: ({ short }) => (short ? city.name[0] : `${city.name} mayor`),
  broken: () => { throw new Error('it broke'); },
});
const villageOf = (id) => ({ __typename: 'Village', id, name: `village ${id}` });
const matches = (c, where = {}) => (where.id?.eq === undefined || c.id === where.id.eq) && (where.id?.gt === undefined || c.id > where.id.gt)
  && (where.name?.eq === undefined || c.name === where.name.eq) && (where.name?.in === undefined || where.name.in.includes(c.name));
const root = {
  city: ({ id }) => cityOf(cities.find((c) => c.id === id)),
  cityOf: ({ code }) => cityOf(cities.find((c) => c.code === code)),
  cities: ({ where, ids, first }) => cities.filter((c) => matches(c, where) && (!ids || ids.includes(c.id))).slice(0, first).map(cityOf),
  region: ({ code }) => regionOf(code),
  place: ({ id }) => (id === 2 ? villageOf(2) : cityOf(cities.find((c) => c.id === id))),
  anything: ({ id }) => (id === 2 ? villageOf(2) : cityOf(cities.find((c) => c.id === id))),
  echo: (given) => JSON.stringify(given),
};

let hook;
let raw; // what is answered instead, if set

async function answer({ body }) {
  if (raw && !body.query.includes('__schema')) {
    return raw;
  }
  return { json: await graphql({ schema, source: body.query, variableValues: body.variables, rootValue: root }) };
}

// The requests since the last time, introspection left out.
const requests = () => hook.take().map((asked) => asked.body).filter((body) => !body.query.includes('__schema'));

async function joinTo(name, remoteField, fields, on = 'person') {
  const reply = await metadata('pg_create_remote_relationship', { source, table: table(on), name,
    definition: { to_remote_schema: { remote_schema: 'cities', lhs_fields: fields, remote_field: remoteField } } });
  assert.equal(reply.status, 200, reply.raw);
}

async function joinType(type, name, definition) {
  const reply = await metadata('create_remote_schema_remote_relationship', { remote_schema: 'cities', type_name: type, name, definition });
  assert.equal(reply.status, 200, reply.raw);
}

before(async () => {
  hook = await startHook(answer);
  await runSql('DROP SCHEMA IF EXISTS joined CASCADE; CREATE SCHEMA joined;'
    + ' CREATE TABLE joined.person (id int PRIMARY KEY, name text, city_id int, code text, big bigint, tags jsonb);'
    + " INSERT INTO joined.person VALUES (1, 'Ann', 1, 'r', 9007199254740993, '[\"x\"]'), (2, 'Bea', 1, 'b', 5, '[]'), (3, 'Cleo', 2, NULL, NULL, NULL), (4, 'Dan', NULL, 'z', 7, NULL);"
    + " CREATE FUNCTION joined.twice(joined.person) RETURNS int STABLE LANGUAGE sql AS 'SELECT $1.city_id + 1'");
  await metadata('pg_track_table', { source, table: table('person') });
  await metadata('pg_add_computed_field', { source, table: table('person'), name: 'next_city', definition: { function: { schema: 'joined', name: 'twice' } } });
  await metadata('pg_create_select_permission', { source, table: table('person'), role: 'reader', permission: { columns: ['id', 'name'], filter: { id: { _lte: 2 } } } });
  const added = await metadata('add_remote_schema', { name: 'cities', definition: { url: `${hook.url}/graphql` } });
  assert.equal(added.status, 200, added.raw);
  await joinTo('city', { city: { arguments: { id: '$city_id' } } }, ['city_id']);
  await joinTo('by_code', { cityOf: { arguments: { code: '$code' } } }, ['code']);
  await joinTo('next', { city: { arguments: { id: '$next_city' } } }, ['next_city']);
  await joinTo('neighbours', { cities: { arguments: { where: { id: { gt: '$city_id' } } } } }, ['city_id']);
  await joinTo('listed', { cities: { arguments: { ids: ['$city_id'] } } }, ['city_id']);
  await joinTo('region_name', { city: { arguments: { id: '$city_id' }, field: { region: { arguments: {}, field: { name: { arguments: {} } } } } } }, ['city_id']);
  await joinTo('nowhere', { city: { arguments: { id: '$city_id' }, field: { region: { arguments: {}, field: { none: { arguments: {}, field: { name: { arguments: {} } } } } } } } }, ['city_id']);
  await joinTo('said', { echo: { arguments: { text: '$name', tags: [] } } }, ['name']);
  await joinTo('place', { place: { arguments: { id: '$id' } } }, ['id']);
  await joinTo('anything', { anything: { arguments: { id: '$id' } } }, ['id']);
  await joinTo('constant', { city: { arguments: { id: 2 } } }, []);
  await joinType('City', 'people', { to_source: { source, table: table('person'), relationship_type: 'array', field_mapping: { id: 'city_id' } } });
  await joinType('City', 'person', { to_source: { source, table: table('person'), relationship_type: 'object', field_mapping: { personId: 'id' } } });
  await joinType('City', 'again', { to_remote_schema: { remote_schema: 'cities', lhs_fields: ['id'], remote_field: { city: { arguments: { id: '$id' } } } } });
  hook.take();
});

after(async () => {
  await metadata('pg_untrack_table', { source, table: table('person'), cascade: true });
  for (const name of ['people', 'person', 'again']) {
    await metadata('delete_remote_schema_remote_relationship', { remote_schema: 'cities', type_name: 'City', name });
  }
  await metadata('remove_remote_schema', { name: 'cities' });
  await runSql('DROP SCHEMA joined CASCADE');
  hook.close();
});

beforeEach(() => {
  raw = undefined;
  hook.take();
});

test('one request for all rows, one field for each value', async () => {
  const data = await query('{ joined_person(order_by: {id: asc}) { name city { name } } }');
  assert.deepEqual(data.joined_person, [
    { name: 'Ann', city: { name: 'Oslo' } }, { name: 'Bea', city: { name: 'Oslo' } },
    { name: 'Cleo', city: { name: 'Rome' } }, { name: 'Dan', city: null }]);
  const asked = requests();
  assert.equal(asked.length, 1);
  assert.equal(asked[0].query.replace(/\s+/g, ' '), 'query { f0: city(id: 1) { name } f1: city(id: 2) { name } }');
  assert.equal(asked[0].operationName ?? null, null);
});

test('no request where nothing has a value', async () => {
  const data = await query('{ joined_person(where: {city_id: {_is_null: true}}) { id city { name } neighbours { id } } }');
  assert.deepEqual(data.joined_person, [{ id: 4, city: null, neighbours: null }]);
  assert.equal(requests().length, 0);
});

test('keys stay in order, and nothing of the join shows', async () => {
  const { raw: text } = await post('/v1/graphql', { query: '{ joined_person(where: {id: {_eq: 1}}) { city { mayor name } id alias: by_code { id } } }' });
  assert.equal(text, '{"data":{"joined_person":[{"city":{"mayor":"Oslo mayor","name":"Oslo"},"id":1,"alias":{"id":2}}]}}');
});

test('computed fields, several joins on one level, fields on the way', async () => {
  const data = await query('{ joined_person_by_pk(id: 2) { next { name } region_name city { name } constant { name } } }');
  assert.deepEqual(data.joined_person_by_pk, { next: { name: 'Rome' }, region_name: 'North', city: { name: 'Oslo' }, constant: { name: 'Rome' } });
});

test('null on the way is an error', async () => {
  const error = await failure('{ joined_person_by_pk(id: 1) { nowhere } }');
  assert.equal(error.extensions.code, 'unexpected');
  assert.match(error.message, /^unexpected non-object json value found while path not empty: name$/);
});

test('values as they are in JSON', async () => {
  const data = await query('{ joined_person(where: {id: {_lte: 2}}, order_by: {id: asc}) { said(kind: LARGE) } }');
  const first = JSON.parse(data.joined_person[0].said);
  assert.equal(first.text, 'Ann');
  assert.equal(first.kind, 'LARGE');
  assert.deepEqual(first.tags, []);
});

test('arguments of the client join those of the definition', async () => {
  const data = await query('query ($n: String!) { joined_person_by_pk(id: 1) { all: neighbours { id } one: neighbours(where: {id: {eq: 3}, name: {in: [$n, "Rome"]}}) { id } first: neighbours(first: 1) { id } listed { id } } }', { n: 'Bonn' });
  assert.deepEqual(data.joined_person_by_pk, { all: [{ id: 2 }, { id: 3 }], one: [{ id: 3 }], first: [{ id: 2 }], listed: [{ id: 1 }] });
  const type = await query('{ __type(name: "CityWhere_remote_rel_joined_personneighbours") { inputFields { name type { name } } } }');
  assert.deepEqual(type.__type.inputFields.map((f) => [f.name, f.type.name]), [['id', 'IntIs_remote_rel_joined_personneighbours'], ['name', 'StringIs']]);
  const error = await failure('{ joined_person { neighbours(where: {id: {gt: 3}}) { id } } }');
  assert.match(error.message, /field 'gt' not found in type: 'IntIs_remote_rel_joined_personneighbours'/);
});

test('interfaces and unions', async () => {
  const data = await query('{ joined_person(where: {id: {_lte: 2}}, order_by: {id: asc}) { place { id __typename ... on City { name people { id } } } anything { ... on Village { name } ... on City { again { name } } } } }');
  assert.deepEqual(data.joined_person, [
    { place: { id: 1, __typename: 'City', name: 'Oslo', people: [{ id: 1 }, { id: 2 }] }, anything: { again: { name: 'Oslo' } } },
    { place: { id: 2, __typename: 'Village' }, anything: { name: 'village 2' } }]);
});

test('equal joins on a level share a request', async () => {
  const data = await query('{ joined_person_by_pk(id: 1) { a: city { name } b: city { name people { id } } c: city { name } } }');
  assert.deepEqual(data.joined_person_by_pk, { a: { name: 'Oslo' }, b: { name: 'Oslo', people: [{ id: 1 }, { id: 2 }] }, c: { name: 'Oslo' } });
  assert.equal(requests().length, 2);
});

test('from a remote schema to a table and back, level by level', async () => {
  const data = await query('{ cities { name people(order_by: {id: asc}) { id by_code { name people_aggregate { aggregate { count } } } } person { name } } }');
  assert.deepEqual(data.cities, [
    { name: 'Oslo', people: [
      { id: 1, by_code: { name: 'Rome', people_aggregate: { aggregate: { count: 1 } } } },
      { id: 2, by_code: { name: 'Bonn', people_aggregate: { aggregate: { count: 0 } } } }], person: { name: 'Bea' } },
    { name: 'Rome', people: [{ id: 3, by_code: null }], person: null },
    { name: 'Bonn', people: [], person: { name: 'Ann' } }]);
  assert.equal(requests().length, 2);
});

test('arguments of rows that are joined hold for each parent', async () => {
  const data = await query('{ cities(first: 2) { id people(limit: 1, order_by: {id: desc}, where: {name: {_neq: "Zoe"}}) { id } } }');
  assert.deepEqual(data.cities, [{ id: 1, people: [{ id: 2 }] }, { id: 2, people: [{ id: 3 }] }]);
});

test('roles: filtered on the left, what leads to nothing is hidden, keys need not be seen', async () => {
  const reader = headersOf('reader');
  const data = await query('{ joined_person(order_by: {id: asc}) { id city { name people { name } } } }', {}, reader);
  assert.deepEqual(data.joined_person, [
    { id: 1, city: { name: 'Oslo', people: [{ name: 'Ann' }, { name: 'Bea' }] } },
    { id: 2, city: { name: 'Oslo', people: [{ name: 'Ann' }, { name: 'Bea' }] } }]);
  const column = await failure('{ joined_person { city_id } }', {}, reader);
  assert.match(column.message, /field 'city_id' not found/);
  const hidden = await failure('{ cities { people { id } } }', {}, headersOf('stranger'));
  assert.match(hidden.message, /field 'people' not found in type: 'City'/);
  const aggregate = await failure('{ cities { people_aggregate { aggregate { count } } } }', {}, reader);
  assert.match(aggregate.message, /field 'people_aggregate' not found/);
});

test('errors of the remote schema', async () => {
  const error = await failure('{ joined_person_by_pk(id: 1) { city { broken } } }');
  assert.equal(error.message, 'Errors from remote server');
  assert.equal(error.extensions.code, 'unexpected');
  assert.equal(error.extensions.path, '$');
  const broken = async (value, message) => {
    raw = value;
    const { message: text } = await failure('{ joined_person_by_pk(id: 1) { city { name } } }');
    assert.match(text, message);
  };
  await broken({ raw: 'no JSON' }, /^Remote server response is not valid JSON: /);
  await broken({ json: {} }, /^"data" field not found in remote response$/);
  await broken({ json: { data: {} } }, /^failed to lookup key 'f0' in response$/);
  await broken({ json: { data: { f0: 7 } } }, /./).catch(() => {});
});

test('mutations: done once, then joined', async () => {
  const data = await query('mutation { insert_joined_person_one(object: {id: 9, name: "Eve", city_id: 3}) { id city { name } } update_joined_person(where: {id: {_eq: 9}}, _set: {city_id: 2}) { affected_rows returning { city { name } } } }');
  assert.deepEqual(data, { insert_joined_person_one: { id: 9, city: { name: 'Bonn' } }, update_joined_person: { affected_rows: 1, returning: [{ city: { name: 'Rome' } }] } });
  raw = { json: { errors: [{ message: 'down' }] } };
  const error = await failure('mutation { delete_joined_person_by_pk(id: 9) { city { name } } }');
  assert.equal(error.message, 'Errors from remote server');
  raw = undefined;
  // what was done stays done
  assert.deepEqual((await query('{ joined_person(where: {id: {_eq: 9}}) { id } }')).joined_person, []);
});

test('a thousand rows make one request', async () => {
  await runSql("INSERT INTO joined.person SELECT n, 'p' || n, 1 + n % 900, 'x' || n FROM generate_series(1000, 1999) n");
  const data = await query('{ joined_person(where: {id: {_gte: 1000}}) { by_code { id } city { id people_aggregate { aggregate { count } } } } }');
  assert.equal(data.joined_person.length, 1000);
  assert.equal(requests().length, 2);
  await runSql('DELETE FROM joined.person WHERE id >= 1000');
});

test('depth is bounded by the document, not by data', async () => {
  const nest = (depth) => (depth === 0 ? 'id' : `again { ${nest(depth - 1)} }`);
  const data = await query(`{ city(id: 1) { ${nest(10)} } }`);
  let value = data.city;
  for (let i = 0; i < 10; i += 1) {
    value = value.again;
  }
  assert.deepEqual(value, { id: 1 });
  assert.equal(requests().length, 11);
});

test('neither subscriptions nor the Relay schema have them', async () => {
  const relay = await post('/v1beta1/relay', { query: '{ joined_person_connection { edges { node { city { name } } } } }' });
  assert.match(relay.json.errors[0].message, /field 'city' not found in type: 'joined_person'/);
});

test('the definition is checked against the remote schema', async () => {
  const refused = async (remoteField, fields, message) => {
    const reply = await metadata('pg_create_remote_relationship', { source, table: table('person'), name: 'wrong',
      definition: { to_remote_schema: { remote_schema: 'cities', lhs_fields: fields, remote_field: remoteField } } });
    assert.equal(reply.status, 400, reply.raw);
    assert.ok(reply.json.internal[0].reason.endsWith(message), reply.json.internal[0].reason);
  };
  await refused({ nothing: { arguments: {} } }, ['id'], 'remote field with name "nothing" and type "Query" not found');
  await refused({ city: { arguments: { x: 1 } } }, ['id'], 'argument with name "x" not found in remote schema');
  await refused({ city: { arguments: { id: '$name' } } }, ['id'], 'variable "name" is not found');
  await refused({ city: { arguments: { id: 'a' } } }, ['id'], 'expected type "Int" but got "String"');
  await refused({ city: { arguments: { id: ['$id'] } } }, ['id'], 'type "Int"is not a list type');
  await refused({ city: { arguments: { id: null } } }, ['id'], 'null is not allowed here');
  await refused({ cities: { arguments: { ids: [1, 2] } } }, ['id'], 'multiple elements in list value is not supported');
  await refused({ region: { arguments: { code: true } } }, ['id'], 'Only ID, Int, uuid or String scalar types can be joined to the ID type, but received "Boolean"');
  const reply = await metadata('pg_create_remote_relationship', { source, table: table('person'), name: 'wrong',
    definition: { to_remote_schema: { remote_schema: 'cities', lhs_fields: ['what'], remote_field: { city: { arguments: { id: 1 } } } } } });
  assert.match(reply.json.internal[0].reason, /field with name "what"is not provided by the lhs entity"joined.person"for defining a join condition, the allowed fields are "id", "name", "city_id", "code", "big", "tags", or "next_city"$/);
});

test('explain: refused as by Hasura, shown as SQL', async () => {
  const reply = await post('/v1/graphql/explain', { query: { query: '{ joined_person { city { name } } }' } });
  assert.equal(reply.status, 400);
  assert.deepEqual(reply.json, { error: 'queries with remote relationships cannot be explained', path: '$', code: 'invalid-params' });
  const [text] = psql("SELECT replace(graphql.explain('{}', '{ joined_person { city { name people { id } } } }'), E'\\n', ' ')");
  assert.match(text, /-- joined_person: city -- asks remote schema "cities"/);
  assert.match(text, /-- joined_person: people SELECT .* FROM pg_catalog.jsonb_to_recordset\(\$1::jsonb\)/);
});

test('batches, and SQL callers', async () => {
  const one = { query: '{ joined_person_by_pk(id: 1) { city { name } } }' };
  const reply = await post('/v1/graphql', [one, { query: '{ joined_person_by_pk(id: 3) { city { name } } }' }]);
  assert.deepEqual(reply.json.map((r) => r.data.joined_person_by_pk.city.name), ['Oslo', 'Rome']);
  const [text] = await psqlAside(`SELECT graphql.execute('{}', '${one.query}')`);
  assert.equal(text, '{"data":{"joined_person_by_pk":{"city":{"name":"Oslo"}}}}');
  const [written] = await psqlAside("SELECT graphql.execute('{}', 'mutation { insert_joined_person_one(object: {id: 8, city_id: 3}) { city { name } } delete_joined_person_by_pk(id: 8) { id city { id } } }')");
  assert.equal(written, '{"data":{"insert_joined_person_one":{"city":{"name":"Bonn"}},"delete_joined_person_by_pk":{"id":8,"city":{"id":3}}}}');
});

test('other root fields wait for their turn', async () => {
  const data = await query('{ a: joined_person_by_pk(id: 1) { city { name } } city(id: 3) { name people { id } } b: joined_person_by_pk(id: 3) { name city { name } } __typename }');
  assert.deepEqual(data, { a: { city: { name: 'Oslo' } }, city: { name: 'Bonn', people: [] }, b: { name: 'Cleo', city: { name: 'Rome' } }, __typename: 'query_root' });
});

test('definitions of both forms come back as they were given', async () => {
  const old = { name: 'old', hasura_fields: ['city_id'], remote_schema: 'cities', remote_field: { city: { arguments: { id: '$city_id' } } } };
  const made = await metadata('pg_create_remote_relationship', { ...old, table: table('person') });
  assert.equal(made.status, 200, made.raw);
  const exported = (await metadata('export_metadata', {})).json;
  const found = exported.sources[0].tables.find((t) => t.table.schema === 'joined').remote_relationships;
  const { name, ...definition } = old;
  assert.deepEqual(found.find((r) => r.name === 'old').definition, definition);
  assert.ok(found.find((r) => r.name === 'city').definition.to_remote_schema);
  const data = await query('{ joined_person_by_pk(id: 1) { old { name } } }');
  assert.deepEqual(data.joined_person_by_pk.old, { name: 'Oslo' });
  const replaced = await metadata('export_metadata', {});
  assert.equal((await metadata('replace_metadata', replaced.json)).status, 200);
  assert.equal((await metadata('export_metadata', {})).raw, replaced.raw);
  await metadata('pg_delete_remote_relationship', { source, table: table('person'), name: 'old' });
});

test('a column that is renamed is renamed in the definition', async () => {
  assert.equal((await runSql('ALTER TABLE joined.person RENAME code TO letter')).status, 200);
  const data = await query('{ joined_person_by_pk(id: 1) { by_code { name } } }');
  assert.deepEqual(data.joined_person_by_pk, { by_code: { name: 'Rome' } });
  assert.equal((await runSql('ALTER TABLE joined.person RENAME letter TO code')).status, 200);
});

test('dependencies: the remote schema stays while it is used', async () => {
  const reply = await metadata('remove_remote_schema', { name: 'cities' });
  assert.equal(reply.status, 400);
  assert.match(reply.json.error, /cannot drop due to the following dependent objects/);
});
