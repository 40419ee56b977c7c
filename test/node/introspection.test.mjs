// The schema of every role, read and used by graphql-js.
import test from 'node:test';
import assert from 'node:assert/strict';
import { getIntrospectionQuery, buildClientSchema, validateSchema, printSchema, parse, validate } from 'graphql';
import { query, customer, employee, headersOf } from './lib.mjs';

const roles = { admin: headersOf(), customer: customer(7), employee: employee(4) };
const schemas = {};

for (const [role, headers] of Object.entries(roles)) {
  test(`graphql-js accepts the schema of ${role}`, async () => {
    const data = await query(getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true }), undefined, headers);
    const schema = buildClientSchema(data);
    assert.deepEqual(validateSchema(schema).map((e) => e.message), []);
    schemas[role] = schema;
  });
}

test('GraphiQL\'s own introspection query works', async () => {
  const data = await query(getIntrospectionQuery());
  assert.equal(data.__schema.queryType.name, 'query_root');
});

test('schemas differ as the permissions do', () => {
  const has = (role, type, field) => field in (schemas[role].getType(type)?.getFields() ?? {});
  assert.ok(has('admin', 'track', 'bytes') && has('employee', 'track', 'bytes') && !has('customer', 'track', 'bytes'));
  assert.ok(has('employee', 'query_root', 'track_aggregate') && !has('customer', 'query_root', 'track_aggregate'));
  assert.ok(has('customer', 'query_root', 'invoice_by_pk'));
  assert.ok(!printSchema(schemas.customer).includes('reports_to'));
});

test('comments of the database are descriptions', () => {
  assert.equal(schemas.admin.getType('artist').description, 'Who makes the music');
  assert.match(schemas.admin.getType('track').getFields().milliseconds.description, /Playing time/);
});

test('what graphql-js finds valid is answered, and the reverse', async () => {
  const documents = [
    '{ artist { id name albums { title } } }',
    'query ($w: track_bool_exp = {id: {_eq: 1}}) { track(where: $w) { id } }',
    'query ($o: [track_order_by!]) { track(order_by: $o, limit: 1) { id } }',
    '{ artist { nothing } }',
    '{ artist(limit: "x") { id } }',
    '{ artist { id { x } } }',
    '{ artist }',
    '{ artist(unknown: 1) { id } }',
    'query ($id: Int = 1) { artist(where: {id: {_eq: $id}}, limit: 1) { id } }',
  ];
  for (const text of documents) {
    const valid = validate(schemas.admin, parse(text)).length === 0;
    const answered = await query(text).then(() => true, () => false);
    assert.equal(answered, valid, text);
  }
});

test('__type and __typename', async () => {
  const data = await query('{ __type(name: "genre") { kind name fields { name type { kind name ofType { name } } } } none: __type(name: "nope") { name } }');
  assert.equal(data.__type.kind, 'OBJECT');
  const id = data.__type.fields.find((f) => f.name === 'id');
  assert.deepEqual(id.type, { kind: 'NON_NULL', name: null, ofType: { name: 'Int' } });
  assert.equal(data.none, null);
});
