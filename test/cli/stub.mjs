// What the projects refer to by {{CLI_TEST_URL}}: remote schemas, and webhooks
// of which a few answer something.
import http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../node/package.json', import.meta.url));
const { buildSchema, graphql } = require('graphql');
const schemas = {
  '/graphql': buildSchema('type Query { carrier(id: Int!): String }'),
  '/airports': buildSchema(`
    type Airport { iata: String! city: String! runways: [Runway!]! }
    type Runway { airport: String! length: Int }
    type Query { airport(iata: String!): Airport airports(limit: Int = 10): [Airport!]! }`),
  '/weather': buildSchema(`
    enum Unit { CELSIUS KELVIN }
    type Forecast { degrees: Float unit: Unit }
    type Query { forecast(city: String!, unit: Unit = CELSIUS): Forecast }`),
};

const airports = ['LIS', 'BGO'].map((iata, i) => ({
  iata, city: ['Lisbon', 'Bergen'][i], runways: [{ airport: iata, length: 3000 + i }],
}));
const roots = {
  airport: ({ iata }) => airports.find((airport) => airport.iata === iata),
  airports: ({ limit }) => airports.slice(0, limit),
  forecast: ({ city, unit }) => ({ degrees: city.length, unit }),
};

// The webhooks, by path: what they answer to a query string and a body.
const webhooks = {
  '/fares': (search) => ({ currency: search.get('currency'), fares: [{ price: 99.5, city: search.get('city') }] }),
  '/reserve': (search, body) => ({ id: 7, trip_id: Number(new URLSearchParams(body).get('trip')), fares: [] }),
};

async function answer(url, body) {
  const schema = schemas[url.pathname];
  if (schema === undefined) {
    return webhooks[url.pathname]?.(url.searchParams, body) ?? {};
  }
  const { query, variables } = JSON.parse(body);
  return graphql({ schema, source: query, variableValues: variables, rootValue: roots });
}

export async function startStub(port) {
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await answer(new URL(request.url, 'http://stub'), Buffer.concat(chunks).toString())));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}
