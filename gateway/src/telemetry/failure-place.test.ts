import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failurePlace } from './failure-place.ts';

test('a place is the first that is neither a library nor the engine, also of a cause', () => {
  const cause = new TypeError('no');
  cause.stack = `TypeError: no
    at run (file:///eng/src/bff/engine.ts:1:1)
    at get (/app/node_modules/x/index.js:2:2)
    at Object.resolve (file:///app/src/screens/home.ts:12:5)
    at next (/app/src/index.ts:1:1)`;
  const error = new Error('failed', { cause });
  error.stack = 'Error: failed\n    at node:internal/x:1:1';
  assert.equal(failurePlace(error, '/app', '/eng/src/'), 'src/screens/home.ts:12:5');
  assert.equal(failurePlace('text', '/app'), undefined);
});
