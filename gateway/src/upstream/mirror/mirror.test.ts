import assert from 'node:assert/strict';
import type http from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noMeter } from '../../core/meter.ts';
import { hashPair, hashText, pointOf } from '../balancing/stable-hash.ts';
import { upstreamMetrics } from '../breaker/observation.ts';
import { backend, context, deadUrl, HandBody, identity, request, rig, text } from '../testing/harness.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A backend whose requests can be waited for; it answers when `answer` says so. */
async function listening(
  t: TestContext,
  answer: (res: http.ServerResponse) => void = (res) => res.end('ok'),
) {
  const seen: Seen[] = [];
  let told = (): void => {};
  const url = await backend(t, (req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const { method = '', url: path = '', headers } = req;
      seen.push({ method, url: path, headers, body: Buffer.concat(chunks).toString() });
      told();
      answer(res);
    });
  });
  const until = async (count: number): Promise<void> => {
    while (seen.length < count) await new Promise<void>((resolve) => (told = resolve));
  };
  return { url, seen, until };
}

/** Counts outcomes of copies, and can be waited for. */
function counting() {
  const outcomes: string[] = [];
  let told = (): void => {};
  const metrics = {
    ...upstreamMetrics(noMeter),
    mirrored: (_one: number, _upstream?: string, outcome = '') => {
      outcomes.push(outcome);
      told();
    },
  };
  const until = async (count: number): Promise<void> => {
    while (outcomes.length < count) await new Promise<void>((resolve) => (told = resolve));
  };
  return { metrics, outcomes, until };
}

function mirrored(url: string, shadow: string, mirror: object = {}, ofShadow: object = {}) {
  return {
    users: { url, mirror: { upstream: 'shadow', ...mirror } },
    shadow: { url: shadow, retry: { max: 0 }, ...ofShadow },
  };
}

describe('a copy', () => {
  test('is the call as its causer stated it, by the shadow’s own forwarding, and marked', async (t) => {
    const [real, shadow] = [await listening(t), await listening(t)];
    const { call } = rig(
      t,
      mirrored(
        real.url,
        shadow.url,
        {},
        { credentials: { header: { name: 'x-shadow-key', value: 's3cret' } } },
      ),
    );
    const caller = context({ identity: identity() });
    const headers = HeaderFields.of({ accept: '*/*', authorization: 'Bearer x', 'x-frontdesk-mirror': '1' });
    assert.equal(await text(await call(request({ context: caller, headers, path: '/a?b=c' }))), 'ok');
    await shadow.until(1);
    const [copy] = shadow.seen;
    assert.deepEqual([copy?.method, copy?.url], ['GET', '/a?b=c']);
    assert.equal(copy?.headers['x-frontdesk-mirror'], '1');
    assert.equal(copy?.headers['x-user-id'], 'u42');
    assert.equal(copy?.headers['x-request-id'], 'request-1');
    assert.equal(copy?.headers['x-shadow-key'], 's3cret');
    assert.equal(copy?.headers.authorization, undefined);
    assert.equal(real.seen[0]?.headers['x-frontdesk-mirror'], undefined, 'a client cannot say it');
    assert.equal(real.seen[0]?.headers['x-shadow-key'], undefined);
    assert.deepEqual(
      caller.timeline.spans.map(({ upstream }) => upstream),
      ['users'],
      'nothing of it is in the client’s record',
    );
  });

  test('has the body, also one that comes once', async (t) => {
    const [real, shadow] = [await listening(t), await listening(t)];
    const { call } = rig(t, mirrored(real.url, shadow.url, { methods: ['POST'] }));
    await text(await call(request({ method: 'POST', body: new WholeBody('whole') })));
    await shadow.until(1);
    const once = new HandBody(6);
    const reply = call(request({ method: 'POST', body: once }));
    const sink = await once.started;
    sink.write(Buffer.from('abc'));
    assert.equal(shadow.seen.length, 1, 'it goes when it is whole');
    sink.write(Buffer.from('def'));
    sink.end();
    await text(await reply);
    await shadow.until(2);
    assert.deepEqual(
      shadow.seen.map(({ body }) => body),
      ['whole', 'abcdef'],
    );
    assert.deepEqual(
      real.seen.map(({ body }) => body),
      ['whole', 'abcdef'],
    );
  });

  test('outlives its client, and ends by its own time', async (t) => {
    const { metrics, outcomes, until } = counting();
    const [real, shadow] = [await listening(t, () => {}), await listening(t, () => {})];
    const { call } = rig(t, mirrored(real.url, shadow.url, { timeout: '1s' }), { metrics });
    const caller = context();
    const reply = call(request({ context: caller }));
    await shadow.until(1);
    caller.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(reply);
    assert.deepEqual(outcomes, []);
    await until(1);
    assert.deepEqual(outcomes, ['timeout']);
  });
});

