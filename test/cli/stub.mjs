// A remote schema, and nothing else: what the project "shop" refers to by
// {{CLI_TEST_URL}} must be there.
import http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../node/package.json', import.meta.url));
const { buildSchema, graphql } = require('graphql');
const schema = buildSchema('type Query { carrier(id: Int!): String }');

async function answer(request, body) {
  if (request.url !== '/graphql') {
    return {};
  }
  const { query, variables } = JSON.parse(body);
  return graphql({ schema, source: query, variableValues: variables });
}

export async function startStub(port) {
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await answer(request, Buffer.concat(chunks).toString())));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}
