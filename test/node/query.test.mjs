// Queries on the demo data as admin, compared with SQL.
import test from 'node:test';
import assert from 'node:assert/strict';
import { query, post, psql, headersOf } from './lib.mjs';

test('a list with order, limit and offset', async () => {
  const data = await query('{ artist(order_by: {id: asc}, limit: 3, offset: 2) { id name } }');
  const rows = psql('SELECT json_build_object(\'id\', id, \'name\', name) FROM artist ORDER BY id LIMIT 3 OFFSET 2');
  assert.deepEqual(data.artist, rows.map((r) => JSON.parse(r)));
});

test('by primary key, present and absent', async () => {
  const data = await query('{ a: album_by_pk(id: 7) { id title } b: album_by_pk(id: 100000) { id } }');
  assert.deepEqual(data, {
    a: { id: 7, title: psql('SELECT title FROM album WHERE id = 7')[0] },
    b: null,
  });
});

test('object and array relationships with arguments', async () => {
  const data = await query(`query Nested($id: Int!, $n: Int = 2) {
    album_by_pk(id: $id) {
      title
      artist { name albums(order_by: {id: desc}, limit: $n) { id } }
      tracks(where: {milliseconds: {_gt: 200000}}, order_by: [{milliseconds: desc}, {id: asc}]) { id milliseconds }
    }
  }`, { id: 4 });
  const tracks = psql('SELECT id FROM track WHERE album_id = 4 AND milliseconds > 200000 ORDER BY milliseconds DESC, id').map(Number);
  assert.deepEqual(data.album_by_pk.tracks.map((t) => t.id), tracks);
  const albums = psql('SELECT id FROM album WHERE artist_id = (SELECT artist_id FROM album WHERE id = 4) ORDER BY id DESC LIMIT 2').map(Number);
  assert.deepEqual(data.album_by_pk.artist.albums.map((a) => a.id), albums);
});

test('where: operators, connectives and relationships', async () => {
  const cases = [
    ['{milliseconds: {_gte: 400000, _lt: 410000}}', 'milliseconds >= 400000 AND milliseconds < 410000'],
    ['{name: {_like: "%River%"}}', "name LIKE '%River%'"],
    ['{name: {_ilike: "idle %"}}', "name ILIKE 'idle %'"],
    ['{name: {_nlike: "%e%"}}', "name NOT LIKE '%e%'"],
    ['{name: {_regex: "^P.*a$"}}', "name ~ '^P.*a$'"],
    ['{name: {_similar: "(Idle|Kind)%"}}', "name SIMILAR TO '(Idle|Kind)%'"],
    ['{id: {_in: [1, 2, 3, 99999]}}', 'id IN (1, 2, 3)'],
    ['{id: {_in: []}}', 'false'],
    ['{genre_id: {_nin: [1, 2, 3, 4]}}', 'genre_id NOT IN (1, 2, 3, 4)'],
    ['{composer: {_is_null: true}, genre_id: {_eq: 5}}', 'composer IS NULL AND genre_id = 5'],
    ['{_or: [{id: {_eq: 1}}, {id: {_eq: 2}}]}', 'id IN (1, 2)'],
    ['{_not: {genre_id: {_lt: 20}}}', 'NOT genre_id < 20'],
    ['{_and: [{genre_id: {_neq: 1}}, {genre_id: {_lte: 2}}]}', 'genre_id <> 1 AND genre_id <= 2'],
    ['{unit_price: {_gt: "0.99"}}', 'unit_price > 0.99'],
    ['{genre: {name: {_eq: "Comedy"}}}', "genre_id = (SELECT id FROM genre WHERE name = 'Comedy')"],
    ['{playlist_tracks: {playlist: {name: {_eq: "Distortion"}}}}',
      "id IN (SELECT track_id FROM playlist_track JOIN playlist ON id = playlist_id WHERE name = 'Distortion')"],
    ['{}', 'true'],
  ];
  for (const [where, sql] of cases) {
    const data = await query(`{ track(where: ${where}, order_by: {id: asc}) { id } }`);
    assert.deepEqual(data.track.map((t) => t.id), psql(`SELECT id FROM track WHERE ${sql} ORDER BY id`).map(Number), where);
  }
});

