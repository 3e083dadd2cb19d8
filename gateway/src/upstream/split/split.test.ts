import assert from 'node:assert/strict';
import type http from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { backend, context, deadUrl, HandBody, identity, request, rig, text } from '../testing/harness.ts';
import { SplitRegistry } from './registry.ts';

const plain = { retry: { max: 0 }, breaker: { enabled: false } };

/** A backend that says who it is, and what it saw. */
async function named(t: TestContext, name: string, status = 200) {
  const seen: http.IncomingHttpHeaders[] = [];
  const bodies: string[] = [];
  const url = await backend(t, (req, res) => {
    seen.push(req.headers);
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      res.writeHead(status).end(name);
    });
  });
  return { url, seen, bodies };
}

async function two(t: TestContext, split: object, canaryStatus = 200) {
  const v1 = await named(t, 'v1');
  const v2 = await named(t, 'v2', canaryStatus);
  const { call } = rig(t, {
    users: { split: { sides: { stable: { upstream: 'v1' }, canary: { upstream: 'v2' } }, ...split } },
    v1: { url: v1.url, ...plain },
    v2: { url: v2.url, ...plain },
  });
  return { v1, v2, call };
}

function sides(weight: number): object {
  return { stable: { upstream: 'v1' }, canary: { upstream: 'v2', weight } };
}

function asking(headers: Record<string, string>): ReturnType<typeof request> {
  return request({ headers: HeaderFields.of(headers) });
}

describe('a side is chosen', () => {
  test('always the same for one caller, another for others, and told by its own name', async (t) => {
    const { call } = await two(t, { sides: sides(50), by: 'header:x-session' });
    const answers = new Set<string>();
    for (let i = 0; i < 20; i += 1) {
      const once = await text(await call(asking({ 'x-session': `s${i}` })));
      assert.equal(await text(await call(asking({ 'x-session': `s${i}` }))), once);
      answers.add(once);
    }
    assert.deepEqual([...answers].sort(), ['v1', 'v2']);
    const own = context();
    const reply = await call(request({ context: own, label: '/users' }));
    const [span] = own.timeline.spans;
    assert.equal(span?.upstream, await text(reply));
    assert.equal(span?.label, '/users');
  });

  test('by the first key that a call has', async (t) => {
    const { call } = await two(t, { sides: sides(50), by: ['consumer', 'address'] });
    const of = async (consumer: string): Promise<string> => {
      const caller = context({ identity: identity({ consumer }) });
      return text(await call(request({ context: caller })));
    };
    const answers = new Set<string>();
    for (let i = 0; i < 20; i += 1) answers.add(await of(`c${i}`));
    assert.equal(answers.size, 2, 'all of them have one address');
    const unknown = new Set<string>();
    for (let i = 0; i < 10; i += 1) unknown.add(await text(await call(request())));
    assert.equal(unknown.size, 1);
  });

  test('all or nothing is a switch', async (t) => {
    const none = await two(t, { sides: sides(0) });
    const all = await two(t, { sides: sides(100) });
    for (let i = 0; i < 10; i += 1) {
      assert.equal(await text(await none.call(request())), 'v1');
      assert.equal(await text(await all.call(request())), 'v2');
    }
  });

  test('a browser is given a cookie by which it comes back to its side', async (t) => {
    const { call } = await two(t, { sides: sides(50), cookie: { name: 'side', maxAge: '1h' } });
    for (let i = 0; i < 10; i += 1) {
      const reply = await call(request());
      const [, value = ''] =
        /^side=([\w-]{16}); Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure$/.exec(
          reply.headers.get('set-cookie') ?? '',
        ) ?? [];
      assert.notEqual(value, '');
      const first = await text(reply);
      const again = await call(asking({ cookie: `a=b; side=${value}` }));
      assert.equal(again.headers.has('set-cookie'), false);
      assert.equal(await text(again), first);
    }
  });
});

test('a reply that shared caches may keep has no cookie', async (t) => {
  const url = await backend(t, (_req, res) => res.setHeader('cache-control', 'public, max-age=60').end());
  const split = {
    sides: { a: { upstream: 'v1' }, b: { upstream: 'v1', weight: 5 } },
    cookie: { name: 'side' },
  };
  const reply = await rig(t, { users: { split }, v1: { url } }).call(request());
  await text(reply);
  assert.equal(reply.headers.has('set-cookie'), false);
});

