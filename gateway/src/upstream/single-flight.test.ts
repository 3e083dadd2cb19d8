import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';
import { ManualClock } from '../core/manual-clock.ts';
import type { UpstreamReply, UpstreamRequest } from '../core/upstream-call.ts';
import type { Limiter } from '../limits/limiter.ts';
import { context, identity, type RigOptions, request, rig, text } from './testing/harness.ts';

/** A backend whose replies wait until the test lets them go. */
class Held {
  readonly seen: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  readonly #waiting: { readonly reply: () => void; readonly response: ServerResponse }[] = [];
  #arrival: (() => void) | undefined;
  answer: (response: ServerResponse, headers: IncomingMessage['headers'], body: string) => void = (
    response,
    headers,
    body,
  ) => response.end(JSON.stringify({ headers, body }));

  async start(t: TestContext): Promise<string> {
    const server = createServer((incoming, response) => {
      let body = '';
      incoming.on('data', (chunk) => (body += chunk));
      incoming.on('end', () => {
        const { headers } = incoming;
        this.seen.push({ headers, body });
        this.#waiting.push({ reply: () => this.answer(response, headers, body), response });
        this.#arrival?.();
      });
    });
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    return typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
  }

  /** Until `count` calls have arrived in all. */
  async arrived(count: number): Promise<void> {
    while (this.seen.length < count) {
      await new Promise<void>((resolve) => {
        this.#arrival = resolve;
      });
    }
  }

  /** Until the gateway has let go of the call that came as number `index`. */
  async dropped(index: number): Promise<void> {
    const response = this.#waiting[index]?.response;
    if (response && !response.destroyed) await new Promise((resolve) => response.once('close', resolve));
  }

  release(): void {
    for (const { reply } of this.#waiting.splice(0)) reply();
  }
}

type Call = (more?: Partial<UpstreamRequest>, who?: CallContext) => Promise<UpstreamReply>;

async function held(
  t: TestContext,
  config: object = {},
  options: RigOptions = {},
): Promise<{ backend: Held; call: Call }> {
  const backend = new Held();
  const url = await backend.start(t);
  const upstreams = rig(t, { users: { url, share: true, retry: { max: 0 }, ...config } }, options);
  const call: Call = (more = {}, who = context({ identity: identity() })) =>
    upstreams.call(
      request({
        context: who,
        method: 'POST',
        body: new WholeBody('{"query":"{a}"}'),
        idempotent: true,
        share: 1_000_000,
        ...more,
      }),
    );
  return { backend, call };
}

test('identical calls in flight are one call, and each gets its reply whole', async (t) => {
  const { backend, call } = await held(t);
  const calls = [call(), call(), call()];
  await backend.arrived(1);
  calls.push(call());
  backend.release();
  const replies = await Promise.all(calls);
  const texts = await Promise.all(replies.map(text));
  assert.equal(backend.seen.length, 1);
  assert.equal(new Set(texts).size, 1);
  for (const reply of replies) assert.equal(reply.status, 200);
  assert.notEqual(replies[0]?.headers, replies[1]?.headers);
  // What is over is not shared: this is no cache.
  const later = call();
  await backend.arrived(2);
  backend.release();
  await text(await later);
});

test('trace, request id and time left tell no calls apart; every other field does', async (t) => {
  const { backend, call } = await held(t, { forward: { deadline: 'x-time-left' } });
  const who = identity();
  const first = { ...context({ identity: who, deadlineMs: 10_000 }), id: 'one' };
  const second = {
    ...context({ identity: who, deadlineMs: 20_000 }),
    id: 'two',
    trace: { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), sampled: false, state: 'v=1' },
  };
  const calls = [call({}, first), call({}, second)];
  const others = [
    call({ headers: HeaderFields.of({ 'x-locale': 'de' }) }, second),
    call({ headers: HeaderFields.of({ 'x-locale': 'fr' }) }, second),
    call({ path: '/other' }, second),
    call({ body: new WholeBody('{"query":"{b}"}') }, second),
  ];
  await backend.arrived(1 + others.length);
  backend.release();
  await Promise.all([...calls, ...others]);
  assert.equal(backend.seen.length, 1 + others.length);
  for (const one of [first, second]) one.deadline.end();
});

