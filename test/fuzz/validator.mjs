// Requests made at random, to our validator and to graphql-js: both must accept
// or both refuse.
//
//   GQLE_PSQL='psql ...' node validator.mjs [COUNT [SEED]]
//
// The schema is what our introspection says of it, for each of the demo's roles
// in turn.  A third of the requests are valid by construction; a third are such
// requests, changed in one to three places; a third put names of the schema
// together without looking at types.  Variables have values, and values count.
// Differences must have a reason: `taken` is what graphql-js refuses and Hasura
// takes, `refused` what Hasura refuses and graphql-js takes.  How often each was
// the reason is printed.  A request that differs without one is printed.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { makeRandom } from './random.mjs';

const require = createRequire(new URL('../node/package.json', import.meta.url));
const g = require('graphql');
const { Kind } = g;

const [count = '20000', seed = '1'] = process.argv.slice(2);
const { below, chance, pick, times } = makeRandom(seed);

// --- differences on purpose: compat: what Hasura does ---

// By the message of graphql-js.  All its errors must have a reason.
const taken = {
  'an integer may be written as a float': /^Int cannot represent non-integer value: -?\d+\.0$/,
  'an unused variable without a value is harmless': /^Variable "\$\w+" is never used/,
  'types that conditions and variables name are compared, not looked up': /^(Unknown type|Variable "\$\w+" cannot be non-input type)/,
  'strings and names are taken for every scalar of a column and cast by PostgreSQL': /^(Variable .*; )?\w+ cannot represent .*: ("(\\.|[^"])*"|(?!(true|false|null)$)[A-Za-z]\w*)$/,
  'whether items of a list may be null is not compared': /^Variable "\$\w+" of type "\[(\w+)\]!?" used in position expecting type "\[\1!\]!?"\.$/,
  'a subscription may have nothing left': /must not select an introspection top level field\.$/,
};

// By our message.
const refused = {
  'null is something else than nothing': /^(unexpected null value for type|expected .*, but found null$)/,
  'what is not declared may not have a value': /^unexpected variables in variableValues/,
  'literals of columns are looked at': /^parsing .* failed, expected/,
  'fragments and variables are resolved in what is left out, too': /^(reference to undefined fragment|multiple definitions for fragment|the fragment definition\(s\) .* form a cycle|unbound variable)/,
  'arguments of __typename are compared, not looked up': /^inconsistent arguments between multiple selections of field '__typename'$/,
  'a limit is not negative': /^expected a non-negative 32-bit integer for type 'Int', but found an integer$/,
  'a subscription has one field before fields are merged': /^subscriptions must select one top level field/,
};

// --- making requests ---

const role = { schema: null, session: null, types: [], fieldNames: [], argNames: [] };

const name = (value) => ({ kind: Kind.NAME, value });
const named = (value) => ({ kind: Kind.NAMED_TYPE, name: name(value) });
const argument = (key, value) => ({ kind: Kind.ARGUMENT, name: name(key), value });
const selectionSet = (selections) => ({ kind: Kind.SELECTION_SET, selections });
const bareField = (key) => ({ kind: Kind.FIELD, name: name(key), arguments: [], directives: [] });
const int = (value) => ({ kind: Kind.INT, value: String(value) });
const string = (value) => ({ kind: Kind.STRING, value });
const boolean = (value) => ({ kind: Kind.BOOLEAN, value });
const list = (values) => ({ kind: Kind.LIST, values });
const object = (entries) => ({
  kind: Kind.OBJECT,
  fields: entries.map(([key, value]) => ({ kind: Kind.OBJECT_FIELD, name: name(key), value })),
});

function sample(items, n) {
  const left = [...items];
  return times(Math.min(n, left.length), () => left.splice(below(left.length), 1)[0]);
}

