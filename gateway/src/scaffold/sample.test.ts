import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Documents } from '../validation/documents.ts';
import { sampleOf } from './sample.ts';

test('a value is the one that the schema states, else the least that fits', async () => {
  const schema = {
    type: 'object',
    properties: {
      name: { type: 'string', example: 'Ada' },
      tier: { enum: ['gold', 'silver'] },
      age: { type: 'integer', minimum: 18 },
      when: { type: 'string', format: 'date' },
      code: { type: 'string', minLength: 6 },
      tags: { type: 'array', items: { type: 'string' } },
      gone: { type: ['null', 'boolean'] },
    },
  };
  const documents = await Documents.inline(schema, 'schema');
  assert.deepEqual(sampleOf(documents, documents.root), {
    name: 'Ada',
    tier: 'gold',
    age: 18,
    when: '2026-01-31',
    code: 'codexx',
    tags: ['tags'],
    gone: true,
  });
});

test('a schema that holds itself ends', async () => {
  const node = { type: 'object', properties: { next: { $ref: '#' } } };
  const documents = await Documents.inline(node, 'schema');
  assert.ok(JSON.stringify(sampleOf(documents, documents.root)).endsWith(`null${'}'.repeat(13)}`));
});
