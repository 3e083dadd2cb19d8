import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { bffOperations } from './bff-operations.ts';

test('every BFF is told with where it runs, and only one with a process of ours can be reloaded', async () => {
  const { bffs } = configSchema.parse({
    bffs: [
      { package: 'p', mount: '/in', concurrency: 3 },
      { url: 'http://127.0.0.1:1', mount: '/apart' },
      { package: 'q', mount: '/own', process: 'own' },
    ],
  });
  let replaced = 0;
  const supervisor = {
    view: { state: 'ready' },
    replace: async () => {
      replaced += 1;
    },
  };
  const operations = bffOperations({
    config: () => ({ bffs }),
    ledger: { view: (name) => ({ running: name.length }) },
    processes: { find: (name) => (name === 'own' ? supervisor : undefined) },
  });
  assert.deepEqual(operations.view(), [
    { name: 'in', mount: '/in', runs: 'inside', package: 'p', concurrency: 3, process: null, running: 2 },
    {
      name: 'apart',
      mount: '/apart',
      runs: 'apart',
      package: null,
      concurrency: null,
      process: null,
      running: 5,
    },
    {
      name: 'own',
      mount: '/own',
      runs: 'process',
      package: 'q',
      concurrency: null,
      process: { state: 'ready' },
      running: 3,
    },
  ]);
  assert.equal(await operations.reload('in'), undefined);
  assert.equal(await operations.reload('nobody'), undefined);
  assert.equal(Reflect.get(Object(await operations.reload('own')), 'name'), 'own');
  assert.equal(replaced, 1);
});