test('K149: fields are compared one by one: no two requests read as one', async (t) => {
  const { backend, call } = await held(t);
  const pairs = [
    HeaderFields.of({ 'x-a': '1', 'x-b': '2' }),
    HeaderFields.of({ 'x-a': '13:x-b1:2' }),
    HeaderFields.of({ 'x-a': '', 'x-b': '12' }),
    HeaderFields.of({ 'x-ab': '1', x: '2' }),
  ];
  const calls = pairs.map((headers) => call({ headers }));
  await backend.arrived(pairs.length);
  backend.release();
  await Promise.all(calls);
  assert.equal(backend.seen.length, pairs.length);
});

test('K150: writes, and calls that do not say so, are never shared; a write ends joining', async (t) => {
  const { backend, call } = await held(t);
  const plain: Partial<UpstreamRequest> = { share: undefined };
  const writes = [call({ ...plain, idempotent: false }), call({ ...plain, idempotent: false })];
  const reads = [call(plain), call(plain)];
  await backend.arrived(4);
  backend.release();
  await Promise.all([...writes, ...reads]);
  const before = call();
  await backend.arrived(5);
  const write = call({ ...plain, idempotent: false, body: new WholeBody('{"query":"mutation{c}"}') });
  await backend.arrived(6);
  backend.answer = (response) => response.end('written');
  backend.release();
  await write;
  const after = call();
  await backend.arrived(7);
  backend.release();
  await Promise.all([before, after]);
});

test('K151: whoever leaves disturbs nobody; the call ends with the last', async (t) => {
  const { backend, call } = await held(t);
  const people = [1, 2, 3].map(() => context({ identity: identity() }));
  const calls = people.map((who) => call({}, who));
  await backend.arrived(1);
  const left = new FrontdeskError('client_closed');
  people[0]?.cancellation.cancel(left);
  await assert.rejects(calls[0] ?? Promise.resolve(), left);
  people[2]?.cancellation.cancel(left);
  await assert.rejects(calls[2] ?? Promise.resolve(), left);
  backend.release();
  assert.equal((await calls[1])?.status, 200);
  assert.equal(backend.seen.length, 1);

  const last = [1, 2].map(() => context({ identity: identity() }));
  const both = last.map((who) => call({}, who));
  await backend.arrived(2);
  for (const who of last) who.cancellation.cancel(left);
  for (const one of both) await assert.rejects(one, left);
  await backend.dropped(0);
  // Nobody may join what was cancelled.
  const next = call();
  await backend.arrived(3);
  backend.release();
  assert.equal((await next).status, 200);
});

test('K151: each is cut by its own deadline, the call by the longest', async (t) => {
  const clock = new ManualClock();
  const { backend, call } = await held(t, { timeout: { attempt: '1m' } }, { clock });
  const soon = context({ clock, identity: identity(), deadlineMs: 100 });
  const late = context({ clock, identity: identity(), deadlineMs: 5_000 });
  const calls = [call({}, soon), call({}, late)];
  await backend.arrived(1);
  clock.advance(100);
  await assert.rejects(calls[0] ?? Promise.resolve(), { code: 'deadline_exceeded' });
  backend.release();
  assert.equal((await calls[1])?.status, 200);
  late.deadline.end();
});

test('K151: the same exchange may ask twice', async (t) => {
  const limiter = refusing((at) => at === 2);
  const { backend, call } = await held(t, { limit: { capacity: 1, refill: '1/min' } }, { limiter });
  const who = context({ identity: identity() });
  const calls = [call({}, who), call({}, who)];
  await assert.rejects(calls[1] ?? Promise.resolve(), { code: 'upstream_limited' });
  await backend.arrived(1);
  backend.release();
  assert.equal((await calls[0])?.status, 200);
});

function refusing(refuses: (at: number) => boolean): Limiter & { taken: number } {
  const nothing = { remaining: 0, resetMs: 0, waitMs: 0 };
  const limiter = {
    taken: 0,
    take(checks: Parameters<Limiter['take']>[0]) {
      limiter.taken += 1;
      const allowed = !refuses(limiter.taken);
      return Promise.resolve(checks.map(({ spec }) => ({ spec, allowed, ...nothing, retryAfterMs: 1000 })));
    },
  };
  return limiter;
}

test('everybody who shares is charged', async (t) => {
  const limiter = refusing(() => false);
  const { backend, call } = await held(t, { limit: { capacity: 9, refill: '1/min' } }, { limiter });
  const calls = [call(), call(), call()];
  await backend.arrived(1);
  backend.release();
  await Promise.all(calls);
  assert.equal(limiter.taken, 3);
});

