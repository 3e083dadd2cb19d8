import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percent } from './percent.ts';

test('percentages are fractions, however they are written', () => {
  for (const [written, fraction] of [
    ['5%', 0.05],
    ['+2%', 0.02],
    ['0.5 %', 0.005],
    ['100', 1],
    [10, 0.1],
    [0, 0],
  ] as const)
    assert.equal(percent.parse(written), fraction, String(written));
});

test('what is none is refused with what was expected', () => {
  for (const wrong of ['', '-1%', '101%', '5 percent', '1e1', Number.NaN, -1, true]) {
    const parsed = percent.safeParse(wrong);
    assert.ok(!parsed.success, String(wrong));
    assert.match(parsed.error.issues[0]?.message ?? '', /expected a percentage from 0% to 100%/);
  }
});
