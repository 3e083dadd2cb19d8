import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { UpstreamRequest } from '../../core/upstream-call.ts';
import { type DocumentRequest, fetchDocument } from './json-document.ts';

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
  const ask = (more: Partial<DocumentRequest> = {}) =>
    fetchDocument(source, {
      upstream: 'auth:x',
      path: '/x',
      what: 'document',
      label: 'x',
      timeoutMs: 500,
      maxBytes: 1000,
      headers: { accept: 'application/json' },
      ...more,
    });
  return { ask, requests };
}

test('a document is asked for by its upstream, and parsed', async () => {
  const { ask, requests } = setUp(200, new WholeBody('{"a":1}'));
  assert.deepEqual(await ask(), { a: 1 });
  await ask({ method: 'POST', body: new WholeBody('x=1'), repeatable: false });
  assert.deepEqual(
    requests.map(({ upstream, method, path, timeoutMs, idempotent }) => [
      upstream,
      method,
      path,
      timeoutMs,
      idempotent,
    ]),
    [
      ['auth:x', 'GET', '/x', 500, true],
      ['auth:x', 'POST', '/x', 500, false],
    ],
  );
});

test('redirects, errors, encodings, what is too large and what is no JSON are refused', async () => {
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
    await assert.rejects(setUp(status, body, { location: 'http://169.254.169.254/' }).ask());
  }
  await assert.rejects(setUp(200, body, { 'content-encoding': 'br' }).ask());
  assert.equal(discarded, 8);
  await assert.rejects(setUp(200, new WholeBody('<html>')).ask());
  await assert.rejects(setUp(200, new WholeBody(`"${'x'.repeat(1000)}"`)).ask());
});
