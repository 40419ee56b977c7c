// Calls and their answers, recorded from the hasura command line.
//
// The file holds every text once: a command line asks for the whole metadata
// again and again.  A secret is noted if it is not the server's, or none.  What
// differs from run to run is made the same: versions of migrations made meanwhile,
// the id of the database, the version of the server.
import { readFileSync, writeFileSync } from 'node:fs';

export const file = new URL('recording.json', import.meta.url);

// The answer without what may differ between servers that are both right; of the
// configuration only the names of its settings, of inconsistent objects no order,
// of an introspected schema the names alone.
export function stable({ path, answer }) {
  if (path === '/v1alpha1/config') {
    return Object.keys(JSON.parse(answer)).join(' ');
  }
  if (answer.startsWith('{"data":{"__schema":')) {
    const { types } = JSON.parse(answer).data.__schema;
    return types.map(({ name, fields }) => `${name} ${fields?.map((field) => field.name).join(' ') ?? ''}`).join('\n');
  }
  if (answer.startsWith('{"is_consistent":')) {
    const { is_consistent: isConsistent, inconsistent_objects: objects } = JSON.parse(answer);
    return `${isConsistent} ${objects.map((object) => JSON.stringify(object)).sort().join('\n')}`;
  }
  return answer
    .replace(/"version":"v[^"]*"/, '"version":"v"')
    .replace(/^\{"id":"[-0-9a-f]{36}"/, '{"id":""')
    .replace(/^\\(un)?restrict .*\n/gm, '');
}

// Versions of migrations are milliseconds of the clock: those from 2023 on were
// made by the command line, since our own projects' are older.
function renumber(calls) {
  const known = new Map();
  const renumbered = (text) =>
    text.replace(/\b1[7-9]\d{11}\b/g, (version) => {
      if (!known.has(version)) {
        known.set(version, String(1700000000000 + known.size));
      }
      return known.get(version);
    });
  return calls.map((call) => ({ ...call, command: renumbered(call.command), body: renumbered(call.body), answer: renumbered(stable(call)) }));
}

export function write(calls) {
  const texts = new Map();
  const index = (text) => texts.get(text) ?? texts.set(text, texts.size).size - 1;
  const lines = renumber(calls).map(({ command, method, path, secret, body, status, answer }) =>
    JSON.stringify([command, method, path, index(body), status, index(answer),
      ...(secret === process.env.GQLE_ADMIN_SECRET ? [] : [secret ?? ''])]));
  const all = [...texts.keys()].map((text) => JSON.stringify(text));
  writeFileSync(file, `{"texts":[\n${all.join(',\n')}\n],\n"calls":[\n${lines.join(',\n')}\n]}\n`);
}

export function read() {
  const { texts, calls } = JSON.parse(readFileSync(file, 'utf8'));
  return calls.map(([command, method, path, body, status, answer, secret = process.env.GQLE_ADMIN_SECRET]) =>
    ({ command, method, path, secret, body: texts[body], status, answer: texts[answer] }));
}
