import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANGUAGE } from './language.ts';
import { childrenOf, everyNode, textOf } from './syntax.ts';

test('every node of an expression is come by', () => {
  const { ast } = LANGUAGE.parse(
    '!identity.anonymous ? has(request.headers.a) && -[1, 2][0] < 3 : {"a": request.path}["a"].size() in [1]',
  );
  const operators = [...everyNode(ast)].map(({ op }) => op);
  for (const op of [
    '?:',
    '!_',
    '.',
    'id',
    'call',
    '&&',
    '-_',
    'list',
    '[]',
    '<',
    'map',
    'rcall',
    'in',
    'value',
  ]) {
    assert.ok(
      operators.some((one) => one === op),
      op,
    );
  }
  assert.equal(childrenOf(ast).length, 3);
});

test('a part stands alone as text', () => {
  const { ast } = LANGUAGE.parse('(identity.tenant == "a" || false) && true');
  const [left] = childrenOf(ast);
  assert.equal(left && textOf(left), 'identity.tenant == "a" || false');
});
