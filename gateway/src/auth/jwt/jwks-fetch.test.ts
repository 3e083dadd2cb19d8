import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { UpstreamRequest } from '../../core/upstream-call.ts';
import { fetchJwksFrom } from './jwks-fetch.ts';

function setUp(status: number, body: Body, headers: Record<string, string> = {}) {
  const requests: UpstreamRequest[] = [];
  const clock = new ManualClock();
  const source = {
    callUpstream: async (request: UpstreamRequest) => {
      requests.push(request);
      const settled = Promise.resolve({ kind: 'complete', bytes: 0 } as const);
      return { status, headers: HeaderFields.of(headers), body, settled };
    },
    context: () => contextOn(clock),
  };
  const fetchJwks = fetchJwksFrom(source, { upstream: 'auth.jwks', path: '/jwks?x=1' });
  return { fetchJwks, requests };
}

test('the key set comes by its upstream, with a timeout of two seconds', async () => {
  const { fetchJwks, requests } = setUp(200, new WholeBody('{"keys":[]}'));
  assert.deepEqual(await fetchJwks(), { keys: [] });
  const [request] = requests;
  assert.deepEqual(
    [request?.upstream, request?.method, request?.path, request?.timeoutMs, request?.label],
    ['auth.jwks', 'GET', '/jwks?x=1', 2000, 'jwks'],
  );
});

test('a redirect is refused and its body is let go', async () => {
  let discarded = 0;
  const body: Body = {
    length: undefined,
    replayable: false,
    start: () => assert.fail('started'),
    discard: () => {
      discarded += 1;
    },
  };
  for (const status of [301, 302, 307, 308, 404, 500, 204]) {
    const { fetchJwks, requests } = setUp(status, body, { location: 'http://169.254.169.254/' });
    await assert.rejects(fetchJwks());
    assert.equal(requests.length, 1);
  }
  const { fetchJwks } = setUp(200, body, { 'content-encoding': 'br' });
  await assert.rejects(fetchJwks());
  assert.equal(discarded, 8);
});

test('F95: no JSON, or more than 256 KiB, is no key set', async () => {
  await assert.rejects(setUp(200, new WholeBody('<html>')).fetchJwks());
  await assert.rejects(setUp(200, new WholeBody(`"${'x'.repeat(262_144)}"`)).fetchJwks());
});
