// Documents made at random, to our parser and to graphql-js: both must accept
// or both refuse, and what they accept must be the same tree.
//
//   node differential.mjs TOOL [COUNT [SEED]]
//
// TOOL is build/tool/tool_parse.  Half of the documents follow the grammar, the
// others are broken in one to three places.  Differences must have a reason in
// `deviations`; how often each was the reason is printed.  A document that
// differs without one is printed with its number: SEED and number remake it.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { makeRandom } from './random.mjs';

const require = createRequire(new URL('../node/package.json', import.meta.url));
const { Kind, parse, visit } = require('graphql');

const [tool, count = '100000', seed = '1'] = process.argv.slice(2);

// What graphql-js takes and we refuse, and how to tell from its tree or, for
// what the tree does not show, from the text.
const deviations = {
  'compat: repeated argument or input object key': (tree) =>
    some(tree, (node) => hasRepeatedName(node.arguments) || (node.kind === Kind.OBJECT && hasRepeatedName(node.fields))),
  'compat: directive on a variable definition': (tree) =>
    some(tree, (node) => node.kind === Kind.VARIABLE_DEFINITION && node.directives.length > 0),
  'compat: descriptions of operations, fragments and variables came after October 2021': (tree) =>
    some(tree, (node) => node.description && node.kind in executable),
  'compat: type system definition': (tree) =>
    tree.definitions.some((node) => node.kind !== Kind.OPERATION_DEFINITION && node.kind !== Kind.FRAGMENT_DEFINITION),
  'compat: byte order mark': (tree, text) => outsideStrings(text).includes('\ufeff'),
  'compat: \\u{...} came after October 2021': (tree, text) => /\\u\{/.test(text),
  'compat: \\u0000': (tree) => some(tree, (node) => node.kind === Kind.STRING && node.value.includes('\0')),
  'October 2021 has no control characters': (tree, text) => /[\0-\x08\x0b\x0c\x0e-\x1f]/.test(text),
  'limit of depth': (tree, text) => text.split(/[[{(]/).length > 200,
};

const executable = { [Kind.OPERATION_DEFINITION]: 1, [Kind.FRAGMENT_DEFINITION]: 1, [Kind.VARIABLE_DEFINITION]: 1 };

function some(tree, test) {
  let found = false;
  visit(tree, {
    enter(node) {
      found = found || test(node);
    },
  });
  return found;
}

function hasRepeatedName(nodes) {
  const names = (nodes ?? []).map((node) => node.name.value);
  return new Set(names).size < names.length;
}

function outsideStrings(text) {
  return text.replace(/"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n\r])*"/g, '');
}

// --- making documents ---

const { below, chance, pick, times } = makeRandom(seed);

const names = ['a', 'b', 'c', 'author', 'articles', '_and', '__typename', 'x1', 'on', 'query', 'fragment', 'true', 'null', 'type', 'nullColumn', 'mutation'];
const numbers = ['0', '-0', '1', '42', '-7', '123456789012345678901234567890', '1.5', '-0.0', '1e10', '1E-3', '2.5e+7'];
const pieces = ['a', 'xyz', ' ', '#', ',', '{', "'", 'é', '€', '😀', '\u007f', '\t', '\\n', '\\"', '\\\\', '\\/', '\\u0041', '\\u00e9', '\\ud83d\\ude00'];
const blockPieces = ['a', 'line', '"', '""', '\\"""', '\\', '\\n', '\n', '\r\n', '\r', '\n  ', '\n    ', '\n\t', ' ', 'é', '😀', '\n \n'];
const ignored = [' ', ' ', ' ', '\n', '\r\n', '\t', ', ', ' ,', '#c\n', '#é"{\r'];

const name = () => pick(names);
const nameBut = (...refused) => {
  for (;;) {
    const candidate = name();
    if (!refused.includes(candidate)) {
      return candidate;
    }
  }
};
const optional = (p, make) => (chance(p) ? make() : []);

// Tokens of each rule of the grammar; depth shrinks so that rules end.
function value(depth, isConst) {
  switch (below(depth > 0 ? 10 : 7)) {
    case 0:
    case 1:
      return [pick(numbers)];
    case 2:
      return ['"' + times(below(5), () => pick(pieces)).join('') + '"'];
    case 3:
      return ['"""' + times(below(7), () => pick(blockPieces)).join('').replace(/(?<!\\)"""/g, '" "" ').replace(/["\\]+$/, '') + '"""'];
    case 4:
      return [pick(['true', 'false', 'null'])];
    case 5:
      return [name()];
    case 6:
      return isConst ? ['E'] : ['$', name()];
    case 7:
      return ['[', ...times(below(4), () => value(depth - 1, isConst)).flat(), ']'];
    default:
      return ['{', ...namedValues(below(4), depth - 1, isConst), '}'];
  }
}

// Names differ but for an accident in a hundred.
function namedValues(n, depth, isConst) {
  return times(n, (_, i) => [chance(0.01) ? 'a' : name() + i, ':', ...value(depth, isConst)]).flat();
}

const args = (depth) => optional(0.3, () => ['(', ...namedValues(1 + below(3), depth, false), ')']);
const directives = (depth) => optional(0.15, () => times(1 + below(2), () => ['@', name(), ...args(depth)]).flat());
const selections = (depth) => ['{', ...times(1 + below(4), () => selection(depth)).flat(), '}'];

function selection(depth) {
  switch (depth > 0 ? below(8) : 0) {
    case 1:
      return ['...', nameBut('on'), ...directives(depth)];
    case 2:
      return ['...', ...optional(0.6, () => ['on', name()]), ...directives(depth), ...selections(depth - 1)];
    default:
      return [
        ...optional(0.3, () => [name(), ':']), name(), ...args(depth), ...directives(depth),
        ...(depth > 0 ? optional(0.4, () => selections(depth - 1)) : []),
      ];
  }
}

function type(depth) {
  const inner = depth > 0 && chance(0.4) ? ['[', ...type(depth - 1), ']'] : [name()];
  return [...inner, ...optional(0.4, () => ['!'])];
}

function variable() {
  return ['$', name(), ':', ...type(3), ...optional(0.3, () => ['=', ...value(2, true)]), ...optional(0.01, () => ['@', name()])];
}

function definition() {
  if (chance(0.01)) {
    return ['scalar', name()];
  }
  if (chance(0.25)) {
    return ['fragment', nameBut('on'), 'on', name(), ...directives(2), ...selections(3)];
  }
  if (chance(0.4)) {
    return selections(4);
  }
  return [
    pick(['query', 'mutation', 'subscription']), ...optional(0.6, () => [name()]),
    ...optional(0.4, () => ['(', ...times(1 + below(3), variable).flat(), ')']),
    ...directives(2), ...selections(3),
  ];
}

// Tokens with something between them where they would run together.
function join(tokens) {
  let text = chance(0.01) ? '\ufeff' : '';
  let last = '';
  for (const token of tokens) {
    const needed = (/[\w.]$/.test(last) && /^[\w.-]/.test(token)) || (/"$/.test(last) && /^"/.test(token));
    text += (needed || chance(0.3) ? pick(ignored) : '') + token;
    last = token;
  }
  return text;
}

const breakers = ['{', '}', '(', ')', '[', ']', ':', '!', '$', '@', '=', '...', '..', '.', '"', '"""', '\\', '|', '&', '#', '0', '01', '1.', '-', 'e', '%', '?', 'é', '\0', '\x07', '\u00a0', '\ufeff', '\\u{1F600}', '"\\u{41}"', '"\\u0000"', '"\\ud83d"', '"\\x"', 'on', '{}', '()'];

function breakTokens(tokens) {
  const at = below(tokens.length + 1);
  switch (below(5)) {
    case 0:
      tokens.splice(at, 1);
      break;
    case 1:
      tokens.splice(at, 0, pick(breakers));
      break;
    case 2:
      tokens.splice(at, 1, pick(breakers));
      break;
    case 3:
      tokens.splice(at, 0, tokens[below(tokens.length)]);
      break;
    default: {
      const other = below(tokens.length);
      [tokens[at % tokens.length], tokens[other]] = [tokens[other], tokens[at % tokens.length]];
    }
  }
}

function breakText(text) {
  const at = below(text.length + 1);
  return text.slice(0, at) + (chance(0.5) ? pick(breakers) : '') + text.slice(at + below(3));
}

function makeDocument() {
  const tokens = times(1 + below(3), definition).flat();
  const breaks = chance(0.5) ? 1 + below(3) : 0;
  const inText = chance(0.3);
  for (let i = 0; i < breaks && !inText && tokens.length > 0; i++) {
    breakTokens(tokens);
  }
  let text = join(tokens);
  for (let i = 0; i < breaks && inText; i++) {
    text = breakText(text);
  }
  if (chance(0.001)) {
    text = '{a(x:' + '['.repeat(below(400)) + ']'.repeat(below(400)) + ')}';
  }
  // A half of a surrogate pair cannot be sent as UTF-8.
  return text.isWellFormed?.() === false ? text.toWellFormed() : text;
}

// --- comparing ---

// The tree as text without what printing may change: places, block strings,
// operations before fragments.
function normalise(tree) {
  const isOperation = (node) => node.kind === Kind.OPERATION_DEFINITION;
  const ordered = [...tree.definitions.filter(isOperation), ...tree.definitions.filter((node) => !isOperation(node))];
  return JSON.stringify(ordered, (key, item) => (key === 'block' || key === 'loc' ? undefined : item));
}

function parseOrNull(text) {
  try {
    return parse(text, { noLocation: true });
  } catch {
    return null;
  }
}

// What is wrong with our answer, or null; counts deviations.
function judge(text, ours, counts) {
  const theirs = parseOrNull(text);
  if (theirs === null) {
    counts.refused += ours === null ? 1 : 0;
    return ours === null ? null : 'we accept what graphql-js refuses';
  }
  if (ours === null) {
    const reason = Object.keys(deviations).find((key) => deviations[key](theirs, text));
    if (reason) {
      counts.reasons.set(reason, (counts.reasons.get(reason) ?? 0) + 1);
      return null;
    }
    return 'we refuse what graphql-js accepts';
  }
  counts.accepted++;
  const again = parseOrNull(ours);
  return again !== null && normalise(again) === normalise(theirs) ? null : 'the trees differ';
}

function askTool(documents) {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, { stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      const lines = Buffer.concat(chunks).toString().split('\n').slice(0, -1);
      if (code === 0 && lines.length === documents.length) {
        resolve(lines.map((line) => JSON.parse(line)));
      } else {
        reject(new Error(`${tool} ended with ${code} after ${lines.length} documents`));
      }
    });
    for (const text of documents) {
      const bytes = Buffer.from(text);
      child.stdin.write(`${bytes.length}\n`);
      child.stdin.write(bytes);
    }
    child.stdin.end();
  });
}

const counts = { accepted: 0, refused: 0, reasons: new Map() };
let differences = 0;
for (let done = 0; done < Number(count); ) {
  const documents = times(Math.min(5000, Number(count) - done), makeDocument);
  const answers = await askTool(documents);
  documents.forEach((text, i) => {
    const wrong = judge(text, answers[i], counts);
    if (wrong && ++differences <= 10) {
      console.log(`# document ${done + i} of seed ${seed}: ${wrong}\n# ${JSON.stringify(text)}\n# ours: ${answers[i]}`);
    }
  });
  done += documents.length;
}
for (const [reason, n] of [...counts.reasons].sort()) {
  console.log(`# ${n} refused by us alone: ${reason}`);
}
console.log(`# ${counts.accepted} accepted and ${counts.refused} refused by both`);
console.log(`${differences ? 'not ok' : 'ok'} - differential: ${differences} unexplained differences from graphql-js in ${count} documents`);
process.exit(differences ? 1 : 0);
