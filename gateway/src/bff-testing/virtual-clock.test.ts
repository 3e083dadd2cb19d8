import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from './virtual-clock.ts';

describe('VirtualClock', () => {
  it('goes from timer to timer until work is done, and takes no time', async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    const work = async (): Promise<string> => {
      await clock.sleep(60_000);
      seen.push(clock.now());
      await clock.sleep(500);
      seen.push(clock.now());
      return 'done';
    };
    clock.after(100, () => seen.push(clock.now()));
    clock.after(200, () => assert.fail('it was disarmed'))();
    assert.equal(await clock.drive(work()), 'done');
    assert.deepEqual(seen, [100, 60_000, 60_500]);
    assert.equal(clock.wall() - Date.UTC(2026, 0, 1), 60_500);
  });

  it('stands still while real work goes on', async () => {
    const clock = new VirtualClock();
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(() => setImmediate(() => setImmediate(() => setImmediate(() => setImmediate(resolve)))));
    const at = clock.busy(promise).then(() => clock.now());
    clock.after(10, () => {});
    assert.equal(await clock.drive(at), 0);
  });

  it('passes as far as it is told', async () => {
    const clock = new VirtualClock();
    let rang = 0;
    const ring = (): void => {
      rang += 1;
      clock.after(10, ring);
    };
    clock.after(10, ring);
    await clock.advance(35);
    assert.deepEqual([rang, clock.now()], [3, 35]);
  });

  it('says so where nothing could end what is waited for', async () => {
    await assert.rejects(new VirtualClock().drive(new Promise(() => {})), /this never ends/);
  });
});
