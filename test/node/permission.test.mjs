// What the roles of the demo see: allowed, denied, filtered, and not inferable.
import test from 'node:test';
import assert from 'node:assert/strict';
import { query, failure, post, psql, customer, employee, headersOf } from './lib.mjs';

test('a customer sees their own invoices and lines only', async () => {
  const data = await query(`{ invoice(order_by: {id: asc}) { id total lines(order_by: {id: asc}) { id track { name } } }
    invoice_aggregate { aggregate { count sum { total } } } customer { id } }`, undefined, customer(7));
  assert.deepEqual(data.invoice.map((i) => i.id), psql('SELECT id FROM invoice WHERE customer_id = 7 ORDER BY id').map(Number));
  assert.deepEqual(data.invoice.flatMap((i) => i.lines.map((l) => l.id)),
    psql('SELECT l.id FROM invoice_line l JOIN invoice i ON i.id = invoice_id WHERE customer_id = 7 ORDER BY invoice_id, l.id').map(Number));
  assert.equal(data.invoice_aggregate.aggregate.count, data.invoice.length);
  assert.deepEqual(data.customer, [{ id: 7 }]);
});

test('another customer\'s row by key is null, and a filter does not reveal it', async () => {
  const [id] = psql('SELECT id FROM invoice WHERE customer_id = 8 LIMIT 1');
  const data = await query(`{ invoice_by_pk(id: ${id}) { id } invoice(where: {id: {_eq: ${id}}}) { id }
    invoice_aggregate(where: {id: {_eq: ${id}}}) { aggregate { count } } }`, undefined, customer(7));
  assert.deepEqual(data, { invoice_by_pk: null, invoice: [], invoice_aggregate: { aggregate: { count: 0 } } });
});

test('columns, tables and aggregates that a role lacks do not exist for it', async () => {
  const column = await failure('{ track(limit: 1) { bytes } }', undefined, customer(7));
  assert.equal(column.message, "field 'bytes' not found in type: 'track'");
  assert.equal(column.extensions.code, 'validation-failed');
  const filter = await failure('{ track(where: {bytes: {_gt: 1}}) { id } }', undefined, customer(7));
  assert.equal(filter.message, "field 'bytes' not found in type: 'track_bool_exp'");
  const aggregate = await failure('{ track_aggregate { aggregate { count } } }', undefined, customer(7));
  assert.equal(aggregate.message, "field 'track_aggregate' not found in type: 'query_root'");
});

test('a permission\'s limit holds, whatever is asked', async () => {
  for (const text of ['{ track { id } }', '{ track(limit: 3000) { id } }']) {
    assert.equal((await query(text, undefined, customer(7))).track.length, 500);
  }
  assert.equal((await query('{ track(limit: 3) { id } }', undefined, customer(7))).track.length, 3);
});

test('an employee sees the customers they support', async () => {
  const data = await query('{ customer(order_by: {id: asc}) { id } invoice_aggregate { aggregate { count } } }', undefined, employee(4));
  assert.deepEqual(data.customer.map((c) => c.id), psql('SELECT id FROM customer WHERE support_rep_id = 4 ORDER BY id').map(Number));
  assert.equal(data.invoice_aggregate.aggregate.count,
    Number(psql('SELECT count(*) FROM invoice JOIN customer c ON c.id = customer_id WHERE support_rep_id = 4')[0]));
});

test('an employee sees themselves, their manager and their reports', async () => {
  const ids = async (id) => (await query('{ employee(order_by: {id: asc}) { id manager { id } } }', undefined, employee(id))).employee;
  assert.deepEqual(await ids(4), [{ id: 2, manager: null }, { id: 4, manager: { id: 2 } }]);
  assert.deepEqual((await ids(2)).map((e) => e.id), [1, 2, 3, 4, 5]);
});

test('a missing session variable is an error, a hostile one is a value', async () => {
  const missing = await failure('{ invoice { id } }', undefined, headersOf('customer'));
  assert.match(missing.message, /missing session variable: "x-hasura-customer-id"/);
  const hostile = await failure('{ invoice { id } }', undefined, customer("7' OR '1'='1"));
  assert.match(hostile.message, /invalid input syntax for type integer/);
  assert.equal(hostile.extensions.code, 'data-exception');
});

test('without the secret nothing is answered', async () => {
  for (const headers of [{}, { 'x-hasura-admin-secret': 'wrong' }, { 'x-hasura-role': 'customer', 'x-hasura-customer-id': '7' }]) {
    const { status, json } = await post('/v1/graphql', { query: '{ genre { id } }' }, { 'content-type': 'application/json', ...headers });
    assert.equal(status, 200);
    assert.equal(json.errors[0].extensions.code, 'access-denied');
    assert.equal(json.data, undefined);
  }
});

test('a role may not use the metadata API', async () => {
  const { status, json } = await post('/v1/metadata', { type: 'export_metadata', args: {} }, customer(7));
  assert.equal(status, 400);
  assert.equal(json.code, 'access-denied');
});
