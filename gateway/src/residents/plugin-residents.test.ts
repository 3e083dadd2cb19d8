import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPlugins } from '../chains/plugins.ts';
import { configSchema } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { StrayErrors } from '../handlers/bff/stray-errors.ts';
import { PluginResidents } from './plugin-residents.ts';

test('a plugin is opened once for what it is told; errors of its code for which nobody waits are held', async (t) => {
  const failures: string[] = [];
  const meter = {
    ...noMeter,
    counter:
      () =>
      (_value: number, ...labels: string[]) =>
        void failures.push(labels.join(' ')),
  };
  const parts = { clock: systemClock, logger: noLogger, meter };
  const strayErrors = new StrayErrors({ ...parts, gateway: '/nowhere' });
  const residents = new PluginResidents({ ...parts, strayErrors });
  t.after(() => residents.close());
  const config = configSchema.parse({
    plugins: [{ package: '../plugin/stamp.fixture.ts', config: { header: 'x-a' } }],
  });
  const { plugins, faults } = await readPlugins(config, import.meta.dirname);
  assert.deepEqual(faults, []);
  const [plugin] = plugins;
  assert.ok(plugin);
  const first = residents.lease(plugin, '.');
  const second = residents.lease(plugin, '.');
  assert.equal(first.value, second.value);
  assert.notEqual(residents.lease({ ...plugin, value: { header: 'x-b' } }, '.').value, first.value);
  const error = new Error('forgotten');
  error.stack = `Error: forgotten\n    at later (${plugin.file}:3:7)`;
  assert.equal(strayErrors.hold(error, 'exception'), true);
  assert.deepEqual(failures, ['stamp stray']);
  await first.release();
  await second.release();
  assert.notEqual(residents.lease(plugin, '.').value, first.value);
});
