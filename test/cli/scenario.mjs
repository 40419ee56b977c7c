// The hasura command line against a server: projects are applied, exported,
// compared, migrated and seeded.  WRITE=1 keeps what it sent for replay.mjs.
// Needs HASURA_CLI, a server with an empty database (GQLE_URL,
// GQLE_ADMIN_SECRET), the port of the remote schema (CLI_TEST_PORT) and a
// scratch directory (CLI_TEST_DIR).
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startProxy } from './proxy.mjs';
import { write } from './recording.mjs';
import { startStub } from './stub.mjs';

const run = promisify(execFile);
const secret = process.env.GQLE_ADMIN_SECRET;
const scratch = process.env.CLI_TEST_DIR;
const calls = [];
let n = 0;
let failures = 0;
let project;

const stub = await startStub(process.env.CLI_TEST_PORT);
const seen = [];
const proxy = await startProxy(process.env.GQLE_URL, seen);

const env = {
  PATH: process.env.PATH,
  HOME: scratch,
  EDITOR: 'true',
  HASURA_GRAPHQL_ENDPOINT: proxy.url,
  HASURA_GRAPHQL_ADMIN_SECRET: secret,
  HASURA_GRAPHQL_ENABLE_TELEMETRY: 'false',
  HASURA_GRAPHQL_SHOW_UPDATE_NOTIFICATION: 'false',
  HASURA_GRAPHQL_DISABLE_INTERACTIVE: 'true',
};

function check(name, passed, why) {
  n += 1;
  failures += passed ? 0 : 1;
  console.log(`${passed ? 'ok' : 'not ok'} ${n} - ${name}`);
  if (!passed) {
    String(why).split('\n').forEach((line) => console.log(`# ${line}`));
  }
}

// Everything seen since the last time belongs to this command.
function note(command) {
  calls.push(...seen.splice(0).map((call) => ({ command, ...call })));
}

// Run a command in the project; expected must match what it prints.  A command
// that should fail has "!" before its name.
async function hasura(line, expected = /./, extra = []) {
  const fails = line.startsWith('!');
  const words = [...line.replace('!', '').split(' '), ...extra];
  const title = `${project.name}: hasura ${words.join(' ')}`.replaceAll(scratch, '').replaceAll(proxy.url, '').replace(/\s+/g, ' ');
  let output;
  let failed = false;
  try {
    const { stdout, stderr } = await run(process.env.HASURA_CLI,
      [...words, '--skip-update-check', '--no-color'], {
        cwd: project.directory,
        maxBuffer: 1 << 26,
        timeout: 60_000,
        env,
      });
    output = stdout + stderr;
  } catch (error) {
    failed = true;
    output = `${error.stdout ?? ''}${error.stderr ?? error}`;
  }
  note(title);
  check(title, failed === fails && expected.test(output), output);
  return output;
}

