import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { causesOf, causeText } from './explain.ts';
import { compileExpression } from './expression.ts';
import { hiddenFields, PolicyScope } from './input.ts';

const identity = makeIdentity({ tenant: 'acme', roles: ['clerk'], claims: { level: 2 } });
const scope = new PolicyScope(makeExchange({ method: 'GET', identity }).exchange, hiddenFields([]), 0);
const causes = (source: string) => causesOf(compileExpression(source), scope);

test('of a conjunction the part that is false decided, of a disjunction all of them', () => {
  const source = 'request.method == "GET" && (identity.tenant == "evil" || identity.claims.level >= 3)';
  assert.equal(
    causeText(causes(source)),
    'identity.tenant == "evil" is false; identity.claims.level >= 3 is false',
  );
  assert.deepEqual(
    causes(source).map(({ values }) => values),
    [['identity.tenant = "acme"'], ['identity.claims.level = 2']],
  );
});

test('of what holds, what it holds by', () => {
  assert.equal(
    causeText(causes('identity.tenant == "evil" || "clerk" in identity.roles')),
    '"clerk" in identity.roles is true',
  );
  assert.equal(causes('request.method == "GET" && !identity.anonymous').length, 2);
});

test('what fails is told with its reason and no values', () => {
  assert.equal(
    causeText(causes('identity.claims.nothing == 1 && request.method == "GET"')),
    'identity.claims.nothing == 1 fails: No such key: nothing',
  );
  assert.equal(
    causeText(causes('identity.claims.level')),
    'identity.claims.level fails: it is neither true nor false',
  );
});

test('loops are one part, and long values are cut', () => {
  const [loop] = causes('identity.roles.exists(r, r == "chief")');
  assert.deepEqual(
    [loop?.source, loop?.values],
    ['identity.roles.exists(r, r == "chief")', ['identity.roles = ["clerk"]']],
  );
  const long = new PolicyScope(makeExchange({ target: `/${'x'.repeat(200)}` }).exchange, hiddenFields([]), 0);
  const [cut] = causesOf(compileExpression('request.path == "/"'), long);
  assert.match(cut?.values[0] ?? '', /^request\.path = "\/x{78}…$/);
});
