import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { routeConfig } from './route.ts';
import { kindFault } from './union-kinds.ts';

const KINDS = 'expected exactly one of upstream, exchange, transcode, aggregate, fixed, redirect, graph, bff';

function fault(...keys: readonly string[]): string | undefined {
  const to = routeConfig.shape.to;
  assert.ok(to instanceof z.ZodUnion);
  return kindFault(to, keys);
}

test('a route goes to one thing: two, none, and what nobody knows are told with all that there are', () => {
  assert.equal(fault('upstream', 'rewrite', 'fixed'), `${KINDS}, not upstream and fixed`);
  assert.equal(fault(), `${KINDS}; there is none`);
  assert.equal(fault('zebra'), `${KINDS}, not zebra`);
});

test('one kind, and what may be meant as one, is left to the fault of that kind', () => {
  assert.equal(fault('fixed', 'rewrite'), undefined);
  assert.equal(fault('upstrem'), undefined);
  assert.equal(fault('rewrite'), undefined);
});

test('unions without a key for each kind have no such fault', () => {
  const step = z.union([z.strictObject({ type: z.literal('a') }), z.strictObject({ type: z.literal('b') })]);
  assert.equal(kindFault(step, []), undefined);
  const short = z.union([z.boolean(), z.strictObject({ max: z.int() })]);
  assert.equal(kindFault(short, []), undefined);
  const optional = z.union([z.strictObject({ a: z.int() }), z.strictObject({ b: z.int().default(1) })]);
  assert.equal(kindFault(optional, []), undefined);
});
