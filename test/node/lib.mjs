// What the HTTP tests share: the server under test and ways to ask it.
import { execFile, execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { promisify } from 'node:util';

export const url = process.env.GQLE_URL;
export const secret = process.env.GQLE_ADMIN_SECRET;

if (!url) {
  throw new Error('GQLE_URL is not set; run "make test-http"');
}

// A connection to the server for bytes of one's own, with TLS if the URL says so.
export function connect(ready) {
  const { hostname: host, port, protocol } = new URL(url);
  return protocol === 'https:' ? tls.connect({ host, port }, ready) : net.connect({ host, port }, ready);
}

// Headers of an admin, or of a role with session variables on the admin's behalf.
export function headersOf(role, variables = {}) {
  const headers = { 'content-type': 'application/json', 'x-hasura-admin-secret': secret };
  if (role) {
    headers['x-hasura-role'] = role;
  }
  return { ...headers, ...variables };
}

export const customer = (id) => headersOf('customer', { 'x-hasura-customer-id': String(id) });
export const employee = (id) => headersOf('employee', { 'x-hasura-employee-id': String(id) });

// POST a JSON body, or text as it is; the answer with its status.
export async function post(path, body, headers = headersOf()) {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const reply = await fetch(url + path, { method: 'POST', headers, body: text });
  const raw = await reply.text();
  let json;
  try {
    json = JSON.parse(raw);
  } catch {
    json = undefined;
  }
  return { status: reply.status, headers: reply.headers, raw, json };
}

// The data of a GraphQL operation; an error is a failure of the test.
export async function query(text, variables, headers) {
  const { status, json, raw } = await post('/v1/graphql', { query: text, variables }, headers);
  if (status !== 200 || !json || json.errors) {
    throw new Error(`${status}: ${raw}`);
  }
  return json.data;
}

// The one error of a GraphQL operation that must fail.
export async function failure(text, variables, headers) {
  const { status, json, raw } = await post('/v1/graphql', { query: text, variables }, headers);
  if (status !== 200 || !json?.errors || json.data !== undefined) {
    throw new Error(`expected an error, got ${status}: ${raw}`);
  }
  return json.errors[0];
}

export async function metadata(type, args, version) {
  return post('/v1/metadata', { type, args, ...(version && { version }) });
}

export async function runSql(sql) {
  return post('/v2/query', { type: 'run_sql', args: { source: 'default', sql } });
}

// Straight to the database: the first column of every row.
export function psql(sql) {
  const [command, ...args] = process.env.GQLE_PSQL.split(' ');
  const out = execFileSync(command, [...args, '-c', sql], { encoding: 'utf8' }).trimEnd();
  return out === '' ? [] : out.split('\n');
}

// The same while others in this process go on: for statements that call back.
export async function psqlAside(sql) {
  const [command, ...args] = process.env.GQLE_PSQL.split(' ');
  const { stdout } = await promisify(execFile)(command, [...args, '-c', sql], { encoding: 'utf8' });
  return stdout.trimEnd() === '' ? [] : stdout.trimEnd().split('\n');
}

// A webhook on a port of its own, with key and cert by TLS: answers what its handler
// says, notes what it is asked.
export async function startHook(handler, credentials) {
  const asked = [];
  const serve = (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const text = Buffer.concat(chunks).toString();
      let body;
      try {
        body = JSON.parse(text);
      } catch {
        body = text;
      }
      asked.push({ url: request.url, method: request.method, headers: request.headers, body });
      const answer = await handler({ url: request.url, body, headers: request.headers });
      if (answer === undefined) {
        return;
      }
      const { status = 200, json, raw, headers = {} } = answer;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(raw ?? (json === undefined ? '' : JSON.stringify(json)));
    });
  };
  const server = credentials ? https.createServer(credentials, serve) : createServer(serve);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    asked,
    url: `${credentials ? 'https' : 'http'}://127.0.0.1:${server.address().port}`,
    take: () => asked.splice(0),
    close: () => { server.closeAllConnections(); server.close(); },
  };
}