test('a failure is everybody’s, and what follows begins anew', async (t) => {
  const { backend, call } = await held(t);
  backend.answer = (response) => response.destroy();
  const calls = [call(), call()];
  await backend.arrived(1);
  backend.release();
  for (const one of calls) await assert.rejects(one, { code: 'upstream_reset' });
  backend.answer = (response) => response.end('well');
  const next = call();
  await backend.arrived(2);
  backend.release();
  assert.equal(await text(await next), 'well');
});

test('a reply over the bound is refused, whether or not its length was told', async (t) => {
  const { backend, call } = await held(t);
  for (const length of [true, false]) {
    backend.answer = (response) => {
      if (length) response.setHeader('content-length', 2000);
      response.write('x'.repeat(1000));
      response.end('x'.repeat(1000));
    };
    const calls = [call({ share: 1500 }), call({ share: 1500 })];
    await backend.arrived(length ? 1 : 2);
    backend.release();
    for (const one of calls) await assert.rejects(one, { code: 'upstream_too_large' });
  }
});

test('K145: a reply with a cookie is for one alone', async (t) => {
  const { backend, call } = await held(t);
  let number = 0;
  backend.answer = (response) => {
    number += 1;
    response.setHeader('set-cookie', `session=${number}`);
    response.end('hello');
  };
  const calls = [call(), call(), call()];
  await backend.arrived(1);
  backend.release();
  await backend.arrived(3);
  backend.release();
  const cookies = (await Promise.all(calls)).map(({ headers }) => headers.get('set-cookie'));
  assert.equal(new Set(cookies).size, 3);
});

const names = fc.constantFrom('a', 'b', 'a,b', 'a b', 'ü', '%61', '');
const people = fc.record({
  subject: fc.constantFrom('u1', 'u2', 'u1,u2', 'u%31'),
  consumer: fc.option(names, { nil: undefined }),
  tenant: fc.option(names, { nil: undefined }),
  scopes: fc.uniqueArray(names, { maxLength: 2 }).map((list) => new Set(list)),
  roles: fc.uniqueArray(names, { maxLength: 2 }),
});

/** What a backend is told of an identity. */
function toldOf(one: Identity | undefined): string {
  return JSON.stringify(
    one ? [one.subject, one.consumer, one.tenant, [...one.scopes], one.roles] : 'anonymous',
  );
}

test('K144 K150: of a thousand pairs of callers, nobody gets what was made for another', async (t) => {
  const { backend, call } = await held(t);
  backend.answer = (response, headers) => {
    const told = Object.entries(headers).filter(([name]) => /^x-(user|tenant|consumer)|^x-locale/.test(name));
    response.end(JSON.stringify(Object.fromEntries(told)));
  };
  const alone = async (who: Identity | undefined, locale: string): Promise<string> => {
    const reply = call({ headers: HeaderFields.of({ 'x-locale': locale }) }, contextOf(who));
    return text(await reply);
  };
  const contextOf = (who: Identity | undefined): CallContext => context(who ? { identity: who } : {});
  const locale = fc.constantFrom('de', 'fr');
  const who = fc.option(
    people.map((more) => identity(more)),
    { nil: undefined },
  );
  let shared = 0;
  await fc.assert(
    fc.asyncProperty(who, locale, who, locale, async (a, localeA, b, localeB) => {
      const before = backend.seen.length;
      const pair = Promise.all([alone(a, localeA), alone(b, localeB)]);
      const same = toldOf(a) === toldOf(b) && localeA === localeB;
      await backend.arrived(before + (same ? 1 : 2));
      backend.release();
      const [forA, forB] = await pair;
      assert.equal(backend.seen.length - before, same ? 1 : 2);
      if (same) shared += 1;
      for (const [answer, one, spoken] of [
        [forA, a, localeA],
        [forB, b, localeB],
      ] as const) {
        const told = JSON.parse(answer);
        assert.equal(told['x-locale'], spoken);
        assert.equal(told['x-user-id'], one?.subject.replace('%', '%25'));
      }
      if (!same) assert.notEqual(`${forA}${toldOf(a)}`, `${forB}${toldOf(b)}`);
    }),
    { numRuns: 1000, examples: [[identity(), 'de', identity(), 'de']] },
  );
  assert.ok(shared > 0);
});