test('aggregates', async () => {
  const data = await query(`{
    track_aggregate(where: {genre: {name: {_eq: "Jazz"}}}) {
      aggregate { count sum { milliseconds } avg { milliseconds } min { name } max { name } }
      nodes { id }
    }
  }`);
  const [row] = psql(`SELECT json_build_object('count', count(*), 'sum', json_build_object('milliseconds', sum(milliseconds)),
    'avg', json_build_object('milliseconds', avg(milliseconds)), 'min', json_build_object('name', min(name)),
    'max', json_build_object('name', max(name))) FROM track WHERE genre_id = 5`);
  assert.deepEqual(data.track_aggregate.aggregate, JSON.parse(row));
  assert.equal(data.track_aggregate.nodes.length, 130);
});

test('nested aggregate', async () => {
  const data = await query('{ genre(order_by: {id: asc}) { tracks_aggregate { aggregate { count } } } }');
  assert.deepEqual(data.genre.map((g) => g.tracks_aggregate.aggregate.count),
    psql('SELECT count(*) FROM track GROUP BY genre_id ORDER BY genre_id').map(Number));
});

test('distinct_on and order by an object relationship', async () => {
  const distinct = await query('{ album(distinct_on: artist_id, order_by: [{artist_id: asc}, {id: desc}], limit: 5) { id artist_id } }');
  assert.deepEqual(distinct.album.map((a) => a.id),
    psql('SELECT DISTINCT ON (artist_id) id FROM album ORDER BY artist_id, id DESC LIMIT 5').map(Number));
  const byArtist = await query('{ album(order_by: [{artist: {name: desc}}, {id: asc}], limit: 7) { id } }');
  assert.deepEqual(byArtist.album.map((a) => a.id),
    psql('SELECT album.id FROM album JOIN artist ON artist.id = artist_id ORDER BY artist.name DESC, album.id LIMIT 7').map(Number));
});

test('key order, aliases, fragments, directives and __typename', async () => {
  const { raw } = await post('/v1/graphql', {
    query: `query Q($yes: Boolean!, $no: Boolean!) {
      second: genre_by_pk(id: 2) { ...Parts }
      __typename
      first: genre_by_pk(id: 1) { label: name ... on genre { id } missing: name @include(if: $no) there: id @skip(if: $no) }
    }
    fragment Parts on genre { name __typename id @include(if: $yes) }`,
    variables: { yes: true, no: false },
  });
  assert.equal(raw, '{"data":{"second":{"name":"Latin","__typename":"genre","id":2},"__typename":"query_root",'
    + '"first":{"label":"Rock","id":1,"there":1}}}');
});

test('operationName picks an operation', async () => {
  const body = { query: 'query A { genre_by_pk(id: 1) { id } } query B { genre_by_pk(id: 2) { id } }', operationName: 'B' };
  const { json } = await post('/v1/graphql', body);
  assert.deepEqual(json, { data: { genre_by_pk: { id: 2 } } });
});

test('a batch answers in order, errors included', async () => {
  const { status, json } = await post('/v1/graphql', [
    { query: '{ genre_by_pk(id: 3) { name } }' }, { query: '{ nothing }' }, { query: '{ __typename }' },
  ]);
  assert.equal(status, 200);
  assert.deepEqual(json[0], { data: { genre_by_pk: { name: 'Metal' } } });
  assert.equal(json[1].errors.length, 1);
  assert.deepEqual(json[2], { data: { __typename: 'query_root' } });
});

test('a list of a thousand rows', async () => {
  const data = await query(`{ track(order_by: {id: asc}, limit: 1000) {
    id name album_id media_type_id genre_id composer milliseconds unit_price } }`);
  const rows = psql(`SELECT row_to_json(t) FROM (SELECT id, name, album_id, media_type_id, genre_id, composer, milliseconds,
    unit_price FROM track ORDER BY id LIMIT 1000) AS t`);
  assert.deepEqual(data.track, rows.map((r) => JSON.parse(r)));
});

test('every root field of a request sees one snapshot', async () => {
  const text = '{ a: track_aggregate { aggregate { count } } b: track_aggregate { aggregate { count } } }';
  for (let i = 0; i < 20; i++) {
    const data = await query(text, undefined, headersOf());
    assert.deepEqual(data.a, data.b);
  }
});

test('many requests at once on few connections', async () => {
  const ids = Array.from({ length: 400 }, (_, i) => 1 + (i * 37) % 3503);
  const answers = await Promise.all(ids.map((id) => query('query ($id: Int!) { track_by_pk(id: $id) { id } }', { id })));
  assert.deepEqual(answers.map((a) => a.track_by_pk.id), ids);
});
