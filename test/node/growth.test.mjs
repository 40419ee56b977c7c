// Input made to hurt: twice as much takes no more than about twice the time, all of
// it little memory, and the server goes on.  What is too long for the inline budget
// takes that budget more, once.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { psql, query, url, headersOf } from './lib.mjs';

const RATIO = 2.3;
const MOVED_MS = 60;
const RUNS = 5;
// A tree of 4 MiB of text, its plan, and what the process has anyway.
const MEMORY = 700;

const times = (n, make, separator = ' ') => Array.from({ length: n }, (_, i) => make(i)).join(separator);
const body = (text, variables) => JSON.stringify({ query: text, variables });
const nested = (n, open, inner, close) => open.repeat(n) + inner + close.repeat(n);
const artist = (argument) => body(`{ artist(${argument}) { id } }`);
const filtered = (value) => body('query ($w: artist_bool_exp) { artist(where: $w) { id } }').replace(/}$/, `,"variables":{"w":${value}}}`);
const inserted = (value) => body('mutation ($n: String!) { insert_artist_one(object: {id: 1, name: $n}) { id } }').replace(/}$/, `,"variables":{"n":${value}}}`);
const chain = (n, inner) => times(n, (i) => `fragment f${i} on artist { ${inner(i)} }`) + ` fragment f${n} on artist { id }`;

