import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { MemoryChannels } from '../state/memory-channels.ts';
import { SupergraphHints } from './supergraph-hints.ts';

const [OLD, NEW] = ['0'.repeat(32), '1'.repeat(32)];

test('who serves something else asks its source within half a second, once a second at most', async () => {
  const clock = new ManualClock();
  const channels = new MemoryChannels({ logger: noLogger });
  const open = (served: string) => {
    const process = { served, asked: 0 };
    const ask = () => {
      process.asked += 1;
    };
    const hints = new SupergraphHints({
      channels,
      clock,
      random: () => 1,
      served: () => process.served,
      ask,
    });
    hints.start();
    return { process, hints };
  };
  const [one, same, other] = [open(OLD), open(NEW), open(OLD)];
  one.process.served = NEW;
  one.hints.tell(NEW);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  clock.advance(500);
  assert.deepEqual([one.process.asked, same.process.asked, other.process.asked], [0, 0, 1]);
  for (let i = 0; i < 50; i += 1) one.hints.tell(NEW);
  await settle();
  clock.advance(999);
  assert.equal(other.process.asked, 1);
  clock.advance(1);
  assert.equal(other.process.asked, 2);
  for (const text of ['', 'x', `p ${'x'.repeat(32)}`]) await channels.publish('supergraph', text);
  one.hints.tell(NEW);
  await settle();
  other.process.served = NEW;
  clock.advance(5000);
  assert.equal(other.process.asked, 2, 'its own poll was there before');
  for (const { hints } of [one, same, other]) hints.stop();
  one.hints.tell(OLD);
  await settle();
  assert.equal(clock.pending, 0);
});
