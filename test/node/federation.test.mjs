// A supergraph: an Apollo gateway's composition and query plans, of which this
// file runs the fetches.  One subgraph is the server, the other a table of tickets.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { parse } from 'graphql';
import { composeServices } from '@apollo/composition';
import { Supergraph, operationFromDocument } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { query, failure, psql, metadata, headersOf, customer } from './lib.mjs';

const source = 'default';
const entities = ['customer', 'playlist_track'];

const ticketsSchema = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { tickets: [Ticket!]! }
  type Ticket { subject: String! customer: customer song: playlist_track }
  type customer @key(fields: "id") { id: Int! tickets: [Ticket!]! }
  type playlist_track @key(fields: "playlist_id track_id") { playlist_id: Int! track_id: Int! plays: Int! }
`);

const song = (playlist, track) => ({ __typename: 'playlist_track', playlist_id: playlist, track_id: track, plays: 3 });
const tickets = [
  { subject: 'late', customer: { __typename: 'customer', id: 2 }, song: song(1, 2) },
  { subject: 'lost', customer: { __typename: 'customer', id: 1 }, song: null },
  { subject: 'gone', customer: { __typename: 'customer', id: 9999 }, song: song(8, 1) },
];

async function setFederation(on) {
  psql(on ? 'ALTER SYSTEM SET gqle.enable_apollo_federation = on' : 'ALTER SYSTEM RESET gqle.enable_apollo_federation');
  for (const name of entities) {
    const reply = await metadata('pg_set_apollo_federation_config', {
      source, table: name, apollo_federation_config: on ? { enable: 'v1' } : null,
    });
    assert.equal(reply.status, 200, reply.raw);
  }
  psql('SELECT pg_reload_conf()');
}

const subgraphOf = async (headers) => (await query('{ _service { sdl } }', undefined, headers))._service.sdl;

let admin; // the supergraph of all tables

before(async () => {
  await setFederation(true);
  for (let tries = 50; !(await query('{ __type(name: "_Service") { name } }')).__type; tries--) {
    assert.ok(tries > 0, 'the server is no subgraph');
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  admin = await compose();
});

after(() => setFederation(false));

async function compose(headers) {
  const { supergraphSdl, errors, hints } = composeServices([
    { name: 'music', url: 'http://music', typeDefs: parse(await subgraphOf(headers)) },
    { name: 'tickets', url: 'http://tickets', typeDefs: ticketsSchema },
  ]);
  assert.equal(errors, undefined, String(errors));
  return { supergraph: Supergraph.build(supergraphSdl), hints };
}

// The objects at a path of a plan, "@" being every item of a list.
function follow(value, path) {
  const items = value == null ? [] : [value].flat();
  return path.length === 0 ? items
    : items.flatMap((item) => follow(path[0] === '@' ? item : item[path[0]], path.slice(1)));
}

const merge = (target, more) => {
  for (const [key, value] of Object.entries(more ?? {})) {
    if (target[key] && typeof value === 'object') {
      merge(target[key], value);
    } else {
      target[key] = value;
    }
  }
};

// What a gateway sends for an entity: the fields that a fetch requires.
const represent = (entity, requires) => Object.fromEntries(requires
  .find(({ typeCondition }) => typeCondition === entity.__typename).selections
  .map(({ name }) => [name, entity[name]]));

// Run a plan into data; the operations that the server got.
async function run(plan, data, headers, sent = [], path = []) {
  if (plan.nodes) {
    for (const node of plan.nodes) {
      await run(node, data, headers, sent, path);
    }
  } else if (plan.kind === 'Flatten') {
    await run(plan.node, data, headers, sent, plan.path);
  } else if (plan.serviceName === 'tickets') {
    const found = plan.requires ? follow(data, path) : [data];
    found.forEach((entity) => merge(entity, plan.requires
      ? { tickets: tickets.filter((ticket) => ticket.customer.id === entity.id) }
      : { tickets: structuredClone(tickets) }));
  } else {
    const found = plan.requires ? follow(data, path) : [data];
    const representations = plan.requires && found.map((entity) => represent(entity, plan.requires));
    const answer = await query(plan.operation, representations && { representations }, headers);
    sent.push(plan.operation);
    found.forEach((entity, i) => merge(entity, plan.requires ? answer._entities[i] : answer));
  }
  return sent;
}

async function ask(text, headers) {
  const { supergraph } = headers ? await compose(headers) : admin;
  const plan = new QueryPlanner(supergraph)
    .buildQueryPlan(operationFromDocument(supergraph.apiSchema(), parse(text)));
  const data = {};
  const sent = await run(plan.node, data, headers);
  return { data, sent };
}

test('the schema composes with another', () => {
  const { supergraph, hints } = admin;
  const schema = supergraph.apiSchema();
  const fields = (type) => schema.type(type).fields().map(({ name }) => name);
  assert.deepEqual(['first_name', 'invoices', 'tickets'].filter((name) => !fields('customer').includes(name)), []);
  assert.ok(fields('Query').includes('tickets') && fields('Query').includes('customer_by_pk'));
  assert.ok(fields('Mutation').includes('insert_customer_one'));
  assert.equal(schema.type('_Entity'), undefined);
  assert.deepEqual(hints.filter(({ definition }) => /KEY|INCONSISTENT/.test(definition.code)).map(String), []);
});

test('a gateway asks for entities by their keys', async () => {
  const { data, sent } = await ask('{ tickets { subject customer { first_name invoices(limit: 1, order_by: {id: asc}) { total } } song { plays track { name } } } }');
  assert.equal(sent.length, 2);
  assert.match(sent.join(), /_entities\(representations:\s?\$representations\)/);
  assert.deepEqual(data.tickets.map(({ customer: c }) => c.first_name), ['Zoe', 'Dmitri', undefined]);
  assert.equal(data.tickets[0].customer.invoices.length, 1);
  assert.equal(data.tickets[0].song.plays, 3);
  assert.equal(data.tickets[0].song.track.name, psql('SELECT name FROM track WHERE id = 2')[0]);
});

test('a gateway goes on from the server\'s rows to another subgraph', async () => {
  const { data, sent } = await ask('{ customer(where: {id: {_lte: 2}}, order_by: {id: asc}) { first_name tickets { subject } } }');
  assert.equal(sent.length, 1);
  assert.deepEqual(data.customer.map((row) => [row.first_name, row.tickets.map(({ subject }) => subject)]),
    [['Dmitri', ['lost']], ['Zoe', ['late']]]);
});

test('entities are those that the role sees', async () => {
  assert.match(await subgraphOf(customer(2)), /type customer @key\(fields: "id"\)/);
  const { data } = await ask('{ tickets { customer { first_name } } }', customer(2));
  assert.deepEqual(data.tickets.map(({ customer: c }) => c.first_name), ['Zoe', undefined, undefined]);
});

test('a role without tables is a subgraph without entities', async () => {
  const headers = headersOf('nobody');
  assert.doesNotMatch(await subgraphOf(headers), /@key/);
  const { message } = await failure('{ _entities(representations: []) { __typename } }', undefined, headers);
  assert.equal(message, "field '_entities' not found in type: 'query_root'");
});
