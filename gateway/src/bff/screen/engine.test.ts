import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ERRORS, FrontdeskError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { type PartReport, ScreenRun } from './engine.ts';
import type { OpenClients } from './part-run.ts';
import { identityWith, never, noClients, part, wait } from './screen.fixture.ts';
import { type Screen, screen } from './screen.ts';

function setUp(definition: Screen, identity?: Identity) {
  const clock = new ManualClock();
  const context = contextOn(clock, identity);
  const reports: PartReport[] = [];
  const report = (one: PartReport) => reports.push(one);
  const run = new ScreenRun(definition, { context, clock, openClients: noClients, report });
  return { clock, context, run, reports };
}

describe('a screen', () => {
  it('starts all independent parts in one turn and answers in their order', async () => {
    const started: string[] = [];
    const named = (name: string, delayMs: number) =>
      part(async () => {
        started.push(name);
        await wait(clock, delayMs);
        return name.toUpperCase();
      });
    const definition = screen({
      path: '/s',
      field: 's',
      parts: { a: named('a', 30), b: named('b', 10), c: named('c', 20) },
    });
    const { clock, run } = setUp(definition);
    const answer = run.all();
    assert.deepEqual(started, ['a', 'b', 'c']);
    clock.advance(30);
    assert.deepEqual(await answer, { values: { a: 'A', b: 'B', c: 'C' }, incomplete: [] });
  });

  it('gives `use` the value before shape, and calls the used part once', async () => {
    let calls = 0;
    const user = part(
      () => {
        calls += 1;
        return { name: 'Ada', tier: 'gold' };
      },
      { shape: ({ name }) => ({ name }) },
    );
    const tier = part(async ({ use }) => (await use('user')).tier, { uses: { user } });
    const again = part(async ({ use }) => (await use('user')).name, { uses: { user } });
    const { run } = setUp(screen({ path: '/s', field: 's', parts: { tier, again, user } }));
    const { values } = await run.all();
    assert.deepEqual(values, { tier: 'gold', again: 'Ada', user: { name: 'Ada' } });
    assert.equal(calls, 1);
  });

  it('never starts a part that nobody asked for', async () => {
    let calls = 0;
    const lonely = part(() => {
      calls += 1;
    });
    const { run } = setUp(screen({ path: '/s', field: 's', parts: { lonely, other: part(() => 1) } }));
    assert.equal((await run.part('other')).value, 1);
    assert.equal(calls, 0);
  });

  it('puts null or the fallback for an optional part that failed, and names it', async () => {
    const failing = () => Promise.reject(new FrontdeskError('upstream_connect'));
    const definition = screen({
      path: '/s',
      field: 's',
      parts: {
        none: part(failing),
        list: part<string[]>(failing, { fallback: [] }),
        thrown: part(() => {
          throw new TypeError('a bug');
        }),
        misshapen: part(() => 1, {
          shape: () => {
            throw new TypeError('not what it was');
          },
        }),
        good: part(() => 'good'),
      },
    });
    const { run, reports } = setUp(definition);
    assert.deepEqual(await run.all(), {
      values: { none: null, list: [], thrown: null, misshapen: null, good: 'good' },
      incomplete: ['none', 'list', 'thrown', 'misshapen'],
    });
    assert.equal(reports.find((one) => one.part === 'thrown')?.failure?.code, 'internal');
    assert.equal(reports.length, 5);
  });

  it('fails at once with a required part, stops the others, and says when to come back', async () => {
    const stopped: string[] = [];
    const failure = new FrontdeskError('circuit_open', { retryAfterS: 7 });
    const definition = screen({
      path: '/s',
      field: 's',
      parts: { slow: part(never), must: part(() => Promise.reject(failure), { required: true }) },
    });
    const clock = new ManualClock();
    const context = contextOn(clock);
    const openClients: OpenClients = (scope) => {
      scope.context.cancellation.onCancel(() => stopped.push(scope.name));
      return noClients(scope);
    };
    const run = new ScreenRun(definition, { context, clock, openClients });
    await assert.rejects(run.all(), (error) => {
      assert.ok(error instanceof FrontdeskError);
      assert.equal(error.code, 'part_failed');
      assert.equal(error.retryAfterS, 7);
      assert.deepEqual(error.members, { part: 'must' });
      return true;
    });
    assert.ok(stopped.includes('slow'));
    run.close();
    assert.equal(clock.pending, 0);
  });

  it("passes a required part's refusal of the caller on as it is", async () => {
    const refusing = (code: 'insufficient_scope' | 'upstream_limited') =>
      screen({
        path: '/s',
        field: 's',
        parts: { must: part(() => Promise.reject(new FrontdeskError(code)), { required: true }) },
      });
    await assert.rejects(setUp(refusing('insufficient_scope')).run.all(), { code: 'insufficient_scope' });
    await assert.rejects(setUp(refusing('upstream_limited')).run.all(), { code: 'upstream_limited' });
  });

  it('asks for the scopes of the screen, then of each part', async () => {
    const parts = { open: part(() => 1), paid: part(() => 2, { scopes: ['paid'] }) };
    const definition = screen({ path: '/s', field: 's', scopes: ['see'], parts });
    assert.throws(() => setUp(definition), { code: 'unauthenticated' });
    assert.throws(() => setUp(definition, identityWith('other')), { code: 'insufficient_scope' });
    const { run } = setUp(definition, identityWith('see'));
    assert.deepEqual(await run.all(), { values: { open: 1, paid: null }, incomplete: ['paid'] });
    assert.equal((await run.part('paid')).failure?.code, 'insufficient_scope');
    const full = setUp(definition, identityWith('see', 'paid')).run;
    assert.deepEqual((await full.all()).incomplete, []);
  });

  it('has no identity for parts where nobody proved one', async () => {
    const whoami = part(({ identity }) => identity.subject);
    const definition = screen({ path: '/s', field: 's', parts: { whoami } });
    assert.equal((await setUp(definition).run.part('whoami')).failure?.code, 'unauthenticated');
    assert.equal((await setUp(definition, identityWith()).run.part('whoami')).value, 'u1');
  });

  it("does not hold the wait for another part against a part's timeout", async () => {
    const user = part(async () => {
      await wait(clock, 200);
      return 'gold';
    });
    const tier = part(
      async ({ use }) => {
        const value = await use('user');
        await wait(clock, 200);
        return value;
      },
      { uses: { user }, timeout: '300ms' },
    );
    const { clock, run } = setUp(screen({ path: '/s', field: 's', parts: { user, tier } }));
    const outcome = run.part('tier');
    clock.advance(200);
    await turn();
    clock.advance(200);
    assert.equal((await outcome).value, 'gold');
  });

  it('times out a part by its own timeout', async () => {
    const slow = part(never, { timeout: '300ms' });
    const { clock, run } = setUp(screen({ path: '/s', field: 's', parts: { slow } }));
    const outcome = run.part('slow');
    clock.advance(300);
    assert.equal((await outcome).failure?.code, 'upstream_timeout');
  });

  it("answers before the exchange's own deadline where that is nearer", async () => {
    const clock = new ManualClock();
    const context = contextOn(clock);
    context.deadline.within(100);
    const definition = screen({ path: '/s', field: 's', parts: { slow: part(never), quick: part(() => 1) } });
    const run = new ScreenRun(definition, { context, clock, openClients: noClients });
    const answer = run.all();
    await turn();
    clock.advance(99);
    assert.deepEqual((await answer).values, { slow: null, quick: 1 });
    assert.equal(context.cancellation.cancelled, false);
  });

  it('ends with the exchange', async () => {
    const { context, run } = setUp(screen({ path: '/s', field: 's', parts: { slow: part(never) } }));
    const answer = run.all();
    context.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(answer, { code: 'client_closed' });
  });

  it('refuses a use that would close a circle of waiting parts', async () => {
    const a = part(async ({ use }) => use('b'));
    const b = part(async ({ use }) => use('a'));
    const self = part(async ({ use }) => use('self'));
    const { run } = setUp(screen({ path: '/s', field: 's', parts: { a, b, self } }));
    const { incomplete } = await run.all();
    assert.deepEqual(incomplete, ['a', 'b', 'self']);
    assert.match((await run.part('b')).failure?.detail ?? '', /neither could ever start/);
  });

  it('refuses to use what was not declared, or is not there', async () => {
    const user = part(() => 1);
    const other = part(() => 2);
    const sly = part(async (context) => Reflect.apply(context.use, context, ['other']), { uses: { user } });
    const lost = part(async ({ use }) => use('nowhere'));
    const { run } = setUp(screen({ path: '/s', field: 's', parts: { user, other, sly, lost } }));
    assert.match((await run.part('sly')).failure?.detail ?? '', /without saying so/);
    assert.match((await run.part('lost')).failure?.detail ?? '', /there is no part nowhere/);
  });

  it('lets a required part that is only used fail for its user alone', async () => {
    const user = part(() => Promise.reject<string>(new FrontdeskError('upstream_connect')), {
      required: true,
    });
    const tier = part(async ({ use }) => use('user'), { uses: { user } });
    const { run } = setUp(screen({ path: '/s', field: 's', parts: { user, tier } }));
    assert.equal((await run.part('tier')).failure?.code, 'upstream_connect');
  });
});

it('every error a screen may end with is one that clients know', () => {
  assert.equal(ERRORS.part_failed.status, 503);
  assert.equal(ERRORS.part_failed.retryable, true);
});
