import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { GatewayTarget } from './gateway-target.ts';

test('it tells the version that it took over; what it could not, or only tried, it does not', async () => {
  const done: string[] = [];
  const first = { number: 1, digest: 'a', source: 'start' as const, at: 0 };
  const target = new GatewayTarget(
    {
      replace: async ({ config }) => {
        if (config.zone === 'bad') throw new Error('no');
        done.push('replace');
      },
      prepare: async () => ({
        commit: async () => void done.push('commit'),
        abandon: async () => void done.push('abandon'),
      }),
    },
    '/',
    first,
  );
  const change = (number: number, zone: string) => ({
    version: { ...first, number },
    bundle: { file: '', texts: {} },
    config: configSchema.parse({ zone }),
  });
  await target.rehearse(change(2, 'a'));
  await assert.rejects(target.apply(change(3, 'bad')));
  assert.equal(target.versions()[0]?.version.number, 1);
  await target.apply(change(4, 'a'));
  assert.equal(target.versions()[0]?.version.number, 4);
  assert.deepEqual(done, ['abandon', 'replace']);
});
