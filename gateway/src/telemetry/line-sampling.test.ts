import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Exchange } from '../core/exchange.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { accessLogConfig } from './access-log-config.ts';
import { lineSampler } from './line-sampling.ts';
import { isTaken } from './traces/sampling.ts';

const complete = { kind: 'complete' as const, bytes: 0 };

function exchangeOf(template: string | undefined, traceId = '0'.repeat(32)): Exchange {
  const { exchange } = makeExchange({});
  exchange.trace = { ...exchange.trace, traceId };
  const chain = () => Promise.reject(new Error('not called'));
  exchange.route = template === undefined ? undefined : { template, kind: 'proxy', params: {}, chain };
  return exchange;
}

test('without a rule there is no sampler', () => {
  assert.equal(lineSampler(accessLogConfig.parse({})), undefined);
});

test('errors and slow ones are written, of what went well a share', () => {
  const sampler = lineSampler(
    accessLogConfig.parse({
      sample: { ok: 0, refused: 0, slow: '1s' },
      routes: { '/live': 'off', '/a': { ok: 1 } },
    }),
  );
  assert.ok(sampler);
  const plain = exchangeOf(undefined);
  assert.equal(sampler(plain, 200, complete, 5), 0);
  assert.equal(sampler(plain, 404, complete, 5), 0);
  assert.equal(sampler(plain, 503, complete, 5), 1);
  assert.equal(sampler(plain, 200, { kind: 'failed', bytes: 0, error: new Error('x') }, 5), 1);
  assert.equal(sampler(plain, 200, complete, 1_001), 1);
  assert.equal(sampler(exchangeOf('/a'), 200, complete, 5), 1);
  assert.equal(sampler(exchangeOf('/live'), 503, complete, 5_000), 0);
});

test('the share is kept, and a trace is taken here as it is for traces', () => {
  const sampler = lineSampler(accessLogConfig.parse({ sample: { ok: 0.25 } }));
  const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 });
  const ids = fc.sample(hex, 4_000);
  let taken = 0;
  for (const id of ids) {
    const share = sampler?.(exchangeOf('/a', id), 200, complete, 1);
    assert.equal(share, isTaken(id, 0.25) ? 0.25 : 0);
    if (share) taken += 1;
  }
  assert.ok(taken > 0 && taken < ids.length);
});
