/** A live stream: the first answer, conflation, feeds that break, what ends it, and what is never opened. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { feed, liveOf, PushedSource, part, runOf, settled, trip } from './live.fixture.ts';
import type { LiveEvent, LiveRun } from './live-run.ts';

const isError = (code: string) => (error: unknown) => error instanceof FrontdeskError && error.code === code;

/** What is there to be taken now. */
async function taken(run: LiveRun, count: number): Promise<LiveEvent[]> {
  const events: LiveEvent[] = [];
  for (let i = 0; i < count; i += 1) {
    const event = await run.next();
    if (!event) break;
    events.push(event);
  }
  return events;
}

function twoFeeds(options: Parameters<typeof runOf>[1] = {}, more: Parameters<typeof liveOf>[1] = {}) {
  const position = new PushedSource<number>();
  const status = new PushedSource<string>();
  const screen = trip({ position: part(() => 0), status: part(() => 'new'), rider: part(() => 'Ada') });
  const updates = { position: feed(() => position), status: feed(() => status) };
  return { position, status, screen, ...runOf(liveOf(updates, { screen, ...more }), options) };
}

describe('the stream', () => {
  it('gives the whole screen first, then new values as they come', async () => {
    const { run, position, status } = twoFeeds();
    position.push(1);
    await run.begin();
    assert.deepEqual(run.values(), { position: 0, status: 'new', rider: 'Ada' });
    status.push('under_way');
    assert.deepEqual(await taken(run, 3), [
      { kind: 'screen' },
      { kind: 'part', name: 'position', value: 1 },
      { kind: 'part', name: 'status', value: 'under_way' },
    ]);
    assert.deepEqual(run.values(), { position: 1, status: 'under_way', rider: 'Ada' });
    run.end();
  });

  it('conflates what a slow client has not taken: the newest value of a part wins', async () => {
    const { run, position, status, conflated } = twoFeeds();
    await run.begin();
    await run.next();
    position.push(1, 2, 3);
    status.push('under_way');
    await settled();
    assert.deepEqual(await taken(run, 2), [
      { kind: 'part', name: 'position', value: 3 },
      { kind: 'part', name: 'status', value: 'under_way' },
    ]);
    assert.deepEqual(conflated, ['position', 'position']);
    run.end();
  });

  it('delivers every last value whatever the pace of the client', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('position', 'status', 'take', 'turn'), { maxLength: 40 }),
        async (script) => {
          const { run, position, status } = twoFeeds();
          await run.begin();
          await run.next();
          const sent = { position: 0, status: 'new' };
          const seen: Record<string, unknown> = { ...sent };
          let order = 0;
          let waiting: Promise<void> | undefined;
          const take = async (): Promise<void> => {
            const event = await run.next();
            if (event?.kind !== 'part') return;
            if (event.name === 'position') assert.ok(Number(event.value) > Number(seen.position));
            seen[event.name] = event.value;
          };
          for (const step of script) {
            order += 1;
            if (step === 'position') {
              sent.position = order;
              position.push(order);
            } else if (step === 'status') {
              sent.status = `s${order}`;
              status.push(sent.status);
            } else if (step === 'turn') await settled();
            else waiting = waiting ? waiting.then(take) : take();
          }
          await settled();
          position.end();
          status.end();
          await waiting;
          await settled();
          for (let event = await run.next(); event; event = await run.next()) {
            if (event.kind === 'part') seen[event.name] = event.value;
          }
          assert.deepEqual(seen, sent);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('opens only the feeds of parts that are selected, and those that decide on its end', async () => {
    const { run, position, status, ends } = twoFeeds(
      { parts: ['position', 'rider'] },
      { until: { status: (value) => value === 'completed' } },
    );
    await run.begin();
    assert.deepEqual(run.values(), { position: 0, rider: 'Ada' });
    await run.next();
    position.push(1);
    status.push('completed');
    await settled();
    assert.deepEqual(await taken(run, 5), [{ kind: 'part', name: 'position', value: 1 }]);
    assert.deepEqual(ends, [undefined]);
    assert.deepEqual([position.left, status.left], [1, 1]);
    const other = twoFeeds({ parts: ['rider', 'position'] });
    await other.run.begin();
    assert.deepEqual([other.position.opened, other.status.opened], [1, 0]);
    other.run.end();
  });

  it('ends once all its feeds have, and with what its exchange was cancelled for', async () => {
    const { run, position, status } = twoFeeds();
    await run.begin();
    position.end();
    status.push('last');
    status.end();
    assert.deepEqual(
      (await taken(run, 5)).map(({ kind }) => kind),
      ['screen', 'part'],
    );
    const other = twoFeeds();
    await other.run.begin();
    await other.run.next();
    const next = other.run.next();
    other.context.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(next, isError('client_closed'));
    await settled();
    assert.deepEqual([other.position.left, other.status.left], [1, 1]);
  });

  it('is none where a required part fails: nothing is left open', async () => {
    const source = new PushedSource<number>();
    const screen = trip({
      position: part(() => 0),
      rider: part(() => Promise.reject(new FrontdeskError('upstream_reset')), { required: true }),
    });
    const { run } = runOf(liveOf({ position: feed(() => source) }, { screen }));
    await assert.rejects(run.begin(), isError('part_failed'));
    await settled();
    assert.equal(source.left, source.opened);
  });
});

describe('a feed that breaks', () => {
  it('is named while it is away, opened again with backoff, and ends nobody else', async () => {
    const { run, position, status, broken, clock } = twoFeeds();
    await run.begin();
    await run.next();
    position.end(new FrontdeskError('upstream_reset'));
    assert.deepEqual(await run.next(), { kind: 'incomplete', parts: ['position'] });
    assert.deepEqual(broken, ['position upstream_reset 500']);
    status.push('under_way');
    assert.deepEqual(await run.next(), { kind: 'part', name: 'status', value: 'under_way' });
    clock.advance(500);
    await settled();
    assert.equal(position.opened, 2);
    position.end(new FrontdeskError('upstream_reset'));
    await settled();
    assert.equal(broken.at(-1), 'position upstream_reset 1000');
    clock.advance(1000);
    position.push(7);
    assert.deepEqual(await taken(run, 2), [
      { kind: 'incomplete', parts: [] },
      { kind: 'part', name: 'position', value: 7 },
    ]);
    run.end();
  });

  it('that comes back and says nothing is asked after by the part of its screen', async () => {
    let status = 'new';
    const source = new PushedSource<string>();
    const screen = trip({ status: part(() => status) });
    const { run, clock } = runOf(liveOf({ status: feed(() => source) }, { screen }));
    await run.begin();
    await run.next();
    source.end(new FrontdeskError('upstream_reset'));
    await run.next();
    status = 'completed';
    clock.advance(500);
    await settled();
    clock.advance(5_000);
    assert.deepEqual(await taken(run, 2), [
      { kind: 'incomplete', parts: [] },
      { kind: 'part', name: 'status', value: 'completed' },
    ]);
    run.end();
  });

  it('ends the stream where it is required', async () => {
    const source = new PushedSource<number>();
    const { run, ends } = runOf(liveOf({ position: feed(() => source, { required: true }) }));
    await run.begin();
    await run.next();
    source.end(new FrontdeskError('upstream_reset'));
    await assert.rejects(run.next(), isError('part_failed'));
    assert.deepEqual(ends, ['part_failed']);
  });

  it('is not opened again where asking again would not help', async () => {
    const source = new PushedSource<number>();
    const other = new PushedSource<number>();
    const { run, broken } = runOf(
      liveOf({ a: feed(() => source, { scopes: ['a:read'] }), b: feed(() => other) }),
    );
    await run.begin();
    assert.deepEqual(await run.next(), { kind: 'screen' });
    assert.deepEqual(run.state().incomplete, ['a']);
    assert.deepEqual(broken, ['a insufficient_scope undefined']);
    assert.equal(source.opened, 0);
    run.end();
  });

  it('survives a message that its shape cannot read', async () => {
    const source = new PushedSource<{ at: number }>();
    const shape = ({ at }: { at: number }, before: number | null) => {
      if (at < 0) throw new TypeError('no place');
      return at + (before ?? 0);
    };
    const { run } = runOf(liveOf({ position: feed(() => source, { shape }) }));
    await run.begin();
    await run.next();
    source.push({ at: 1 });
    assert.deepEqual(await run.next(), { kind: 'part', name: 'position', value: 1 });
    source.push({ at: -1 });
    assert.deepEqual(await run.next(), { kind: 'incomplete', parts: ['position'] });
    source.push({ at: 2 });
    assert.deepEqual(await taken(run, 2), [
      { kind: 'incomplete', parts: [] },
      { kind: 'part', name: 'position', value: 3 },
    ]);
    run.end();
  });
});

it('a feed may use parts of the screen, also one that nobody selected', async () => {
  const source = new PushedSource<number>();
  const driver = part(async () => {
    await settled();
    return { id: 'd1' };
  });
  const asked: string[] = [];
  const position = feed(
    async ({ use }) => {
      asked.push((await use('driver')).id);
      return source;
    },
    { uses: { driver } },
  );
  const screen = trip({ driver, position: part(() => 0) });
  const { run } = runOf(liveOf({ position }, { screen }), { parts: ['position'] });
  await run.begin();
  await run.next();
  source.push(1);
  assert.deepEqual(await run.next(), { kind: 'part', name: 'position', value: 1 });
  assert.deepEqual(asked, ['d1']);
  run.end();
});

describe('who may follow', () => {
  const secret = () => ({ secret: part(() => 'first', { scopes: ['secret:read'] }), place: part(() => 0) });

  it('is told no new value of a part that they may not see', async () => {
    const source = new PushedSource<string>();
    source.push('a secret');
    const updates = { secret: feed(() => source), place: feed(() => new PushedSource<number>()) };
    const { run, broken } = runOf(liveOf(updates, { screen: trip(secret()) }));
    await run.begin();
    await settled();
    assert.deepEqual(run.values(), { secret: null, place: 0 });
    assert.deepEqual(broken, ['secret insufficient_scope undefined']);
    assert.equal(source.opened, 0);
    run.end();
    const may = runOf(liveOf(updates, { screen: trip(secret()) }), { scopes: ['secret:read'] });
    await may.run.begin();
    await settled();
    assert.equal(may.run.values().secret, 'a secret');
    may.run.end();
  });

  it('has no stream where they left before it began, and nothing is left of it', async () => {
    const cancelled = contextOn(new ManualClock());
    cancelled.cancellation.cancel(new FrontdeskError('client_closed'));
    const ends: unknown[] = [];
    const updates = { position: feed(() => new PushedSource<number>()) };
    const begin = () =>
      runOf(liveOf(updates), { context: cancelled, observer: { ...silent, ended: () => ends.push(1) } });
    assert.throws(begin, isError('client_closed'));
    assert.deepEqual(ends, []);
  });
});

const silent = { update() {}, broke() {} };