// A literal of a scalar type, as a client would write it.
const scalars = {
  Int: () => int(pick([0, 1, 7, 2147483647])),
  Float: () => pick([int(3), { kind: Kind.FLOAT, value: '1.5' }]),
  Boolean: () => boolean(chance(0.5)),
  numeric: () => pick([int(3), { kind: Kind.FLOAT, value: '9.99' }]),
  bigint: () => int('9007199254740993'),
  json: () => object([['a', int(1)]]),
  jsonb: () => pick([object([['a', list([int(1)])]]), list([]), int(1)]),
  date: () => string('2024-02-29'),
  timestamptz: () => string('2024-02-29T12:00:00Z'),
};

class Request {
  constructor() {
    this.variables = {};
    this.definitions = [];
    this.fragments = [];
    this.used = 0;
  }

  // A value of an input type: now and then a variable of the same type.
  value(type, depth, isConst = false) {
    if (!isConst && chance(0.12)) {
      return this.variable(type, depth);
    }
    if (g.isNonNullType(type)) {
      return this.value(type.ofType, depth, true);
    }
    if (g.isListType(type)) {
      return chance(0.2) ? this.value(type.ofType, depth, isConst) : list(times(below(3), () => this.value(type.ofType, depth, isConst)));
    }
    if (g.isEnumType(type)) {
      return { kind: Kind.ENUM, value: pick(type.getValues()).name };
    }
    return g.isInputObjectType(type) ? this.object(type, depth, isConst) : (scalars[type.name] ?? (() => string('x')))();
  }

  object(type, depth, isConst) {
    const fields = Object.values(type.getFields());
    const needed = fields.filter(g.isRequiredInputField);
    const others = sample(fields.filter((field) => !g.isRequiredInputField(field)), depth > 0 ? below(3) : 0);
    return object([...needed, ...others].map((field) => [field.name, this.value(field.type, depth - 1, isConst)]));
  }

  variable(type, depth) {
    const key = `v${this.definitions.length}`;
    const hasDefault = chance(0.3);
    const literal = this.value(type, depth, true);
    this.definitions.push({
      kind: Kind.VARIABLE_DEFINITION,
      variable: { kind: Kind.VARIABLE, name: name(key) },
      type: g.parseType(String(type)),
      defaultValue: hasDefault ? literal : undefined,
    });
    if (!hasDefault || chance(0.5)) {
      this.variables[key] = g.valueFromASTUntyped(literal);
    }
    return { kind: Kind.VARIABLE, name: name(key) };
  }

  args(definitions, depth) {
    const chosen = definitions.filter((def) => g.isRequiredArgument(def) || chance(0.2));
    return chosen.map((def) => argument(def.name, this.value(def.type, depth)));
  }

  directives() {
    return chance(0.06) ? [{ kind: Kind.DIRECTIVE, name: name(pick(['skip', 'include'])), arguments: [argument('if', this.value(new g.GraphQLNonNull(g.GraphQLBoolean), 0))] }] : [];
  }

  field(type, depth) {
    const fields = Object.values(type.getFields());
    const definition = pick(depth > 0 ? fields : fields.filter((field) => g.isLeafType(g.getNamedType(field.type))));
    if (!definition || chance(0.05)) {
      return { ...bareField('__typename'), directives: this.directives() };
    }
    const inner = g.getNamedType(definition.type);
    return {
      kind: Kind.FIELD,
      alias: chance(0.7) ? name(`a${this.used++}`) : undefined,
      name: name(definition.name),
      arguments: this.args(definition.args, 2),
      directives: this.directives(),
      selectionSet: g.isCompositeType(inner) ? this.selections(inner, depth - 1) : undefined,
    };
  }

  selections(type, depth) {
    const fields = times(1 + below(3), () => this.field(type, depth));
    if (chance(0.9)) {
      return selectionSet(fields);
    }
    if (chance(0.5)) {
      return selectionSet([{ kind: Kind.INLINE_FRAGMENT, typeCondition: chance(0.7) ? named(type.name) : undefined, directives: this.directives(), selectionSet: selectionSet(fields) }]);
    }
    const key = `f${this.fragments.length}`;
    this.fragments.push({ kind: Kind.FRAGMENT_DEFINITION, name: name(key), typeCondition: named(type.name), directives: [], selectionSet: selectionSet(fields) });
    return selectionSet([{ kind: Kind.FRAGMENT_SPREAD, name: name(key), directives: this.directives() }, ...(chance(0.5) ? [this.field(type, depth)] : [])]);
  }

