import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dispatchTypes, dispatchTypesPath } from './grpc-types.ts';

test('dispatch.d.ts is what dispatch.proto says (npm run generate -w schema)', () => {
  assert.ok(readFileSync(dispatchTypesPath, 'utf8') === dispatchTypes(), 'the committed file is stale');
});
