import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { postForm } from './token-request.ts';

const request = { upstream: 'u', path: '/t', form: { a: 'b c' }, timeoutMs: 10, label: 'session' };

function ask(body: Body, status = 200, headers: Record<string, string> = {}) {
  const source = {
    context: () => contextOn(new ManualClock()),
    callUpstream: async () => {
      const settled = Promise.resolve({ kind: 'complete', bytes: 0 } as const);
      return { status, headers: HeaderFields.of(headers), body, settled };
    },
  };
  return postForm(source, request);
}

test('refusals are read like answers, and what is no object says nothing', async () => {
  const refusal = await ask(new WholeBody('{"error":"x"}'), 400);
  assert.deepEqual(refusal, { status: 400, members: { error: 'x' } });
  for (const text of ['', 'no', '[]', '7', 'null'])
    assert.deepEqual((await ask(new WholeBody(text))).members, {});
});

test('what is encoded or too large is not read', async () => {
  await assert.rejects(
    ask(new WholeBody('{}'), 200, { 'content-encoding': 'gzip' }),
    coded('upstream_invalid'),
  );
  await assert.rejects(ask(new WholeBody(`"${'x'.repeat(70_000)}"`)), coded('upstream_invalid'));
});
