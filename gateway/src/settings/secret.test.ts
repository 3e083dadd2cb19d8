import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { SECRET } from './secret.ts';

test('the mark outlives a description and stands in the JSON schema', () => {
  const schema = z.string().meta(SECRET).describe('A password');
  const { writeOnly, description } = z.toJSONSchema(schema);
  assert.deepEqual([writeOnly, description], [true, 'A password']);
});
