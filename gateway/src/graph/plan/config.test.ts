import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { plannerConfig } from './config.ts';

const config = z.strictObject(plannerConfig);

test('the defaults', () => {
  assert.deepEqual(config.parse({}), {
    planner: 'auto',
    planBudget: 250,
    apolloPlanBudget: 2000,
    overrides: {},
    defer: { enabled: true, timeout: 30_000, max: 20 },
  });
});

test('a label is a switch or a percentage; percent(x) says its own share', () => {
  const overrides = { on: true, off: false, some: 12.5 };
  assert.deepEqual(config.parse({ overrides }).overrides, overrides);
  for (const wrong of [{ x: 101 }, { x: -1 }, { x: 'yes' }, { 'percent(5)': true }]) {
    assert.equal(config.safeParse({ overrides: wrong }).success, false, JSON.stringify(wrong));
  }
  assert.equal(config.safeParse({ planner: 'other' }).success, false);
});