describe('a side is forced', () => {
  test('by its name, to a side without a share; the backend does not see the field', async (t) => {
    const { call, v2 } = await two(t, { sides: sides(0), force: { header: 'X-Canary' } });
    assert.equal(await text(await call(asking({ 'x-canary': 'canary' }))), 'v2');
    assert.equal(v2.seen[0]?.['x-canary'], undefined);
    assert.equal(await text(await call(asking({ 'x-canary': 'stable' }))), 'v1');
    assert.equal(await text(await call(asking({ 'x-canary': 'unheard-of' }))), 'v1');
    assert.equal(await text(await call(asking({ 'x-canary': '__proto__' }))), 'v1');
  });

  test('by a value that means it, by a cookie, and the backend may see it', async (t) => {
    const force = { header: 'x-beta', cookie: 'beta', values: { '1': 'canary' }, pass: true };
    const { call, v2 } = await two(t, { sides: sides(0), force });
    assert.equal(await text(await call(asking({ 'x-beta': '1' }))), 'v2');
    assert.equal(v2.seen[0]?.['x-beta'], '1');
    assert.equal(await text(await call(asking({ cookie: 'beta=1' }))), 'v2');
    assert.equal(await text(await call(asking({ 'x-beta': 'canary' }))), 'v1');
    assert.equal(await text(await call(asking({ 'x-beta': 'constructor' }))), 'v1');
  });

  test('only by who may', async (t) => {
    const { call } = await two(t, { sides: sides(0), force: { header: 'x-canary', scopes: ['users:read'] } });
    const headers = HeaderFields.of({ 'x-canary': 'canary' });
    assert.equal(await text(await call(request({ headers }))), 'v1');
    const may = context({ identity: identity() });
    assert.equal(await text(await call(request({ headers, context: may }))), 'v2');
    const other = context({ identity: identity({ scopes: new Set(['else']) }) });
    assert.equal(await text(await call(request({ headers, context: other }))), 'v1');
  });
});

describe('scopes', () => {
  test('of the split and of the side hold both', async (t) => {
    const v1 = await named(t, 'v1');
    const { call } = rig(t, {
      users: { scopes: ['users:read'], split: { sides: { a: { upstream: 'v1' }, b: { upstream: 'v2' } } } },
      v1: { url: v1.url, scopes: ['v1:read'] },
      v2: { url: v1.url },
    });
    const asked = (...scopes: string[]) =>
      call(request({ context: context({ identity: identity({ scopes: new Set(scopes) }) }) }));
    await assert.rejects(asked('v1:read'), coded('insufficient_scope'));
    await assert.rejects(asked('users:read'), coded('insufficient_scope'));
    assert.equal(await text(await asked('users:read', 'v1:read')), 'v1');
    assert.equal(v1.seen.length, 1);
  });
});

