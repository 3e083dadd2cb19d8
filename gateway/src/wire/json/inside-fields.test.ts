import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInsideField } from './inside-fields.ts';

test('server software, internal fields and ways past the gateway are inside; the rest is not', () => {
  for (const name of ['server', 'x-powered-by', 'via', 'alt-svc', 'x-internal-node'])
    assert.equal(isInsideField(name), true, name);
  for (const name of ['link', 'x-server', 'content-type', 'x-internal'])
    assert.equal(isInsideField(name), false, name);
});
