import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { limitConfig, limitConfigWith, limitSpec, orUnlimited } from './limit-config.ts';

const spec = (config: object) => limitSpec('x', limitConfig.parse(config));

test('each algorithm as people write it', () => {
  assert.deepEqual(spec({ capacity: 5, refill: '5/s' }).algorithm, 'token-bucket');
  assert.deepEqual(spec({ algorithm: 'sliding-window', limit: 100, window: '1m' }), {
    algorithm: 'sliding-window',
    name: 'x',
    capacity: 100,
    refillPerMs: 100 / 60_000,
    windowMs: 60_000,
  });
  assert.deepEqual(spec({ algorithm: 'leaky-bucket', rate: '10/s', queue: 20 }), {
    algorithm: 'leaky-bucket',
    name: 'x',
    capacity: 21,
    refillPerMs: 0.01,
  });
  const month = spec({ algorithm: 'fixed-window', limit: 9, window: 'month' });
  assert.ok(month.algorithm === 'fixed-window' && month.period === 'month');
  assert.equal(spec({ algorithm: 'sliding-log', limit: 9, window: '1s' }).capacity, 9);
});

test('J143: limits that are NaN, zero, negative or without end are refused, in every algorithm', () => {
  for (const bad of [Number.NaN, 0, -1, 1.5, Number.POSITIVE_INFINITY, '5']) {
    for (const config of [
      { capacity: bad, refill: '1/s' },
      { algorithm: 'sliding-window', limit: bad, window: '1m' },
      { algorithm: 'sliding-log', limit: bad, window: '1m' },
      { algorithm: 'fixed-window', limit: bad, window: 'day' },
      { algorithm: 'leaky-bucket', rate: '1/s', queue: bad === 0 ? -1 : bad },
    ]) {
      assert.equal(limitConfig.safeParse(config).success, false, JSON.stringify(config));
    }
  }
});

test('what is wrong is said with its place, also where unlimited is a choice', () => {
  const limit = orUnlimited(limitConfigWith({ per: z.enum(['consumer']) }), '{ capacity: 1, refill: 1/s }');
  const told = (config: unknown) => {
    const [issue] = limit.safeParse(config).error?.issues ?? [];
    return issue && [...issue.path, issue.message].join(' ');
  };
  assert.match(told('none') ?? '', /expected unlimited, or a limit such as/);
  assert.match(told({ algorithm: 'gcra' }) ?? '', /expected the algorithm token-bucket, sliding-window/);
  assert.match(told({ algorithm: 'sliding-window', limit: 5, per: 'consumer' }) ?? '', /window.*duration/);
  assert.match(told({ capacity: 5, refill: '1/s', per: 'ip' }) ?? '', /per/);
  assert.equal(told('unlimited'), undefined);
});