  operation() {
    const { schema } = role;
    const kind = pick(['query', 'query', 'query', 'mutation', 'subscription']);
    const type = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() }[kind] ?? schema.getQueryType();
    const operation = type === schema.getQueryType() ? 'query' : kind;
    const selections = operation === 'subscription' ? selectionSet([this.rootField(type)]) : this.selections(type, 3);
    return { kind: Kind.OPERATION_DEFINITION, operation, variableDefinitions: this.definitions, directives: [], selectionSet: selections };
  }

  rootField(type) {
    for (;;) {
      const field = this.field(type, 3);
      if (field.name.value !== '__typename' && field.directives.length === 0) {
        return field;
      }
    }
  }

  document() {
    return { kind: Kind.DOCUMENT, definitions: [this.operation(), ...this.fragments] };
  }
}

// A document of the schema's names that no type has led to.
class Babble extends Request {
  value(type, depth, isConst = false) {
    switch (below(depth > 0 ? 9 : 7)) {
      case 0: return int(pick([0, -1, 2147483648, '123456789012345678901234567890']));
      case 1: return { kind: Kind.FLOAT, value: pick(['1.5', '1.0', '1e400']) };
      case 2: return string(pick(['', 'x', '1', 'null']));
      case 3: return boolean(chance(0.5));
      case 4: return { kind: Kind.NULL };
      case 5: return { kind: Kind.ENUM, value: pick(['asc', 'id', 'nope']) };
      case 6: return isConst ? int(1) : this.variable(pick(role.inputs), depth);
      case 7: return list(times(below(3), () => this.value(type, depth - 1, isConst)));
      default: return object(sample(role.argNames, below(3)).map((key) => [key, this.value(type, depth - 1, isConst)]));
    }
  }

  field(type, depth) {
    const field = super.field(type, depth);
    if (chance(0.15)) {
      field.name = name(pick(role.fieldNames));
    }
    if (chance(0.1)) {
      field.arguments = sample(role.argNames, 1 + below(2)).map((key) => argument(key, this.value(null, 2)));
    }
    return field;
  }
}

// --- breaking requests ---

// Every node of a document with the place it hangs in.
function places(node, out = []) {
  for (const [key, item] of Object.entries(node)) {
    if (Array.isArray(item)) {
      item.forEach((child, i) => {
        out.push({ node: child, owner: item, key: i, parent: node });
        places(child, out);
      });
    } else if (item?.kind) {
      out.push({ node: item, owner: node, key, parent: node });
      places(item, out);
    }
  }
  return out;
}

const isValue = (node) => [Kind.INT, Kind.FLOAT, Kind.STRING, Kind.BOOLEAN, Kind.NULL, Kind.ENUM, Kind.LIST, Kind.OBJECT, Kind.VARIABLE].includes(node.kind);
const isDefinition = (place) => place.parent.kind === Kind.VARIABLE_DEFINITION || place.parent.kind === Kind.DOCUMENT;
const copy = (node) => structuredClone(node);

