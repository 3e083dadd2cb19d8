import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coded } from '../../core/testing/errors.ts';
import { compileQueryRewrite, queryParamOf, queryRewriteConfig } from './query-rewrite.ts';

const rewritten = (config: object, query: string, params: Record<string, string> = {}): string =>
  compileQueryRewrite(queryRewriteConfig.parse(config))(query, params);

test('parameters are taken away by their names, however those are written', () => {
  assert.equal(rewritten({ remove: ['a', 'b c'] }, 'x=1&%61=2&a&b+c=3&y=%zz&b%20c=4'), 'x=1&y=%zz');
  assert.equal(rewritten({ remove: ['a'] }, 'a=1'), '');
});

test('parameters are set in place of what came', () => {
  assert.equal(rewritten({ set: { a: '1 & 2' } }, 'x=1&a=9&a=8'), 'x=1&a=1%20%26%202');
  assert.equal(rewritten({ set: { a: '1' } }, ''), 'a=1');
});

test('a parameter of the match can break out of nothing', () => {
  const params = { id: 'a&b=c%3Fd', '*': 'x/y' };
  assert.equal(
    rewritten({ set: { id: ':id', rest: '*', no: ':none' } }, '', params),
    'id=a%26b%3Dc%3Fd&rest=x%2Fy',
  );
  assert.deepEqual([queryParamOf(':id'), queryParamOf('*'), queryParamOf('a:id')], ['id', '*', undefined]);
});

test("a piece of an encoded character, as a group of an expression may hold, is the client's mistake", () => {
  for (const n of ['%', '%C3', '%2']) {
    assert.throws(() => rewritten({ set: { n: ':n' } }, '', { n }), coded('bad_request'), n);
  }
});