describe('what is not copied', () => {
  test('writes, unless they are asked for; queries are reads whatever their method', async (t) => {
    const [real, shadow] = [await listening(t), await listening(t)];
    const { call } = rig(t, mirrored(real.url, shadow.url));
    await text(await call(request({ method: 'POST', body: new WholeBody('write') })));
    await text(await call(request({ method: 'PUT', body: new WholeBody('write') })));
    await text(await call(request({ method: 'DELETE' })));
    await text(await call(request({ method: 'POST', idempotent: true, body: new WholeBody('query') })));
    await shadow.until(1);
    assert.deepEqual(
      shadow.seen.map(({ body }) => body),
      ['query'],
    );
  });

  test('what is too large, known before or not, and streams', async (t) => {
    const { metrics, outcomes, until } = counting();
    const [real, shadow] = [await listening(t), await listening(t)];
    const { call } = rig(t, mirrored(real.url, shadow.url, { methods: ['PUT', 'GET'], maxBody: '4B' }), {
      metrics,
    });
    await text(await call(request({ method: 'PUT', body: new WholeBody('12345') })));
    const chunked = new HandBody();
    const reply = call(request({ method: 'PUT', body: chunked, headers: new HeaderFields() }));
    const sink = await chunked.started;
    sink.write(Buffer.from('12345'));
    sink.end();
    await text(await reply);
    await until(1);
    assert.deepEqual(outcomes, ['too_large']);
    const stream = await call(request({ stream: { idleMs: 1000 } }));
    await text(stream);
    await text(await call(request()));
    await shadow.until(1);
    assert.equal(shadow.seen.length, 1);
  });

  test('more than may be under way; the call itself never waits', async (t) => {
    const { metrics, outcomes, until } = counting();
    const held: http.ServerResponse[] = [];
    const [real, shadow] = [await listening(t), await listening(t, (res) => held.push(res))];
    const { call } = rig(t, mirrored(real.url, shadow.url, { maxInFlight: 2 }), { metrics });
    for (let i = 0; i < 5; i += 1) assert.equal(await text(await call(request())), 'ok');
    await until(3);
    assert.deepEqual(outcomes, ['dropped', 'dropped', 'dropped']);
    await shadow.until(2);
    for (const res of held) res.end();
    await until(5);
    assert.deepEqual(outcomes.slice(3), ['ok', 'ok']);
    await text(await call(request()));
    await shadow.until(3);
  });

  test('beyond the share: by chance, or always the same callers', async (t) => {
    const { metrics, until } = counting();
    const [real, shadow] = [await listening(t), await listening(t)];
    let chance = 0;
    const random = (): number => chance;
    const byChance = rig(t, mirrored(real.url, shadow.url, { share: '10%' }), { metrics, random });
    chance = 0.1;
    await text(await byChance.call(request()));
    chance = 0.09;
    await text(await byChance.call(request()));
    await until(1);
    assert.equal(shadow.seen.length, 1);
    const byCaller = rig(t, mirrored(real.url, shadow.url, { share: '50%', by: 'consumer' }), { metrics });
    const consumers = Array.from({ length: 20 }, (_, i) => `c${i >> 1}`);
    for (const consumer of consumers)
      await text(await byCaller.call(request({ context: context({ identity: identity({ consumer }) }) })));
    const salt = hashText('mirror users');
    const copied = consumers.filter((consumer) => pointOf(hashPair(salt, hashText(consumer))) < 0.5);
    assert.ok(copied.length > 0 && copied.length < 20);
    await until(1 + copied.length);
    assert.deepEqual(
      shadow.seen
        .slice(1)
        .map(({ headers }) => headers['x-consumer-id'])
        .sort(),
      copied.sort(),
    );
  });
});

test('a shadow that is ill, gone or forbidden is not felt', async (t) => {
  const { metrics, outcomes, until } = counting();
  const real = await listening(t);
  const ill = await listening(t, (res) => res.writeHead(500).end());
  for (const [url, more] of [
    [ill.url, {}],
    [await deadUrl(), {}],
    [ill.url, { scopes: ['shadow:read'] }],
  ] as const) {
    const { call } = rig(t, mirrored(real.url, url, {}, more), { metrics });
    assert.equal(await text(await call(request())), 'ok');
  }
  await until(3);
  assert.deepEqual(outcomes.sort(), ['failed', 'failed', 'status']);
});
