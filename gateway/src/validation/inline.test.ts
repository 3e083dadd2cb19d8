import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './testing/openapi.ts';

async function operation(settings: Record<string, unknown>) {
  const found = (await load(settings)).find('POST', '/any', {});
  assert.ok('operation' in found);
  return found.operation;
}

test('schemas by themselves are one operation for any path', async () => {
  const it = await operation({
    query: { type: 'object' },
    headers: { type: 'object' },
    params: { type: 'object' },
    body: { type: 'object' },
  });
  assert.deepEqual(
    it.groups.map((group) => group.in),
    ['path', 'query', 'header'],
  );
  assert.deepEqual(
    it.bodies?.map(({ range, kind }) => [range, kind]),
    [['application/json', 'json']],
  );
  assert.deepEqual([it.requiresBody, it.takesAnyBody], [true, false]);
});

test('types without a schema, and no word on bodies', async () => {
  const types = await operation({ contentTypes: ['image/png', 'application/json'] });
  assert.deepEqual(
    [types.bodies?.map(({ kind }) => kind), types.requiresBody],
    [['unread', 'unread'], false],
  );
  const none = await operation({ query: { type: 'object' } });
  assert.deepEqual([none.bodies, none.takesAnyBody], [undefined, true]);
});