// Begin with a project: a copy of one of ours, or an empty directory.
function begin(name, isOurs = true, metadata = 'metadata') {
  project = { name, directory: join(scratch, name), metadata };
  if (isOurs) {
    cpSync(fileURLToPath(new URL(`projects/${name}`, import.meta.url)), project.directory, { recursive: true });
  } else {
    mkdirSync(project.directory, { recursive: true });
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// Ask what stands behind "hasura console", as the page it serves does.
async function withConsole(what, path, body, expected, method = 'POST') {
  const [pagePort, port] = [await freePort(), await freePort()];
  const child = spawn(process.env.HASURA_CLI, ['console', '--no-browser', '--console-port', pagePort, '--api-port', port,
    '--address', '127.0.0.1', '--skip-update-check', '--no-color'], { cwd: project.directory, env, stdio: 'ignore' });
  for (let tries = 0; tries < 100 && !await fetch(`http://127.0.0.1:${pagePort}/`).catch(() => false); tries += 1) {
    await sleep(100);
  }
  const reply = await fetch(`http://127.0.0.1:${port}/apis${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-hasura-admin-secret': secret },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await reply.text();
  child.kill();
  const title = `${project.name}: hasura console: ${what}`;
  note(title);
  check(title, expected.test(answer), answer);
}

async function ask(path, body, role) {
  const reply = await fetch(proxy.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hasura-admin-secret': secret, ...role },
    body: JSON.stringify(body),
  });
  return { status: reply.status, body: await reply.json() };
}

// Not a command: something done to the server meanwhile.
async function sql(what, text) {
  const { status, body } = await ask('/v2/query', { type: 'run_sql', args: { source: 'default', sql: text, check_metadata_consistency: false } });
  note(`${project.name}: ${what}`);
  check(`${project.name}: ${what}`, status === 200, JSON.stringify(body));
  return body.result;
}

// An empty server again.
async function clear() {
  await sql('clean up', `DROP SCHEMA IF EXISTS stock CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public;`);
  await ask('/v1/metadata', { type: 'clear_metadata', args: {} });
  await ask('/v1/metadata', { type: 'set_catalog_state', args: { type: 'cli', state: {} } });
  note(`${project.name}: clean up`);
}

// Roles are only tried, not recorded: the replay is the admin's.
async function graphql(query, role, expected) {
  const headers = role && Object.fromEntries(Object.entries(role).map(([name, value]) => [`x-hasura-${name}`, value]));
  const { body } = await ask('/v1/graphql', { query }, headers);
  seen.splice(0);
  check(`${project.name}: ${query}`, JSON.stringify(body.data) === JSON.stringify(expected), JSON.stringify(body));
}

// All files below a directory, by name.
function files(directory, below = '') {
  return Object.assign({}, ...readdirSync(join(directory, below)).map((name) => {
    const path = join(below, name);
    return statSync(join(directory, path)).isDirectory() ? files(directory, path)
      : { [path]: readFileSync(join(directory, path), 'utf8') };
  }));
}

// An export writes the files that were applied, byte for byte.
async function exportsTheSame() {
  const before = files(project.directory, project.metadata);
  await hasura('metadata export', /Metadata exported/);
  const after = files(project.directory, project.metadata);
  const differing = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name]);
  check(`${project.name}: an export is what was applied`, differing.length === 0,
    differing.map((name) => `${name}:\n${before[name]}\n--- is now\n${after[name]}`).join('\n'));
}

const nothingDiffers = /^(?!.*(entries|entry|value change|map entr|@@))[\s\S]*Showing diff between project and server\.\.\.[^\n]*\n\s*$/;

// ---------------------------------------------------------------------------
// A project of configuration v2: one database, without a name.
// ---------------------------------------------------------------------------

async function cinema() {
  begin('cinema');
  await hasura('migrate status', /films +Present +Not Present[\s\S]*rating +Present +Not Present/);
  await hasura('migrate apply', /migrations applied/);
  await hasura('migrate status', /films +Present +Present[\s\S]*rating +Present +Present/);
  await hasura('metadata apply', /Metadata applied/);
  await hasura('metadata diff', nothingDiffers);
  await hasura('seed apply', /Seeds planted/);
  await graphql('{ film(order_by: {id: asc}) { title rating screenings { starts_at } } }', { role: 'visitor' },
    { film: [{ title: 'The Long Corridor', rating: 'PG', screenings: [{ starts_at: '2024-05-01T20:00:00+00:00' }] },
      { title: 'Harvest', rating: 'U', screenings: [{ starts_at: '2024-05-01T20:00:00+00:00' }] }] });
  await graphql('{ search_films(args: {words: "harv"}) { title } }', undefined, { search_films: [{ title: 'Harvest' }] });
  await hasura('migrate create director', /Migrations files created/,
    ['--up-sql', 'ALTER TABLE film ADD COLUMN director text;', '--down-sql', 'ALTER TABLE film DROP COLUMN director;']);
  await hasura('migrate apply', /migrations applied/);
  await graphql('{ film { director } }', undefined, { film: [{ director: null }, { director: null }] });
  await hasura('migrate apply --down 2', /migrations applied/);
  await hasura('migrate status', /rating +Present +Not Present[\s\S]*director +Present +Not Present/);
  await hasura('migrate apply --up 1', /migrations applied/);
  await hasura('metadata reload', /Metadata reloaded[\s\S]*consistent/);

  // The project becomes one of configuration v3.
  await hasura('scripts update-project-v3 --database-name default --force', /./);
  await hasura('migrate status --database-name default', /films +Present +Present[\s\S]*director +Present +Not Present/);
  await hasura('metadata apply', /Metadata applied/);
  await hasura('metadata diff', nothingDiffers);
  await clear();
}

// ---------------------------------------------------------------------------
// A plain project of configuration v3: deploy, and everything about migrations.
// ---------------------------------------------------------------------------

async function notes() {
  const database = '--database-name default';

  begin('notes');
  await hasura('deploy --with-seeds --no-transaction', /Metadata reloaded|Seeds planted|applied/);
  await hasura(`migrate status ${database}`, /writer +Present +Present[\s\S]*index +Present +Present/);
  await hasura('metadata diff', nothingDiffers);
  await exportsTheSame();
  await graphql('{ note(order_by: {id: asc}) { body writer { name } } }', { role: 'user', 'user-id': '2' },
    { note: [{ body: 'ours', writer: { name: 'Ines' } }, { body: "it's his", writer: { name: 'Tomás' } }] });
  await graphql('mutation { insert_note_one(object: {body: "new"}) { writer_id is_public } }', { role: 'user', 'user-id': '1' },
    { insert_note_one: { writer_id: 1, is_public: false } });

  // There and back again.
  await hasura(`migrate apply --dry-run ${database}`, /./);
  await hasura(`migrate apply --down 1 --no-transaction ${database}`, /migrations applied/);
  await hasura(`migrate apply --goto 1610000000001 ${database}`, /migrations applied/);
  await hasura(`migrate status ${database}`, /writer +Present +Present[\s\S]*note +Present +Not Present/);
  await hasura(`migrate apply --version 1610000000002 --type up ${database}`, /migrations applied/);
  await hasura(`!migrate apply --version 1610000000002 --type up ${database}`, /already applied/);
  await hasura(`migrate apply --version 1610000000003 --skip-execution ${database}`, /migrations applied/);
  await hasura(`migrate status ${database}`, /index +Present +Present/);

  // A migration that fails leaves nothing behind.
  await hasura(`migrate create wrong ${database}`, /Migrations files created/,
    ['--up-sql', 'CREATE TABLE half (id integer); SELECT nothing;', '--down-sql', 'DROP TABLE half;']);
  await hasura(`!migrate apply ${database}`, /column \\+"nothing\\+" does not exist/);
  await hasura(`migrate status ${database}`, /wrong +Present +Not Present/);
  await sql('nothing is left of the wrong migration', 'SELECT 1 / (to_regclass(\'half\') IS NULL)::integer');
  const wrong = Object.keys(files(project.directory, 'migrations')).find((name) => name.includes('wrong')).match(/\d{13}/)[0];
  await hasura(`migrate delete --version ${wrong} --force ${database}`, /./);

  // Two become one.
  await hasura(`migrate create labels ${database}`, /Migrations files created/,
    ['--up-sql', 'ALTER TABLE note ADD COLUMN labels text[];', '--down-sql', 'ALTER TABLE note DROP COLUMN labels;']);
  const first = Object.keys(files(project.directory, 'migrations')).find((name) => name.includes('labels')).match(/\d{13}/)[0];
  await hasura(`migrate create colour ${database}`, /Migrations files created/,
    ['--up-sql', 'ALTER TABLE note ADD COLUMN colour text;', '--down-sql', 'ALTER TABLE note DROP COLUMN colour;']);
  await hasura(`migrate apply ${database}`, /migrations applied/);
  await hasura(`migrate squash --name looks --from ${first} --delete-source ${database}`, /./);
  await hasura(`migrate status ${database}`, /looks +Present/);
  await graphql('{ note(where: {id: {_eq: 1}}) { labels colour } }', undefined, { note: [] });

  // What became inconsistent is told, and dropped if that is wanted.
  await sql('a table goes behind the back', 'DROP TABLE note');
  await hasura('metadata reload', /inconsistent/);
  await hasura('!metadata inconsistency status', /inconsistent/);
  await hasura('metadata inconsistency list', /note +table[\s\S]*notes +array_relation/);
  await hasura('!metadata apply --disallow-inconsistent-metadata', /inconsistent metadata/);
  await hasura('metadata inconsistency drop', /removed/);
  await hasura('metadata inconsistency status', /consistent/);
  await hasura('metadata diff', /public_note/);
  await hasura('metadata apply', /inconsistent[\s\S]*Metadata applied/);
  await hasura('metadata clear', /Metadata cleared/);
  await hasura(`migrate delete --all --server --force ${database}`, /./);
  await hasura(`migrate status ${database}`, /writer +Present +Not Present/);
  await clear();
}

// ---------------------------------------------------------------------------
// A project with every kind of metadata.
// ---------------------------------------------------------------------------

async function shop() {
  begin('shop');
  await hasura('metadata apply', /Metadata is inconsistent[\s\S]*Metadata applied/);
  await hasura('migrate apply --all-databases', /migrations applied/);
  await hasura('metadata reload', /consistent/);
  await hasura('metadata inconsistency status', /metadata is consistent/);
  await hasura('metadata diff', nothingDiffers);
  await exportsTheSame();
  await hasura('metadata apply --disallow-inconsistent-metadata', /Metadata applied/);
  await exportsTheSame();
  await hasura('metadata diff --type json', /./);
  await hasura('metadata apply --dry-run -o yaml', /sources:/);
  await hasura('seed apply --database-name default', /Seeds planted/);

  const ada = { role: 'customer', 'user-id': '11111111-1111-4111-8111-111111111111' };
  await graphql('{ customers { full_name purchases { state } } }', ada,
    { customers: [{ full_name: 'Ada Okafor', purchases: [{ state: 'open' }] }] });
  await graphql('{ customer(id: "11111111-1111-4111-8111-111111111111") { birthday totals { total } } }', { role: 'clerk' },
    { customer: { birthday: '1990-02-03', totals: { total: 49.80 } } });
  await graphql('{ findArticles(args: {words: "la"}) { name } articlesAggregate { aggregate { count } } }', undefined,
    { findArticles: [{ name: 'Lamp' }], articlesAggregate: { aggregate: { count: 2 } } });
}

// ---------------------------------------------------------------------------
// A project made from a server, and a server made from the project.
// ---------------------------------------------------------------------------

async function fromServer() {
  const database = '--database-name default';

  begin('new', false);
  await hasura('init .', /project initialised/, ['--endpoint', proxy.url, '--admin-secret', secret]);
  await hasura('metadata diff', nothingDiffers);
  await hasura(`migrate status ${database}`, /init +Present +Present/);
  await hasura(`migrate create both --from-server --schema public,stock ${database}`, /Migrations files created/);
  await hasura(`seed create customers --from-table order_state --from-table customer --from-table stock.article ${database}`, /created seed file/);
  const dumps = Object.entries(files(project.directory)).filter(([name]) => name.endsWith('.sql'));
  const both = dumps.find(([name]) => name.includes('both'))[1];
  check('new: a migration has what the server had', /CREATE TABLE stock\.article/.test(both) &&
    /CREATE FUNCTION public\.full_name/.test(both), both);
  const foreign = dumps.flatMap(([name, text]) => text.split('\n')
    .filter((line) => /gqle|hdb_|notify_/.test(line)).map((line) => `${name}: ${line}`));
  check('new: and nothing of gqle', foreign.length === 0, foreign.join('\n'));
  await clear();
  const version = dumps.find(([name]) => name.includes('both'))[0].match(/\d{13}/)[0];
  await hasura(`migrate apply --version ${version} ${database}`, /migrations applied/);
  await hasura(`seed apply ${database}`, /Seeds planted/);
  await hasura('metadata apply', /Metadata applied/);
  await hasura('metadata inconsistency status', /metadata is consistent/);
  await graphql('{ articles(order_by: {id: asc}) { name } }', undefined, { articles: [{ name: 'Kettle' }, { name: 'Lamp' }] });
  await clear();
}

// ---------------------------------------------------------------------------
// A project in directories of its own names: actions, remote schemas and all
// settings, each in the form that the others do not have.
// ---------------------------------------------------------------------------

async function travel() {
  const database = '--database-name default';
  const traveller = { role: 'traveller', 'user-id': '5' };

  begin('travel', true, 'hasura/metadata');
  await hasura('version', /hasura graphql engine[^\n]*v2\./);
  await hasura('deploy --with-seeds', /Metadata reloaded[\s\S]*planted/);
  await hasura('metadata inconsistency status', /metadata is consistent/);
  await hasura('metadata diff', nothingDiffers);
  await exportsTheSame();
  await hasura('metadata apply --dry-run -o json', /"sources"/);
  await exportsTheSame();
  await graphql('{ fares(city: "Bergen") { amount currency place { airport_code } } }', traveller,
    { fares: [{ amount: 99.5, currency: 'EUR', place: { airport_code: 'BGO' } }] });
  await graphql('mutation { reserve(trip_id: 2, travellers: [{name: "Ida"}]) { id trip { id } } }', traveller,
    { reserve: { id: 7, trip: { id: 2 } } });
  await graphql('{ get_city_all(where: {id: {_lt: 3}}) { name airport { code } weather { degrees } } }', undefined,
    { get_city_all: [{ name: 'Lisbon', airport: { code: 'LIS' }, weather: { degrees: 6 } },
      { name: 'Bergen', airport: { code: 'BGO' }, weather: { degrees: 6 } }] });
  await graphql('{ air_airports(limit: 1) { code place { name } forecast { degrees } runways { cities { name } } } }', undefined,
    { air_airports: [{ code: 'LIS', place: { name: 'Lisbon' }, forecast: { degrees: 6 }, runways: [{ cities: [{ name: 'Lisbon' }] }] }] });
  await graphql('{ revenue(args: {until: "2024-06-30"}) { month total city { name } } }', undefined,
    { revenue: [{ month: '2024-06-01', total: 420, city: { name: 'Lisbon' } }] });

  // Actions made here, from nothing and from an operation.
  await hasura('actions create hello', /action created/);
  await hasura('actions create shorten --derive-from', /action created/,
    ['mutation ($id: Int!) { get_update_trip_by_pk_all(pk_columns: {id: $id}, _set: {seats: 1}) { id seats } }']);
  await hasura('metadata export', /Metadata exported/);
  const { 'actions.graphql': made } = files(join(project.directory, project.metadata));
  check('travel: both are there', /hello\([\s\S]*shorten\(\n +id: Int!\n +\): ShortenOutput/.test(made), made);
  await hasura('metadata apply', /Metadata applied/);
  await exportsTheSame();

  // All databases at once; a migration whose contents the server has already.
  await hasura(`migrate create all --sql-from-server --schema public ${database}`, /Migrations files created/);
  await hasura('migrate apply --all-databases --skip-execution', /applied/);
  await hasura(`!migrate apply --down all ${database}`, /down migration not found/);

  await hasura('!metadata export --admin-secret wrong', /access-denied/);
  await hasura(`metadata diff --endpoint ${proxy.url}/below/here`, nothingDiffers);

  // What a console does through the command line.
  await withConsole('a migration is made and applied', '/migrate', {
    name: 'guide',
    datasource: 'default',
    up: [{ type: 'run_sql', args: { source: 'default', sql: 'CREATE TABLE guide (id integer PRIMARY KEY)' } },
      { type: 'pg_track_table', args: { source: 'default', table: { name: 'guide', schema: 'public' } } }],
    down: [{ type: 'run_sql', args: { source: 'default', sql: 'DROP TABLE guide' } }],
  }, /_guide"/);
  await graphql('{ get_guide_all { id } }', undefined, { get_guide_all: [] });
  await withConsole('a wrong one is not', '/migrate',
    { name: 'wrong', datasource: 'default', up: [{ type: 'run_sql', args: { source: 'default', sql: 'SELECT nothing' } }], down: [] },
    /column \\+"nothing\\+\" does not exist/);
  await hasura(`migrate status ${database}`, /guide +Present +Present/);
  await exportsTheSame();
  await withConsole('migrations may be left out', '/migrate/settings?datasource=default',
    { name: 'migration_mode', value: 'false' }, /Successfuly set/, 'PUT');
  await withConsole('the files are written', '/metadata?export=true', undefined, /Success/, 'GET');
  await exportsTheSame();
  await hasura('metadata clear', /Metadata cleared/);
  await clear();
}

begin('none', false);
await cinema();
await notes();
await shop();
await fromServer();
await travel();
console.log(`1..${n}`);
if (failures === 0 && process.env.WRITE === '1') {
  write(calls);
}
stub.close();
proxy.server.close();
process.exitCode = failures > 0 ? 1 : 0;
