import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { FrontdeskError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { LEAST_PRIORITY, type Priority } from '../../core/priority.ts';
import { contextOn, makeIdentity } from '../../core/testing/exchange.ts';
import { document } from '../backend.ts';
import { BackendStatusError } from '../backend-failure.ts';
import { cachePolicy } from './cache-policy.ts';
import { type PartReport, ScreenRun } from './engine.ts';
import { lastGood } from './fallback.ts';
import { KeptParts } from './kept-parts.ts';
import { LastGood } from './last-good.ts';
import type { Part } from './part.ts';
import { PartCaching } from './part-caching.ts';
import type { OpenClients } from './part-run.ts';
import { noClients, part, wait } from './screen.fixture.ts';
import { screen } from './screen.ts';

/** A process with one BFF, whose backend counts what it is asked and answers as `say` decides. */
function setUp(
  options: Parameters<typeof part>[1],
  say: (n: number, clock: ManualClock) => unknown = (n) => n,
) {
  const clock = new ManualClock();
  const kept = new KeptParts(clock);
  const caching = new PartCaching({
    bff: 'mobile',
    shape: '',
    kept,
    lastGood: new LastGood(clock),
    openClients: () => noClients,
  });
  let calls = 0;
  const reports: PartReport[] = [];
  const one = part(() => {
    calls += 1;
    return say(calls, clock);
  }, options);
  const begin = (
    identity: Identity | undefined = makeIdentity(),
    input = {},
    parts: Record<string, Part> = { one },
    priority?: Priority,
  ) => {
    const context = { ...contextOn(clock, identity), priority };
    const definition = screen({ path: '/s', field: 's', deadline: '1s', parts });
    const report = (told: PartReport) => reports.push(told);
    const run = new ScreenRun(definition, { context, clock, openClients: noClients, caching, input, report });
    return { run, context };
  };
  const ask = async (identity?: Identity, input = {}) => {
    const { run } = begin(identity, input);
    const outcome = await run.part('one');
    const { cacheControl } = cachePolicy(run);
    run.close();
    return { value: outcome.value, failure: outcome.failure?.code, cacheControl };
  };
  return { clock, kept, caching, begin, ask, reports, calls: () => calls };
}
const [ada, bob] = [makeIdentity({ subject: 'ada' }), makeIdentity({ subject: 'bob' })];
const down = () => Promise.reject(new FrontdeskError('upstream_connect'));

describe('a cached part', () => {
  it('is fetched once while it is good, and the answer may be kept for what is left', async () => {
    const { clock, ask, calls } = setUp({ cache: { for: '30s' } });
    assert.deepEqual(await ask(), { value: 1, failure: undefined, cacheControl: 'private, max-age=30' });
    clock.advance(12_000);
    assert.deepEqual(await ask(), { value: 1, failure: undefined, cacheControl: 'private, max-age=18' });
    clock.advance(18_000);
    assert.equal((await ask()).value, 2);
    assert.equal(calls(), 2);
  });

  it("is each caller's own, and each input's", async () => {
    const { ask } = setUp({ cache: { for: '30s' } });
    assert.deepEqual([(await ask(ada)).value, (await ask(bob)).value, (await ask(ada)).value], [1, 2, 1]);
    assert.equal((await ask(ada, { page: 2 })).value, 3);
    assert.equal((await ask(makeIdentity({ subject: 'ada', scopes: new Set(['more']) }))).value, 4);
  });

  it('is one for all where it is shared, and then knows nothing of who asks', async () => {
    const { ask, calls } = setUp({ cache: { for: '30s', scope: 'shared' } });
    assert.deepEqual([(await ask(ada)).value, (await ask(bob)).value], [1, 1]);
    assert.equal(calls(), 1);
    const nosy = setUp({});
    const reading = part(({ identity }) => identity.subject, { cache: { for: '1s', scope: 'shared' } });
    const { run } = nosy.begin(ada, {}, { reading });
    assert.match((await run.part('reading')).failure?.detail ?? '', /must not read identity/);
  });

  it('that is shared uses shared parts alone', async () => {
    const own = part(() => 1);
    const cache = { for: '1s', scope: 'shared' } as const;
    const parts = { own, all: part(({ use }) => use('own'), { uses: { own }, cache }) };
    assert.throws(() => screen({ path: '/s', field: 's', parts }), /can't use own, which is not/);
    const { begin } = setUp({});
    const sly = part(async ({ use }) => use('own'), { cache });
    const { run } = begin(ada, {}, { own, sly });
    assert.match((await run.part('sly')).failure?.detail ?? '', /can't use own, which is not/);
  });

  it('is fetched once for all who ask at once', async () => {
    const { clock, begin, calls, kept } = setUp({ cache: { for: '30s' } }, (n, on) =>
      wait(on, 100).then(() => n),
    );
    const runs = [begin(), begin(), begin()];
    const answers = runs.map(({ run }) => run.all());
    clock.advance(100);
    assert.deepEqual(
      (await Promise.all(answers)).map(({ values }) => values.one),
      [1, 1, 1],
    );
    for (const { run } of runs) run.close();
    assert.deepEqual([calls(), kept.flying, clock.pending], [1, 0, 0]);
  });

  it('goes on for the others when the one who fetched it left', async () => {
    const { clock, begin, calls } = setUp({ cache: { for: '30s' } }, (n, on) => wait(on, 100).then(() => n));
    const [first, second, third] = [begin(), begin(), begin()];
    const left = first.run.all();
    const others = [second.run.all(), third.run.all()];
    clock.advance(50);
    first.context.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(left, { code: 'client_closed' });
    clock.advance(100);
    assert.deepEqual(
      (await Promise.all(others)).map(({ values }) => values.one),
      [2, 2],
    );
    assert.equal(calls(), 2);
  });

  it('fails for all who wait when it fails', async () => {
    const { begin, calls } = setUp({ cache: { for: '30s' } }, down);
    const runs = [begin().run.part('one'), begin().run.part('one')];
    assert.deepEqual(
      (await Promise.all(runs)).map(({ failure }) => failure?.code),
      ['upstream_connect', 'upstream_connect'],
    );
    assert.equal(calls(), 1);
  });

  it('is given stale while another is fetched behind the answer, once', async () => {
    const options = { cache: { for: '10s', staleWhileRevalidate: '20s' } } as const;
    const { clock, ask, calls, reports } = setUp(options, (n, on) =>
      n === 1 ? n : wait(on, 100).then(() => n),
    );
    await ask();
    clock.advance(15_000);
    assert.deepEqual(
      [await ask(), await ask()].map(({ value, cacheControl }) => [value, cacheControl]),
      [
        [1, 'private, no-cache'],
        [1, 'private, no-cache'],
      ],
    );
    assert.equal(calls(), 2);
    clock.advance(100);
    await turn();
    assert.deepEqual(await ask(), { value: 2, failure: undefined, cacheControl: 'private, max-age=10' });
    assert.deepEqual(
      reports.map(({ outcome }) => outcome),
      ['ok', 'cached', 'cached', 'ok', 'cached'],
    );
    assert.equal(clock.pending, 0);
  });

  it('ends what it fetches behind answers when its BFF is replaced', async () => {
    const options = { cache: { for: '10s', staleWhileRevalidate: '20s' } } as const;
    const { clock, ask, caching } = setUp(options, (n) => (n === 1 ? n : new Promise(() => {})));
    await ask();
    clock.advance(15_000);
    await ask();
    assert.equal(clock.pending, 1);
    caching.close();
    assert.equal(clock.pending, 0);
  });

  it('stands in, old, for a backend that fails, and not for one that says no', async () => {
    const options = { cache: { for: '10s', staleIfError: '1m' } } as const;
    let failure: Error = new FrontdeskError('upstream_connect');
    const { clock, ask, reports } = setUp(options, (n) => (n === 1 ? n : Promise.reject(failure)));
    await ask();
    clock.advance(15_000);
    assert.deepEqual(await ask(), { value: 1, failure: undefined, cacheControl: 'private, no-cache' });
    assert.equal(reports.at(-1)?.outcome, 'stale');
    failure = new BackendStatusError('users', 'GET /', 404);
    assert.equal((await ask()).failure, 'upstream_error');
    failure = new FrontdeskError('upstream_connect');
    clock.advance(60_000);
    assert.equal((await ask()).failure, 'upstream_connect');
  });

  it('keeps no failure, nothing partial, and nothing that was purged while it was fetched', async () => {
    const failing = setUp({ cache: { for: '30s' } }, (n) => (n === 1 ? down() : n));
    assert.deepEqual([(await failing.ask()).value, (await failing.ask()).value], [null, 2]);
    const { clock, begin, ask, kept } = setUp({ cache: { for: '30s' } }, (n, on) =>
      wait(on, 10).then(() => n),
    );
    const early = begin().run.all();
    kept.purge('["mobile"');
    clock.advance(10);
    await early;
    assert.equal(kept.size, 0);
    const late = ask();
    clock.advance(10);
    assert.equal((await late).value, 2);
  });
});

describe('a last good value', () => {
  it('stands in for as long as it may, named as missing, then the fallback does', async () => {
    const { clock, ask, begin } = setUp({ fallback: lastGood('10m', 0) }, (n) => (n === 1 ? n : down()));
    assert.equal((await ask()).value, 1);
    clock.advance(600_000);
    assert.deepEqual(await ask(), { value: 1, failure: 'upstream_connect', cacheControl: 'no-store' });
    assert.deepEqual((await begin().run.all()).incomplete, ['one']);
    clock.advance(1);
    assert.equal((await ask()).value, 0);
  });

  it("is never another caller's, nor stands in for a no", async () => {
    let failure: Error = new FrontdeskError('upstream_connect');
    const { ask } = setUp({ fallback: lastGood('10m', 0) }, (n) => (n === 1 ? n : Promise.reject(failure)));
    await ask(ada);
    assert.equal((await ask(bob)).value, 0);
    assert.equal((await ask(ada, { page: 2 })).value, 0);
    assert.equal((await ask(ada)).value, 1);
    failure = new BackendStatusError('users', 'GET /', 403);
    assert.equal((await ask(ada)).value, 0);
  });

  it('is one for all where the part says so', async () => {
    const fallback = lastGood('10m', 0, { scope: 'shared' });
    const { ask } = setUp({ fallback }, (n) => (n === 1 ? n : down()));
    await ask(ada);
    assert.equal((await ask(bob)).value, 1);
  });
});

describe('keys', () => {
  it("tell a live stream's parts from those of a screen that is called as the stream is", async () => {
    const { caching } = setUp({});
    const parts = { one: part(() => 1, { cache: { for: '1m' } }) };
    const clock = new ManualClock();
    const context = contextOn(clock, ada);
    const options = { context, clock, openClients: noClients, caching };
    const called = screen({
      path: '/live',
      field: 'live',
      parts: { one: part(() => 2, { cache: { for: '1m' } }) },
    });
    const followed = { ...screen({ path: '/s', field: 's', parts }), field: 'live', keptAs: 's' };
    assert.equal((await new ScreenRun(followed, options).part('one')).value, 1);
    assert.equal((await new ScreenRun(called, options).part('one')).value, 2);
  });

  it('tell hosts apart, for backends are told by which one was asked; a shared part is told none', async () => {
    for (const [scope, values] of [
      ['private', ['a.example', 'b.example']],
      ['shared', ['nobody', 'nobody']],
    ] as const) {
      const { caching, clock } = setUp({});
      const one = part(() => 0, { cache: { for: '1m', scope } });
      const told: unknown[] = [];
      for (const host of ['a.example', 'b.example']) {
        const parts = { one: { ...one, resolve: () => host } };
        const context = { ...contextOn(clock), host };
        const run = new ScreenRun(screen({ path: '/s', field: 's', parts }), {
          context,
          clock,
          openClients: noClients,
          caching,
        });
        told.push((await run.part('one')).value);
        run.close();
      }
      if (scope === 'private') assert.deepEqual(told, values);
      else assert.equal(told[0], told[1]);
    }
  });
});

describe('what is fetched for several', () => {
  it('is fetched again where the first was refused for its own sake: its low priority, its short deadline', async () => {
    for (const code of ['overloaded', 'deadline_exceeded'] as const) {
      const answers: PromiseWithResolvers<unknown>[] = [];
      const { begin, calls } = setUp({ cache: { for: '30s' } }, () => {
        const answer = Promise.withResolvers<unknown>();
        answers.push(answer);
        return answer.promise;
      });
      const first = begin(ada, {}, undefined, LEAST_PRIORITY);
      const [one, two] = [first.run.part('one'), begin(ada).run.part('one')];
      answers[0]?.reject(new FrontdeskError(code));
      assert.equal((await one).failure?.code, code);
      await turn();
      answers[1]?.resolve('there');
      assert.deepEqual([(await two).value, calls()], ['there', 2]);
    }
  });

  it('is not kept where it was made of what was not whole', async () => {
    const { caching, clock, kept } = setUp({});
    const openClients: OpenClients = (scope) => ({
      ...noClients(scope),
      graph: async () => {
        scope.notePartial();
        return 'half';
      },
    });
    const parts = {
      lacking: part(({ graph }) => graph(document<string>('query { lacking }'))),
      made: part(async ({ use }) => `${await use('lacking')}!`, { cache: { for: '30s' } }),
    };
    const definition = screen({ path: '/s', field: 's', parts });
    const run = new ScreenRun(definition, { context: contextOn(clock, ada), clock, openClients, caching });
    const { value, freshness } = await run.part('made');
    assert.deepEqual([value, freshness, kept.size], ['half!', undefined, 0]);
    run.close();
  });

  it('stays for who is content with what is old, where a fetch behind an answer failed', async () => {
    const { ask, clock } = setUp(
      { cache: { for: '10s', staleWhileRevalidate: '10m', staleIfError: '1m' } },
      (n) => (n === 1 ? 'first' : down()),
    );
    assert.equal((await ask(ada)).value, 'first');
    clock.advance(200_000);
    assert.equal((await ask(ada)).value, 'first');
    await turn();
    clock.advance(1_000);
    assert.equal((await ask(ada)).value, 'first');
  });
});
