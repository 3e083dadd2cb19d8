import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  compareTests,
  compileValueTest,
  oneOf,
  regexFault,
  type ValueMatch,
  valueMatchConfig,
} from './value-test.ts';

describe('value test', () => {
  it('passes a text, a pattern, what is there, what is not', () => {
    const passing = (match: ValueMatch) =>
      [undefined, '', 'a', 'ab'].filter((value) => compileValueTest(match).passes(value));
    assert.deepEqual(passing('a'), ['a']);
    assert.deepEqual(passing({ pattern: 'a.*' }), ['a', 'ab']);
    assert.deepEqual(passing({ present: true }), ['', 'a', 'ab']);
    assert.deepEqual(passing({ present: false }), [undefined]);
  });

  it('says what it is, and knows its texts', () => {
    assert.equal(compileValueTest('a').says, 'is "a"');
    assert.equal(compileValueTest({ pattern: 'a+' }).says, 'matches a+');
    assert.equal(oneOf(['a', 'b', 'a']).says, 'is "a" or "b"');
    assert.deepEqual(compileValueTest({ pattern: 'a\\.b' }).texts, new Set(['a.b']));
    assert.equal(compileValueTest({ pattern: '.*' }).key, compileValueTest({ present: true }).key);
  });

  it('is configured in four forms, and says what is wrong', () => {
    for (const match of ['', 'a', { present: false }, { pattern: 'a+' }]) {
      assert.ok(valueMatchConfig.safeParse(match).success);
    }
    for (const match of [1, null, {}, { pattern: '(' }, { present: 1 }, { present: true, pattern: 'a' }]) {
      assert.ok(!valueMatchConfig.safeParse(match).success, JSON.stringify(match));
    }
    assert.match(regexFault('(?=a)') ?? '', /lookaround/);
    assert.equal(regexFault('a'), undefined);
  });
});

describe('property: comparing tests', () => {
  const match = fc.constantFrom<ValueMatch>(
    'a',
    'b',
    'aa',
    { present: true },
    { present: false },
    { pattern: 'a+' },
    { pattern: 'a' },
    { pattern: 'a|b' },
    { pattern: '[ab]' },
    { pattern: 'b?' },
  );
  const test = fc.oneof(
    match.map(compileValueTest),
    fc.constant(oneOf(['a', 'b'])),
    fc.constant(oneOf(['b', 'c'])),
  );
  const values = [undefined, '', 'a', 'b', 'c', 'aa', 'aaa'];

  it('is never wrong about what is possible, and exact but for lists', () => {
    fc.assert(
      fc.property(test, test, (a, b) => {
        const { both, onlyFirst, onlySecond } = compareTests(a, b);
        const some = (holds: (value: string | undefined) => boolean): boolean => values.some(holds);
        const seen = {
          both: some((value) => a.passes(value) && b.passes(value)),
          onlyFirst: some((value) => a.passes(value) && !b.passes(value)),
          onlySecond: some((value) => !a.passes(value) && b.passes(value)),
        };
        const isList = (a.texts?.size ?? 0) > 1 || (b.texts?.size ?? 0) > 1;
        if (!isList) assert.deepEqual({ both, onlyFirst, onlySecond }, seen, `${a.says}, ${b.says}`);
        assert.equal(both, seen.both);
        assert.ok((onlyFirst || !seen.onlyFirst) && (onlySecond || !seen.onlySecond), `${a.says}, ${b.says}`);
      }),
      { numRuns: 500 },
    );
  });
});
