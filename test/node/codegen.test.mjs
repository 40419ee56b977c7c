// What an application generates from the running server: TypeScript of the
// schema of a role and of the application's operations, compiled strictly.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from '@graphql-codegen/cli';
import { url, headersOf, customer } from './lib.mjs';

const modules = fileURLToPath(new URL('node_modules', import.meta.url));
let dir;

// Every kind of field an application selects, by name of the operation.
const operations = `
  fragment TrackParts on track { id name milliseconds bytes unit_price genre { name } album { title artist { name } } }
  query Albums($where: album_bool_exp, $order: [album_order_by!], $limit: Int = 5) {
    album(where: $where, order_by: $order, limit: $limit) { id title artist { id name } tracks { ...TrackParts } }
  }
  query Track($id: Int!) { track_by_pk(id: $id) { ...TrackParts __typename } }
  query Totals($country: String_comparison_exp!) {
    invoice_aggregate(where: {billing_country: $country}) {
      aggregate { count sum { total } avg { total } max { invoice_date } }
      nodes { id total invoice_date }
    }
  }
  query Staff { employee(distinct_on: country) { id hire_date reports_aggregate { aggregate { count } } } }
  mutation AddArtist($artist: artist_insert_input!, $conflict: artist_on_conflict) {
    insert_artist_one(object: $artist, on_conflict: $conflict) { id name albums { id } }
  }
  mutation Rename($key: artist_pk_columns_input!, $set: artist_set_input, $many: [genre_updates!]!) {
    update_artist_by_pk(pk_columns: $key, _set: $set) { id }
    update_genre_many(updates: $many) { affected_rows returning { name } }
  }
  mutation Remove($where: artist_bool_exp!) { delete_artist(where: $where) { affected_rows } }
  subscription News($cursor: [invoice_stream_cursor_input]!) { invoice_stream(batch_size: 10, cursor: $cursor) { id total } }
`;

// What the generated types say: a line after "@ts-expect-error" must not compile.
const uses = `
import type {
  AddArtistMutationVariables, AlbumsQuery, AlbumsQueryVariables, NewsSubscriptionVariables,
  RenameMutation, RenameMutationVariables, TotalsQuery, TrackQuery, TrackQueryVariables,
} from './operations';
import type { Invoice_Aggregate_Fields, Track } from './schema';

const byKey: TrackQueryVariables = { id: 1 };
// @ts-expect-error a key is required
const noKey: TrackQueryVariables = {};
const albums: AlbumsQueryVariables = {
  where: { _and: [{ title: { _ilike: '%a%', _in: ['a'] } }], tracks_aggregate: { count: { predicate: { _gt: 3 } } } },
  order: [{ artist: { name: 'asc' } }, { tracks_aggregate: { max: { milliseconds: 'desc_nulls_last' } } }],
};
// @ts-expect-error no such operator
const badWhere: AlbumsQueryVariables = { where: { title: { _like_it: 'x' } } };
const added: AddArtistMutationVariables = {
  artist: { id: 1, name: 'x', albums: { data: [{ id: 1, title: 'y' }] } },
  conflict: { constraint: 'artist_pkey', update_columns: ['name'] },
};
const renamed: RenameMutationVariables = { key: { id: 1 }, set: { name: 'z' }, many: [{ where: {}, _set: { name: 'x' } }] };
const news: NewsSubscriptionVariables = { cursor: { initial_value: { id: 1 }, ordering: 'ASC' } };

export function show(album: AlbumsQuery, track: TrackQuery, totals: TotalsQuery, rename: RenameMutation) {
  const title: string = album.album[0].title;
  const artist: string = album.album[0].artist.name;
  // @ts-expect-error a track may have no genre
  const genre: string = album.album[0].tracks[0].genre.name;
  // @ts-expect-error there may be no such track
  const name: string = track.track_by_pk.name;
  const type: 'track' | undefined = track.track_by_pk?.__typename;
  const bytes: number | null | undefined = track.track_by_pk?.bytes;
  const count: number | undefined = totals.invoice_aggregate.aggregate?.count;
  const average: number | null | undefined = totals.invoice_aggregate.aggregate?.avg?.total;
  const rows: number | undefined = rename.update_genre_many?.[0]?.affected_rows;
  return [title, artist, genre, name, type, bytes, count, average, rows];
}
export const fields = (parts: Invoice_Aggregate_Fields, whole: Track): [number, string, number] =>
  [parts.count, whole.name, whole.milliseconds];
export const all = [byKey, noKey, albums, badWhere, added, renamed, news];
`;

// Files by their plugins, in the directory.
async function generateFor(headers, plugins, documents = []) {
  const config = { strictScalars: true, enumsAsTypes: true, scalars };
  await generate({
    schema: [{ [`${url}/v1/graphql`]: { headers } }],
    documents,
    cwd: dir,
    silent: true,
    errorsOnly: true,
    generates: Object.fromEntries(Object.entries(plugins).map(([name, plugin]) => [join(dir, name), { plugins: [plugin], config }])),
  });
}

const generated = (name) => readFileSync(join(dir, name), 'utf8');

// With strictScalars a scalar without an entry is an error: these are all of them.
const scalars = { date: 'string', timestamptz: 'string', numeric: 'number | string' };

before(() => {
  dir = mkdtempSync(join(tmpdir(), 'gqle-codegen-'));
  symlinkSync(modules, join(dir, 'node_modules'));
});

after(() => rmSync(dir, { recursive: true }));

test('types of the schema and of operations compile', async () => {
  writeFileSync(join(dir, 'operations.graphql'), operations);
  await generateFor(headersOf(), { 'schema.ts': 'typescript', 'operations.ts': 'typescript-operations' }, join(dir, 'operations.graphql'));
  assert.match(generated('schema.ts'), /export type Invoice_Aggregate_Fields /);
  assert.match(generated('operations.ts'), /export type AlbumsQuery /);
  writeFileSync(join(dir, 'uses.ts'), uses);
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({
    compilerOptions: { strict: true, noEmit: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', types: [], skipLibCheck: true },
    files: ['uses.ts'],
  }));
  try {
    execFileSync(process.execPath, [join(modules, 'typescript/bin/tsc'), '-p', dir], { encoding: 'utf8' });
  } catch (error) {
    assert.fail(error.stdout);
  }
});

test('a role gets the types it may use', async () => {
  await generateFor(customer(7), { 'customer.ts': 'typescript' });
  assert.match(generated('customer.ts'), /export type Invoice = /);
  assert.ok(!/reports_to|export type (Mutation_Root|Track_Aggregate) /.test(generated('customer.ts')));
});

test('an operation that the role may not run is an error', async () => {
  writeFileSync(join(dir, 'forbidden.graphql'), 'query Forbidden { track_aggregate { aggregate { count } } }');
  await assert.rejects(generateFor(customer(7), { 'forbidden.ts': 'typescript-operations' }, join(dir, 'forbidden.graphql')),
    /track_aggregate/);
});