// Ways to break what hangs in a place; false says that it was the wrong place.
const breaks = [
  // another name
  ({ node }) => node.kind === Kind.NAME && (node.value = pick([...role.fieldNames, ...role.argNames, 'nope', 'a1', 'v0', 'f0', 'id']), true),
  // something left out
  ({ node, owner }) => Array.isArray(owner) && owner.length > 1 && (owner.splice(owner.indexOf(node), 1), true),
  ({ node, owner, key }) => node.kind === Kind.SELECTION_SET && owner.kind === Kind.FIELD && (delete owner[key], true),
  // something twice, perhaps with other arguments
  ({ node, owner, parent }) => Array.isArray(owner) && node.kind === Kind.FIELD && parent.kind === Kind.SELECTION_SET &&
    (owner.push(chance(0.5) ? copy(node) : { ...copy(node), arguments: [] }), true),
  ({ node, owner, parent }) => parent.kind === Kind.DOCUMENT && (owner.push(copy(node)), true),
  // a value of another kind
  (place) => isValue(place.node) && !isDefinition(place) && (place.owner[place.key] = new Babble().value(null, 1, true), true),
  (place) => isValue(place.node) && !isDefinition(place) && (place.owner[place.key] = list([place.node]), true),
  (place) => isValue(place.node) && !isDefinition(place) && (place.owner[place.key] = { kind: Kind.VARIABLE, name: name(pick(['v0', 'v1', 'nope'])) }, true),
  // a variable of another type
  ({ node, parent }) => parent.kind === Kind.VARIABLE_DEFINITION && node !== parent.variable && node !== parent.defaultValue &&
    (parent.type = g.parseType(pick(['Int', 'Int!', 'String', '[String!]', '[Int]!', 'Boolean', 'nope', `[${g.print(parent.type)}]`, g.print(parent.type).replace(/!/g, ''), `${g.print(parent.type).replace(/!$/, '')}!`])), true),
  // a selection where there is none
  ({ node }) => node.kind === Kind.FIELD && !node.selectionSet && (node.selectionSet = selectionSet([bareField('id')]), true),
  // directives
  ({ node }) => [Kind.FIELD, Kind.INLINE_FRAGMENT, Kind.FRAGMENT_SPREAD, Kind.OPERATION_DEFINITION].includes(node.kind) &&
    (node.directives.push({ kind: Kind.DIRECTIVE, name: name(pick(['skip', 'include', 'cached', 'nope', 'deprecated'])), arguments: chance(0.7) ? [argument(pick(['if', 'if', 'ttl', 'nope']), pick([boolean(true), boolean(false), int(1)]))] : [] }), true),
  // a fragment of another type, or that spreads one
  ({ node }) => (node.kind === Kind.INLINE_FRAGMENT || node.kind === Kind.FRAGMENT_DEFINITION) && (node.typeCondition = named(pick(role.types)), true),
  ({ node }) => node.kind === Kind.SELECTION_SET && (node.selections.push({ kind: Kind.FRAGMENT_SPREAD, name: name(pick(['f0', 'f1', 'nope'])), directives: [] }), true),
];

function breakDocument(document) {
  for (let n = 1 + below(3), tries = 0; n > 0 && tries < 200; tries++) {
    const place = pick(places(document));
    if (pick(breaks)(place)) {
      n--;
    }
  }
}

function breakVariables(variables) {
  const keys = Object.keys(variables);
  if (keys.length > 0 && chance(0.3)) {
    const key = pick(keys);
    variables[key] = pick([null, 1, 1.5, 'x', true, [], {}, [null], [1, 'x'], { nope: 1 }, 1e20]);
  } else if (keys.length > 0 && chance(0.2)) {
    delete variables[pick(keys)];
  } else if (chance(0.05)) {
    variables.nope = 1;
  }
}

function makeRequest(i) {
  const request = i % 3 === 2 ? new Babble() : new Request();
  const document = request.document();
  if (i % 3 === 1) {
    breakDocument(document);
    breakVariables(request.variables);
  }
  return { text: g.print(document), variables: request.variables };
}

// --- comparing ---