describe('fallback', () => {
  const split = { sides: sides(100), fallback: true };

  test('an idempotent call that fails on the canary is answered by the stable side, body and fields included', async (t) => {
    const { call, v1, v2 } = await two(t, split, 503);
    const asked = request({
      method: 'PUT',
      headers: HeaderFields.of({ 'x-own': 'kept', authorization: 'Bearer no' }),
      body: new WholeBody('{"a":1}'),
    });
    const reply = await call(asked);
    assert.equal(reply.status, 200);
    assert.equal(await text(reply), 'v1');
    assert.deepEqual([v1.bodies, v2.bodies], [['{"a":1}'], ['{"a":1}']]);
    assert.equal(v1.seen[0]?.['x-own'], 'kept');
    assert.equal(v1.seen[0]?.authorization, undefined);
    assert.equal(v1.seen[0]?.via, '1.1 frontdesk');
  });

  test('a canary that cannot be reached is no failure for who may ask twice, whatever the body', async (t) => {
    const v1 = await named(t, 'v1');
    const { call } = rig(t, {
      users: { split },
      v1: { url: v1.url, ...plain },
      v2: { url: await deadUrl(), ...plain },
    });
    assert.equal(await text(await call(request())), 'v1');
    const once = new HandBody(3);
    const reply = call(request({ method: 'PUT', body: once }));
    once.started.then((sink) => {
      sink.write(Buffer.from('abc'));
      sink.end();
    });
    assert.equal(await text(await reply), 'v1');
    assert.deepEqual(v1.bodies, ['', 'abc']);
    await assert.rejects(
      call(request({ method: 'POST', body: new WholeBody('x') })),
      coded('upstream_connect'),
    );
  });

  test('a body that a retry has read is sent on from where it is kept', async (t) => {
    const v1 = await named(t, 'v1');
    const v2 = await named(t, 'v2', 503);
    const { call } = rig(t, {
      users: { split, mirror: { upstream: 'shadow', methods: ['PUT'] } },
      v1: { url: v1.url, ...plain },
      v2: { url: v2.url, retry: { max: 1, backoff: '1ms' } },
      shadow: { url: v1.url },
    });
    const once = new HandBody(3);
    const reply = call(request({ method: 'PUT', body: once }));
    const sink = await once.started;
    sink.write(Buffer.from('abc'));
    sink.end();
    assert.equal(await text(await reply), 'v1');
    assert.deepEqual(v2.bodies, ['abc', 'abc']);
    assert.equal(v1.bodies[0], 'abc');
  });

  test('a POST, who was forced, and what the client caused stay where they are', async (t) => {
    const { call, v1 } = await two(t, { ...split, force: { header: 'x-canary' } }, 500);
    assert.equal((await call(request({ method: 'POST', body: new WholeBody('x') }))).status, 500);
    assert.equal((await call(asking({ 'x-canary': 'canary' }))).status, 500);
    const with404 = await two(t, split, 404);
    assert.equal((await with404.call(request())).status, 404);
    assert.equal(v1.seen.length + with404.v1.seen.length, 0);
    const keyed = HeaderFields.of({ 'idempotency-key': '1' });
    assert.equal(
      (await call(request({ method: 'POST', headers: keyed, body: new WholeBody('x') }))).status,
      200,
    );
  });
});

test('outcomes are counted by side; the failing canary is rolled back and its callers go on', async (t) => {
  const clock = new ManualClock();
  const meter = createMetrics({ maxSeries: 1000 });
  const splits = new SplitRegistry({ clock, meter, logger: noLogger });
  const v1 = await named(t, 'v1');
  const v2 = await named(t, 'v2', 500);
  const upstreams = rig(
    t,
    {
      users: { split: { sides: sides(50), rollback: { minimumCalls: 20 }, force: { header: 'x-canary' } } },
      v1: { url: v1.url, ...plain },
      v2: { url: v2.url, ...plain },
    },
    { splits },
  );
  const ask = async (headers = {}): Promise<number> => {
    const reply = await upstreams.call(asking(headers));
    await text(reply);
    await reply.settled;
    return reply.status;
  };
  for (let i = 0; i < 30; i += 1) await ask({ 'x-canary': 'canary' });
  assert.equal(upstreams.viewSplits()[0]?.sides[1]?.calls, 0, 'testers are no sample');
  let asked = 0;
  while (upstreams.viewSplits()[0]?.sides[1]?.by !== 'rolled back') {
    await ask();
    asked += 1;
    assert.ok(asked < 200);
  }
  for (let i = 0; i < 20; i += 1) assert.equal(await ask(), 200);
  const shown = await meter.text();
  assert.match(
    shown,
    /frontdesk_split_calls_total\{split="users",side="canary",chosen="forced",outcome="failed"\} 30/,
  );
  assert.match(
    shown,
    /frontdesk_split_calls_total\{split="users",side="stable",chosen="random",outcome="ok"\} \d+/,
  );
  assert.match(shown, /frontdesk_split_share\{split="users",side="canary"\} 0\n/);
  assert.match(shown, /frontdesk_split_rolled_back\{split="users",side="canary"\} 1\n/);
  assert.match(
    shown,
    /frontdesk_split_rollbacks_total\{split="users",side="canary",reason="error_rate"\} 1\n/,
  );
});

test('a canary whose breaker is open is still found out', async (t) => {
  const v1 = await named(t, 'v1');
  const upstreams = rig(t, {
    users: { split: { sides: sides(50), rollback: { minimumCalls: 40 } } },
    v1: { url: v1.url, ...plain },
    v2: { url: await deadUrl(), retry: { max: 0 } },
  });
  let asked = 0;
  while (upstreams.split('users')?.view().sides[1]?.by !== 'rolled back') {
    asked += 1;
    assert.ok(asked < 400);
    const reply = await upstreams.call(request()).catch(() => undefined);
    if (reply) await text(reply);
  }
  assert.equal(upstreams.view().find(({ upstream }) => upstream === 'v2')?.breaker, 'open');
});
