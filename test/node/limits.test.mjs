// Limits of requests that the metadata set for roles other than admin.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { customer, metadata, post } from './lib.mjs';

after(() => metadata('remove_api_limits', {}));

test('a batch has no more operations than the role may send', async () => {
  const batch = (n) => Array.from({ length: n }, () => ({ query: '{ __typename }' }));
  assert.equal((await metadata('set_api_limits', { disabled: false, batch_limit: { per_role: { customer: 2 } } })).status, 200);
  const { json } = await post('/v1/graphql', batch(3), customer(1));
  assert.deepEqual(json.errors, [{ message: 'the batch has 3 operations, more than the limit of 2',
    extensions: { path: '$', code: 'batch-limit-exceeded' } }]);
  assert.equal((await post('/v1/graphql', batch(2), customer(1))).json.length, 2);
  assert.equal((await post('/v1/graphql', batch(3))).json.length, 3);
});
