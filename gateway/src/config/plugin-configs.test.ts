import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { parseConfig } from './load.ts';
import { pluginFault, readPluginConfig } from './plugin-configs.ts';

const TEXT = `plugins:
  - package: ./p.ts
    config:
      port: \${PORT}
      deep: { name: 1 }
`;

test('what a plugin is told has the types that it asks for, and its faults have their places', () => {
  const loaded = parseConfig({ file: '/f.yaml', read: () => ({ ok: true, text: TEXT }) }, { PORT: '80' });
  assert.ok(loaded.ok);
  const [entry] = loaded.config.plugins;
  assert.ok(entry);
  const deep = z.strictObject({ name: z.int() });
  const fits = readPluginConfig(entry, z.strictObject({ port: z.int(), deep }));
  assert.deepEqual(fits, { value: { port: 80, deep: { name: 1 } }, faults: [] });
  const { faults } = readPluginConfig(
    entry,
    z.strictObject({ port: z.int(), deep: z.strictObject({ name: z.string() }), more: z.string() }),
  );
  assert.deepEqual(
    faults.map(({ path, line }) => `${path} ${line}`),
    ['plugins[0].config.deep.name 5', 'plugins[0].config.more 4'],
  );
  assert.equal(pluginFault(entry, ['package'], 'wrong').line, 2);
});

test('what came from no file has no place, and its faults all the same', () => {
  const { faults } = readPluginConfig({ config: { a: 1 } }, z.strictObject({ a: z.string() }));
  assert.deepEqual(
    faults.map(({ path, file }) => [path, file]),
    [['config.a', '']],
  );
});