// [what, n, body of a request of size n]: refused or answered, but in good time.
const shapes = [
  ['aliases', 100000, (n) => body(`{ artist(limit: 0) { ${times(n, (i) => `a${i}: id`)} } }`)],
  ['aliased root fields', 5000, (n) => body(`{ ${times(n, (i) => `a${i}: __typename`)} }`)],
  ['one field again and again', 100000, (n) => body(`{ artist(limit: 0) { ${times(n, () => 'id')} } }`)],
  ['overlapping fields', 10000, (n) => body(`{ ${times(n, () => 'artist(limit: 0, where: {id: {_eq: 1}}) { id albums { id } }')} }`)],
  ['overlapping fields that differ', 50000, (n) => body(`{ artist(limit: 0) { ${times(n, (i) => `a: albums(limit: ${i}) { id }`)} } }`)],
  ['overlapping fragments', 2000, (n) => body(`{ artist(limit: 0) { ${times(n, (i) => `...f${i}`)} } } ${times(n, (i) => `fragment f${i} on artist { albums { id ...g } }`)} fragment g on album { title }`)],
  ['unknown fields', 100000, (n) => body(`{ ${times(n, (i) => `nope${i}`)} }`)],
  ['directives', 50000, (n) => body(`{ artist(limit: 0) { id ${times(n, () => '@include(if: true)')} } }`)],
  ['directives nobody knows', 50000, (n) => body(`{ artist(limit: 0) { id ${times(n, (i) => `@d${i}`)} } }`)],
  ['fragments that spread two', 30, (n) => body(`{ artist(limit: 0) { ...f0 } } ${chain(n, (i) => `...f${i + 1} ...f${i + 1}`)}`)],
  ['fragments that spread two below fields', 30, (n) => body(`{ artist(limit: 0) { ...f0 } } ${chain(n, (i) => `a: albums { artist { ...f${i + 1} } } b: albums { artist { ...f${i + 1} } }`)}`)],
  ['a chain of fragments', 20000, (n) => body(`{ artist(limit: 0) { ...f0 } } ${chain(n, (i) => `...f${i + 1}`)}`)],
  ['a cycle of fragments', 20000, (n) => body(`{ artist(limit: 0) { ...f0 } } ${times(n, (i) => `fragment f${i} on artist { ...f${(i + 1) % n} }`)}`)],
  ['fragments nobody spreads', 30000, (n) => body(`{ __typename } ${times(n, (i) => `fragment f${i} on artist { id }`)}`)],
  ['operations', 30000, (n) => body(`{ __typename } ${times(n, (i) => `query q${i} { __typename }`)}`)],
  ['nested selections', 100000, (n) => body(nested(n, '{ artist ', '{ id }', ' }'))],
  ['nested lists', 100000, (n) => artist(`limit: ${nested(n, '[', '1', ']')}`)],
  ['nested objects', 100000, (n) => artist(`where: ${nested(n, '{_not: ', '{}', '}')}`)],
  ['nested list types', 100000, (n) => body(`query ($x: ${nested(n, '[', 'Int', ']')}) { __typename }`)],
  ['open brackets', 200000, (n) => body('{'.repeat(n))],
  ['nested variables', 100000, (n) => filtered(nested(n, '{"_not":', '{}', '}'))],
  ['nested JSON that is not needed', 100000, (n) => `{"query":"{ __typename }","x":${nested(n, '[', '', ']')}}`],
  ['variables', 100000, (n) => body(`query (${times(n, (i) => `$v${i}: Int`)}) { __typename }`)],
  ['variables with values', 20000, (n) => body(`query (${times(n, (i) => `$v${i}: Int`)}) { artist(limit: 0, where: {_or: [${times(n, (i) => `{id: {_eq: $v${i}}}`)}]}) { id } }`,
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`v${i}`, i])))],
  ['values nobody declares', 100000, (n) => body('{ __typename }', Object.fromEntries(Array.from({ length: n }, (_, i) => [`v${i}`, i])))],
  ['conditions that all must hold', 500, (n) => artist(`limit: 0, where: {_and: [${times(n, (i) => `{id: {_gt: ${i}}}`)}]}`)],
  ['conditions of which one must hold', 5000, (n) => artist(`limit: 0, where: {_or: [${times(n, (i) => `{id: {_gt: ${i}}, name: {_eq: "${i}"}}`)}]}`)],
  ['conditions on related rows', 200, (n) => artist(`limit: 0, where: {_and: [${times(n, (i) => `{albums: {id: {_gt: ${i}}}}`)}]}`)],
  ['conditions on aggregates', 200, (n) => artist(`limit: 0, where: {_and: [${times(n, (i) => `{albums_aggregate: {count: {predicate: {_gt: ${i}}}}}`)}]}`)],
  ['relationships inside each other', 15, (n) => artist(`limit: 0, where: ${nested(n, '{albums: {artist: ', '{}', '}}')}`)],
  ['relationships inside each other below _or', 15, (n) => artist(`limit: 0, where: ${nested(n, '{_or: [{id: {_gt: 1}}, {albums: {_or: [{id: {_gt: 2}}, {artist: ', '{}', '}]}}]}')}`)],
  ['relationships inside each other below _not', 15, (n) => artist(`limit: 0, where: ${nested(n, '{_not: {albums: {_not: {artist: ', '{}', '}}}}')}`)],
  ['aggregates to order by', 200, (n) => artist(`limit: 0, order_by: [${times(n, () => '{albums_aggregate: {count: asc}}')}]`)],
  ['aliased relationships', 300, (n) => body(`{ artist(limit: 0) { ${times(n, (i) => `a${i}: albums(limit: ${i}) { id }`)} } }`)],
  ['relationships selected inside each other', 20, (n) => body(nested(n, '{ artist(limit: 0) { albums ', '{ id }', ' } }').replace(/\{ artist\(limit: 0\)/g, (match, at) => (at === 0 ? match : '{ artist')))],
  ['items of _in', 100000, (n) => artist(`limit: 0, where: {id: {_in: [${times(n, (i) => i)}]}}`)],
  ['keys of an object', 100000, (n) => filtered(`{${times(n, (i) => `"nope${i}":1`, ',')}}`)],
  ['one key of an object again and again', 100000, (n) => filtered(`{${times(n, () => '"id":{"_eq":1}', ',')}}`)],
  ['order_by', 3000, (n) => artist(`limit: 0, order_by: [${times(n, () => '{id: asc}')}]`)],
  ['digits of an integer', 100000, (n) => artist(`limit: ${'9'.repeat(n)}`)],
  ['digits of a numeric', 60000, (n) => body(`{ invoice(limit: 0, where: {total: {_eq: ${'9'.repeat(n)}}}) { id } }`)],
  ['digits after the point', 100000, (n) => body(`{ invoice(limit: 0, where: {total: {_eq: 0.${'1'.repeat(n)}}}) { id } }`)],
  ['digits of an exponent', 100000, (n) => artist(`where: {id: {_eq: 1e${'9'.repeat(n)}}}`)],
  ['digits in a variable', 100000, (n) => filtered(`{"id":{"_eq":${'9'.repeat(n)}}}`)],
  ['zeros before a one', 100000, (n) => filtered(`{"id":{"_eq":0.${'0'.repeat(n)}1}}`)],
  ['a long string', 1 << 21, (n) => artist(`limit: 0, where: {name: {_eq: "${'x'.repeat(n)}"}}`)],
  ['a long block string', 1 << 20, (n) => artist(`limit: 0, where: {name: {_eq: """${' \n'.repeat(n / 2)}"""}}`)],
  ['a long string that is never closed', 1 << 21, (n) => body(`{ artist(where: {name: {_eq: "${'x'.repeat(n)}`)],
  ['block quotes', 1 << 20, (n) => body(`{ artist(where: {name: {_eq: ${'"""'.repeat(n / 3)}`)],
  ['a long string in a variable', 5 << 20, (n) => filtered(`{"name":{"_eq":"${'x'.repeat(n)}"}}`)],
  ['escapes in a variable', 1 << 20, (n) => filtered(`{"name":{"_eq":"${'\\u00e9'.repeat(n / 6)}"}}`)],
  ['a long name', 1 << 20, (n) => body(`{ ${'x'.repeat(n)} }`)],
  ['blanks', 1 << 20, (n) => body(`{ ${' \n,\t'.repeat(n / 4)} __typename }`)],
  ['comments', 1 << 20, (n) => body(`{ ${'#x\n'.repeat(n / 3)} __typename }`)],
  ['a pattern', 100000, (n) => artist(`where: {name: {_like: "${'%a'.repeat(n)}"}}`)],
  ['NUL in a string', 1000, (n) => inserted(`"${'\\u0000'.repeat(n)}"`)],
  ['invalid UTF-8', 1 << 20, (n) => Buffer.concat([Buffer.from('{"query":"'), Buffer.alloc(n, 0xc3), Buffer.from('"}')])],
  ['surrogates without the other half', 1 << 18, (n) => filtered(`{"name":{"_eq":"${'\\ud800'.repeat(n)}"}}`)],
  ['a batch', 20000, (n) => `[${times(n, () => '{"query":"{ nope }"}', ',')}]`],
];

