import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { sourceConfig } from './config.ts';
import { EventQueue } from './event-queue.ts';
import { SharedSource } from './shared-source.ts';
import type { SourceEvent } from './source.ts';
import type { Subscriber } from './subscriber.ts';

const config = z.strictObject(sourceConfig);

/** A source in the test's hand; each event is completed when the test says so. */
function rig(settings: Record<string, unknown> = {}, autoComplete = true) {
  const clock = new ManualClock();
  const events = new EventQueue<SourceEvent>({ maxItems: 1e6, maxSize: 1e9, sizeOf: () => 1 });
  const completing: (() => void)[] = [];
  const told: string[] = [];
  const opening = Promise.withResolvers<void>();
  const state = { closed: false, over: 0, active: 0, most: 0 };
  const source = new SharedSource({
    config: config.parse(settings),
    clock,
    context: contextOn(clock),
    open: async (context) => {
      context.cancellation.onCancel((reason) => {
        opening.reject(reason);
        events.drop();
      });
      await opening.promise;
      return {
        next: () => events.pull(),
        close: () => {
          state.closed = true;
          events.drop();
        },
      };
    },
    complete: async ({ body }) => {
      state.active += 1;
      state.most = Math.max(state.most, state.active);
      if (!autoComplete) await new Promise<void>((resolve) => completing.push(resolve));
      state.active -= 1;
      return String(body.n);
    },
    onEnd: (reason) => void told.push(reason),
    onOver: () => {
      state.over += 1;
    },
    onFailure: ({ code }) => void told.push(code),
  });
  const push = (n: number): void => void events.push({ body: { n }, plain: true, size: 1 });
  return { clock, events, completing, told, opening, state, source, push };
}

/** Lets promises settle that wait for no event. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}

async function take(subscriber: Subscriber, count: number): Promise<string[]> {
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const { value } = await subscriber.next();
    if (value === undefined) break;
    texts.push(value);
  }
  return texts;
}

describe('order', () => {
  test('each gets every event from its joining on, once, in order, however long each takes and whoever leaves', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant({ kind: 'event' as const }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('complete' as const), which: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'join' as const }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat(9) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        async (steps, atOnce) => {
          const { source, push, completing, opening, events, state } = rig(
            { eventsAtOnce: atOnce, queue: { events: 1000 } },
            false,
          );
          const staying = source.join();
          opening.resolve();
          await source.opened;
          const others: Subscriber[] = [];
          let pushed = 0;
          for (const next of steps) {
            if (next.kind === 'event') push(pushed++);
            else if (next.kind === 'join') others.push(source.join());
            else if (next.kind === 'leave')
              await others.splice(next.which % (others.length || 1), 1)[0]?.return();
            else completing.splice(next.which % (completing.length || 1), 1)[0]?.();
            await new Promise(setImmediate);
          }
          events.end();
          while (state.over === 0) {
            completing.shift()?.();
            await new Promise(setImmediate);
          }
          const all = Array.from({ length: pushed }, (_, n) => String(n));
          assert.deepEqual(await take(staying, pushed + 1), all);
          for (const other of others) {
            const texts = await take(other, pushed + 1);
            assert.deepEqual(texts, texts.length === 0 ? [] : all.slice(-texts.length));
          }
          assert.ok(state.most <= atOnce);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a slow client', () => {
  test('that is the only one holds its source back, and is given up after a while', async () => {
    const { source, push, opening, clock, told, state } = rig({ queue: { events: 2, slowAfter: '10s' } });
    const slow = source.join();
    opening.resolve();
    await source.opened;
    for (let n = 0; n < 10; n++) push(n);
    await settle();
    clock.advance(9_999);
    await settle();
    assert.deepEqual(told, []);
    clock.advance(1);
    await settle();
    assert.deepEqual(told, ['slow']);
    assert.ok(state.closed);
    const texts = await take(slow, 10);
    assert.deepEqual(texts.slice(0, 2), ['0', '1']);
    assert.match(texts[2] ?? '', /SLOW_CONSUMER/);
    assert.equal(texts.length, 3);
  });

  test('that reads in time misses nothing', async () => {
    const { source, push, opening, clock, told } = rig({ queue: { events: 2 } });
    const slow = source.join();
    opening.resolve();
    await source.opened;
    for (let n = 0; n < 10; n++) push(n);
    for (let n = 0; n < 10; n++) {
      await settle();
      clock.advance(5_000);
      assert.deepEqual(await take(slow, 1), [String(n)]);
    }
    assert.deepEqual(told, []);
  });

  test('among several is ended at once', async () => {
    const { source, push, opening, told } = rig({ queue: { events: 2 } });
    source.join();
    const quick = source.join();
    opening.resolve();
    await source.opened;
    for (let n = 0; n < 5; n++) {
      push(n);
      assert.deepEqual(await take(quick, 1), [String(n)]);
    }
    assert.deepEqual(told, ['slow']);
  });
});

describe('ends', () => {
  test('the last to leave closes it, and nobody else', async () => {
    const { source, opening, state, told } = rig();
    const [one, two] = [source.join(), source.join()];
    opening.resolve();
    await source.opened;
    await one.return();
    assert.ok(source.joinable);
    await two.return();
    await settle();
    assert.ok(state.closed);
    assert.ok(!source.joinable);
    assert.deepEqual([told, state.over], [['left', 'left'], 1]);
  });

  test('all who leave while it opens cancel the opening', async () => {
    const { source, state } = rig();
    await source.join().return();
    await assert.rejects(source.opened, coded('client_closed'));
    assert.equal(state.over, 1);
  });

  test('an opening that fails fails for everybody; one that takes too long fails too', async () => {
    const failed = rig();
    const subscriber = failed.source.join();
    failed.opening.reject(new FrontdeskError('upstream_connect'));
    await assert.rejects(failed.source.opened, coded('upstream_connect'));
    assert.match((await take(subscriber, 1))[0] ?? '', /UPSTREAM_CONNECT/);
    const late = rig({ deadline: '1s' });
    late.source.join();
    late.clock.advance(1_000);
    await assert.rejects(late.source.opened, coded('deadline_exceeded'));
  });

  test('a source that breaks is told after what it had said', async () => {
    const { source, push, opening, events, told } = rig();
    const subscriber = source.join();
    opening.resolve();
    await source.opened;
    push(0);
    events.end(new FrontdeskError('upstream_reset'));
    const texts = await take(subscriber, 3);
    assert.equal(texts[0], '0');
    assert.match(texts[1] ?? '', /UPSTREAM_RESET/);
    assert.equal(texts.length, 2);
    assert.deepEqual(told, ['upstream_reset', 'failed']);
  });

  test('ended from outside, everybody is told', async () => {
    const { source, opening, told, clock } = rig();
    const subscriber = source.join();
    opening.resolve();
    await source.opened;
    source.end(new FrontdeskError('draining'));
    assert.match((await take(subscriber, 1))[0] ?? '', /DRAINING/);
    assert.deepEqual(told, ['draining', 'closed']);
    assert.equal(clock.pending, 0);
  });
});
