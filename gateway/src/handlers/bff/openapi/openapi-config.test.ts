import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bffOpenapiConfig } from './openapi-config.ts';

test('nothing is told unless it is said', () => {
  assert.deepEqual(bffOpenapiConfig.parse(undefined), { serve: false, public: false });
});
