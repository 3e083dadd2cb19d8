import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { type PartHost, PartRun } from './part-run.ts';
import { never, noClients, part, wait } from './screen.fixture.ts';

const hostOn = (clock: ManualClock, settled: PartRun[] = []): PartHost => ({
  clock,
  input: {},
  use: () => Promise.reject(new Error('nothing to use')),
  onSettled: (run) => settled.push(run),
});

function started(resolve: (clock: ManualClock) => unknown, timeout?: '300ms') {
  const clock = new ManualClock();
  const context = contextOn(clock);
  const settled: PartRun[] = [];
  const run = new PartRun(
    'p',
    part(() => resolve(clock), timeout ? { timeout } : {}),
    context,
    hostOn(clock, settled),
  );
  run.start(noClients(run));
  return { clock, context, run, settled };
}

describe('a part that runs', () => {
  it('settles once: what comes after its timeout is not heard', async () => {
    const { clock, run, settled } = started((ticking) => wait(ticking, 400), '300ms');
    clock.advance(1000);
    await assert.rejects(run.raw, { code: 'upstream_timeout' });
    assert.equal(run.durationMs, 300);
    assert.deepEqual(settled, [run]);
    assert.ok(run.context.cancellation.cancelled);
    assert.equal(clock.pending, 0);
  });

  it('leaves no timer behind when it is done in time', async () => {
    const { clock, run } = started(() => 1, '300ms');
    assert.equal(await run.raw, 1);
    assert.equal(clock.pending, 0);
  });

  it('tells how much of its timeout is left, and stops counting while it waits for another', async () => {
    const { clock, context, run } = started(never, '300ms');
    clock.advance(100);
    assert.equal(run.remainingMs(), 200);
    const other = new PartRun(
      'other',
      part(() => wait(clock, 500)),
      context,
      hostOn(clock),
    );
    other.start(noClients(other));
    const waited = run.waitFor(other);
    clock.advance(500);
    await waited;
    assert.equal(run.remainingMs(), 200);
    clock.advance(200);
    await assert.rejects(run.raw, { code: 'upstream_timeout' });
    assert.equal(started(never).run.remainingMs(), undefined);
  });

  it('is stopped with its screen, its own calls too', async () => {
    const { run } = started(never, '300ms');
    run.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(run.raw, { code: 'client_closed' });
    assert.ok(run.stopped && run.context.cancellation.cancelled);
  });

  it('has a value of its own to be told of late as well', async () => {
    const { run } = started(() => 1);
    await run.raw;
    assert.equal(await run.raw, 1);
  });

  it('knows whom it waits for, near and far', () => {
    const [a, b, c] = [started(never).run, started(never).run, started(never).run];
    void a.waitFor(b);
    void b.waitFor(c);
    assert.ok(a.reaches(c) && a.reaches(a));
    assert.ok(!c.reaches(a));
  });
});