// A request that no cache knows.
let sent = 0;
function unknown(content) {
  return typeof content === 'string' ? content.replace('"query":"', `"query":"#${++sent}\\n`) : content;
}

// Milliseconds until the whole answer is there, and what it was.
async function send(given) {
  const content = unknown(given);
  const started = performance.now();
  const reply = await fetch(url + '/v1/graphql', { method: 'POST', headers: headersOf(), body: content });
  const answer = await reply.text();
  return { ms: performance.now() - started, status: reply.status, answer };
}

async function fastest(content, runs) {
  let best = Infinity;
  for (let i = 0; i < runs; i++) {
    best = Math.min(best, (await send(content)).ms);
  }
  return best;
}

const workers = (kind = '%') => psql(`SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'gqle ${kind}' ORDER BY 1`).map(Number);
const peak = (pid) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const before = workers('server');
for (const [what, n, make] of shapes) {
  test(what, async () => {
    const small = make(n);
    const { status, answer } = await send(small);
    assert.equal(status, 200, answer.slice(0, 500));
    assert.match(answer, /^(\{"(data|errors)"|\[)/, answer.slice(0, 500));
    const large = make(2 * n);
    let ratio;
    // noise of a busy machine goes away, what grows too fast does not
    for (let runs = 1; runs <= RUNS; runs += 2) {
      const [once, twice] = [await fastest(small, runs), await fastest(large, runs)];
      assert.ok(twice < 5000, `${Math.round(twice)} ms`);
      ratio = (twice - MOVED_MS) / once;
      if (ratio <= RATIO) break;
    }
    assert.ok(ratio <= RATIO, `twice the size takes ${ratio.toFixed(2)} times as long`);
  });
}

test('no worker has taken much memory', () => {
  const peaks = workers().map(peak);
  assert.ok(Math.max(...peaks) < MEMORY, `${Math.round(Math.max(...peaks))} MB`);
});

test('the server goes on with the same server workers', async () => {
  assert.deepEqual(await query('{ __typename }'), { __typename: 'query_root' });
  assert.deepEqual(workers('server'), before);
});
