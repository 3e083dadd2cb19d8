import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { callerContext, flow, step } from './flow.fixture.ts';
import { engineInMemory } from './flow-engine-memory.ts';

test('flows run without a journal that lasts', async () => {
  const clock = new ManualClock();
  const engine = engineInMemory('m', { clock, logger: noLogger, meter: noMeter });
  const one = step(() => 1);
  const add = flow({ path: '/add', field: 'add', steps: [{ one }], answer: ({ use }) => use('one') + 1 });
  engine.use([add], () => ({ rest: {}, grpc: {}, graph: async () => undefined }));
  const context = callerContext(clock, makeIdentity(), 1000);
  const { outcome } = await engine.run({ flow: add, input: {}, key: 'k', context });
  assert.deepEqual(outcome, { kind: 'answered', status: 200, value: 2, incomplete: [] });
});