// compat: a document without what Hasura does not look at: fields that are
// skipped, fragments on other types than the one they are in, fragments nobody
// spreads, and what __typename has.  Offsets may be of 64 bits.  Directives stay.
function lookedAt(document, variables) {
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const defaults = (operation?.variableDefinitions ?? []).filter((node) => node.defaultValue);
  const values = { ...Object.fromEntries(defaults.map((node) => [node.variable.name.value, node.defaultValue.value])), ...variables };
  const conditions = Object.fromEntries(document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION)
    .map((node) => [node.name.value, node.typeCondition.name.value]));
  const isLeftOut = ({ name: directive, arguments: args }) => {
    const value = args.length === 1 && args[0].name.value === 'if' ? args[0].value : undefined;
    const condition = value?.kind === Kind.VARIABLE ? values[value.name.value] : value?.value;
    return (directive.value === 'skip' && condition === true) || (directive.value === 'include' && condition === false);
  };
  let replaced = 0;
  const replacement = (node) => ({ ...bareField('__typename'), alias: name(`left_out_${replaced++}`), directives: node.directives });
  const info = new g.TypeInfo(role.schema);
  const applies = (condition) => condition === undefined || condition === info.getParentType()?.name;
  const enter = (node) => {
    if (node.directives.some(isLeftOut) ||
      (node.kind === Kind.INLINE_FRAGMENT && !applies(node.typeCondition?.name.value)) ||
      (node.kind === Kind.FRAGMENT_SPREAD && node.name.value in conditions && !applies(conditions[node.name.value]))) {
      return replacement(node);
    }
    return node.kind === Kind.FIELD && node.name.value === '__typename' ? { ...node, arguments: [], selectionSet: undefined } : undefined;
  };
  const offset = (node) => (node.name.value === 'offset' && /^(\d{10,18}|"\d{1,18}")$/.test(g.print(node.value)) && Number(node.value.value) > 2147483647 ? argument('offset', int(0)) : undefined);
  const looked = g.visit(document, g.visitWithTypeInfo(info, { Field: { enter }, InlineFragment: { enter }, FragmentSpread: { enter }, Argument: { enter: offset } }));
  return withoutUnused(looked);
}

function withoutUnused(document) {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const used = new Set(document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION));
  for (const node of used) {
    g.visit(node, { FragmentSpread: (spread) => fragments.filter((it) => it.name.value === spread.name.value).forEach((it) => used.add(it)) });
  }
  return { ...document, definitions: [...used] };
}

// compat: default values that nobody reads, because their variable has a value or is
// not used.
function unreadNodes(document, variables) {
  const used = new Set();
  const inSelections = (node) => node.kind === Kind.VARIABLE && used.add(node.name.value);
  g.visit(document, { VariableDefinition: () => false, Variable: inSelections });
  const unread = new Set();
  g.visit(document, {
    VariableDefinition: ({ variable, defaultValue }) => {
      if (defaultValue && (variable.name.value in variables || !used.has(variable.name.value))) {
        g.visit(defaultValue, { enter: (node) => void unread.add(node) });
      }
    },
  });
  return unread;
}

// compat: a field may have its selection set where an equal one stands beside it.
// Whether two are merged is not worked out here; such requests are not compared.
function isAmbiguous(text) {
  const key = (node) => g.print({ ...node, directives: [], selectionSet: undefined });
  const seen = [new Set(), new Set()];
  g.visit(g.parse(text), { Field: (node) => void seen[node.selectionSet ? 1 : 0].add(key(node)) });
  return [...seen[0]].some((field) => seen[1].has(field));
}

// What graphql-js has to say: nothing if it would execute the request.
function theirErrors({ text, variables }) {
  try {
    const document = lookedAt(g.parse(text), variables);
    const unread = unreadNodes(document, variables);
    const errors = g.validate(role.schema, document, undefined, { maxErrors: 1000 }).filter((error) => !error.nodes?.some((node) => unread.has(node)));
    const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
    const more = errors.length > 0 ? [] : g.getVariableValues(role.schema, operation.variableDefinitions, variables).errors;
    return [...errors, ...(more ?? [])].map((error) => error.message);
  } catch (error) {
    return [error.message];
  }
}

const reasonOf = (table, message) => Object.keys(table).find((reason) => table[reason].test(message));

