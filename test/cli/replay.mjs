// What the hasura command line was seen to send is answered as it was then.
// Needs a server with an empty database (GQLE_URL, GQLE_ADMIN_SECRET) and the
// port of the remote schema (CLI_TEST_PORT).
import { read, stable } from './recording.mjs';
import { startStub } from './stub.mjs';

const stub = await startStub(process.env.CLI_TEST_PORT);
let failures = 0;
let n = 0;

async function replay(call) {
  const reply = await fetch(process.env.GQLE_URL + call.path, {
    method: call.method,
    headers: { 'content-type': 'application/json', ...(call.secret !== '' && { 'x-hasura-admin-secret': call.secret }) },
    ...(call.body !== '' && { body: call.body }),
  });
  const answer = stable({ ...call, answer: await reply.text() });
  if (reply.status === call.status && answer === call.answer) {
    return [];
  }
  return [`${call.method} ${call.path} ${call.body.slice(0, 2000)}`,
    `expected ${call.status} ${call.answer}`, `got      ${reply.status} ${answer}`];
}

// One result for each command, in the order in which they ran.
const commands = [];
for (const call of read()) {
  if (commands.at(-1)?.command !== call.command) {
    commands.push({ command: call.command, calls: [] });
  }
  commands.at(-1).calls.push(call);
}
for (const { command, calls } of commands) {
  const differences = [];
  for (const call of calls) {
    differences.push(...await replay(call));
  }
  n += 1;
  failures += differences.length > 0 ? 1 : 0;
  console.log(`${differences.length > 0 ? 'not ok' : 'ok'} ${n} - replayed: ${command}`);
  differences.forEach((line) => console.log(`# ${line}`));
}
stub.close();
process.exitCode = failures > 0 ? 1 : 0;