// What is wrong with our answer, or null; counts deviations.
function judge(request, ours, counts) {
  const theirs = theirErrors(request);
  if ((ours === '') !== (theirs.length === 0) && isAmbiguous(request.text)) {
    counts.ambiguous++;
    return null;
  }
  if ((ours === '') === (theirs.length === 0)) {
    counts[ours === '' ? 'accepted' : 'refused']++;
    return null;
  }
  const reasons = ours === '' ? theirs.map((message) => reasonOf(taken, message)) : [reasonOf(refused, ours)];
  if (reasons.every(Boolean)) {
    for (const reason of new Set(reasons)) {
      counts.reasons.set(reason, (counts.reasons.get(reason) ?? 0) + 1);
    }
    return null;
  }
  return ours === '' ? `we accept, graphql-js says ${JSON.stringify(theirs)}` : `graphql-js accepts, we say ${ours}`;
}

function psql(input) {
  return new Promise((resolve, reject) => {
    const [command, ...args] = process.env.GQLE_PSQL.split(' ');
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(Buffer.concat(chunks).toString()) : reject(new Error(`psql ended with ${code}`))));
    child.stdin.end(input);
  });
}

const literal = (value) => `'${JSON.stringify(value).replace(/'/g, "''")}'`;

// The message of our error for each request, or nothing.
async function ask(requests) {
  const lines = requests.map((request) => JSON.stringify([request.text, request.variables]).replace(/\\/g, '\\\\'));
  const answer = await psql(`CREATE TEMP TABLE request (n serial, body json);
COPY request (body) FROM stdin;
${lines.join('\n')}
\\.
SELECT json_agg(CASE WHEN answer LIKE '{"errors"%' THEN answer::json #>> '{errors,0,message}' ELSE '' END ORDER BY n)
FROM request, LATERAL gqle_internal.validated_operation(${literal(role.session)}, body->>0, body->1) AS answer;
`);
  return JSON.parse(answer);
}

async function introspect(session) {
  const query = g.getIntrospectionQuery();
  const { data } = JSON.parse(await psql(`SELECT graphql.execute(${literal(session)}, $q$${query}$q$);`));
  role.schema = g.buildClientSchema(data);
  role.session = session;
  const types = Object.values(role.schema.getTypeMap());
  role.types = types.map((type) => type.name).filter((key) => !key.startsWith('__'));
  role.inputs = types.filter(g.isInputType);
  const members = (test) => types.filter(test).flatMap((type) => Object.values(type.getFields()));
  role.fieldNames = [...new Set(members(g.isObjectType).map((field) => field.name))];
  role.argNames = [...new Set([...members(g.isInputObjectType), ...members(g.isObjectType).flatMap((field) => field.args)].map((arg) => arg.name))];
}

const sessions = [
  { 'x-hasura-role': 'admin' },
  { 'x-hasura-role': 'employee', 'x-hasura-employee-id': '3' },
  { 'x-hasura-role': 'customer', 'x-hasura-customer-id': '1' },
];
const counts = { accepted: 0, refused: 0, ambiguous: 0, reasons: new Map() };
let differences = 0;
let done = 0;
for (const [i, session] of sessions.entries()) {
  await introspect(session);
  for (const end = Math.round((Number(count) * (i + 1)) / sessions.length); done < end; ) {
    const requests = times(Math.min(2000, end - done), makeRequest);
    const answers = await ask(requests);
    requests.forEach((request, at) => {
      const wrong = judge(request, answers[at], counts);
      if (wrong && ++differences <= 10) {
        console.log(`# ${session['x-hasura-role']}: ${wrong}\n${request.text}\n${JSON.stringify(request.variables)}`);
      }
    });
    done += requests.length;
  }
}
for (const [reason, n] of [...counts.reasons].sort()) {
  console.log(`# ${n} differ: ${reason}`);
}
console.log(`# ${counts.accepted} accepted and ${counts.refused} refused by both, ${counts.ambiguous} not compared`);
console.log(`${differences ? 'not ok' : 'ok'} - validator: ${differences} unexplained differences from graphql-js in ${count} requests`);
process.exit(differences ? 1 : 0);
