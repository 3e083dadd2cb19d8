import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { compileExpression, ExpressionError, failureText, MAX_COST } from './expression.ts';
import { hiddenFields, type PolicyInput, PolicyScope } from './input.ts';

const hidden = hiddenFields(['x-api-key']);
const WALL = Date.parse('2026-03-01T10:00:00Z');

function asked(source: string, input: PolicyInput = makeExchange().exchange): boolean | string {
  const expression = compileExpression(source);
  try {
    return expression.evaluate(new PolicyScope(input, hidden, WALL));
  } catch (error) {
    return failureText(error);
  }
}

test('it sees the identity, the request, the client and the time', () => {
  const identity = makeIdentity({
    subject: 'ada',
    tenant: 'acme',
    scopes: new Set(['orders:read']),
    roles: ['clerk'],
    claims: { level: 3, groups: ['a', 'b'], address: { country: 'NZ' }, 'https://x/y': true },
  });
  const { exchange } = makeExchange({
    method: 'POST',
    target: '/o?q=a+b&q=c',
    headers: { 'X-Region': 'eu' },
    identity,
  });
  exchange.route = {
    template: '/o',
    kind: 'proxy',
    params: { id: 'a%20b' },
    chain: () => Promise.reject(new Error('unused')),
  };
  for (const source of [
    'identity.subject == "ada" && identity.tenant == "acme" && !identity.anonymous && identity.scheme == "jwt"',
    '"orders:read" in identity.scopes && identity.roles.exists(r, r == "clerk")',
    'identity.claims.level >= 3 && identity.claims.level == 3 && identity.claims.level < 3.5',
    'identity.claims.groups.all(g, g in ["a", "b"]) && identity.claims.address.country == "NZ"',
    'identity.claims["https://x/y"]',
    'request.method == "POST" && request.path == "/o" && request.host == "api.example"',
    'request.query.q == "a b,c" && request.params.id == "a b" && request.headers["x-region"] == "eu"',
    'client.address == "192.0.2.7" && client.address.inCidr("192.0.2.0/24")',
    'now > timestamp("2026-01-01T00:00:00Z") && now.getHours("Europe/Berlin") == 11',
    '!has(identity.consumer) && !has(identity.claims.nothing) && !has(request.headers.nothing)',
  ]) {
    assert.equal(asked(source, exchange), true, source);
  }
});

test('what is not there is an error and never an answer, and somebody unknown has nothing', () => {
  assert.equal(
    asked('identity.tenant == ""', makeExchange({ identity: makeIdentity() }).exchange),
    'No such key: tenant',
  );
  assert.equal(asked('identity.subject != "ada"'), 'No such key: subject');
  assert.equal(asked('!(request.headers.banned == "1")'), 'No such key: banned');
  assert.equal(asked('identity.anonymous && identity.scopes.size() == 0 && identity.roles == []'), true);
  assert.equal(asked('identity.claims.constructor == 1'), 'No such key: constructor');
  assert.equal(asked('identity.claims.__proto__ == 1'), 'No such key: __proto__');
  const text = makeExchange({ identity: makeIdentity({ claims: { admin: 'yes' } }) }).exchange;
  assert.equal(asked('identity.claims.admin', text), 'gives a string, which is neither true nor false');
});

test('credentials are never visible', () => {
  const { exchange } = makeExchange({
    headers: { authorization: 'Bearer x', cookie: 'a=b', 'x-api-key': 'k', other: '1' },
  });
  assert.equal(asked('request.headers.all(name, name == "other")', exchange), true);
});

test('what is wrong is said when the configuration is loaded', () => {
  for (const [source, message] of [
    ['identity.tenat == "a"', /No such key: tenat, at "tenat/],
    ['identiy.tenant == "a"', /Unknown variable: identiy/],
    ['request.path + 1 == ""', /no such overload: string \+ int/],
    ['request.path', /gives a string: expected an expression that is true or false/],
    ['request.path ==', /Unexpected token: EOF, at "the end"/],
    ['eval("1") == 1', /found no matching overload for 'eval/],
    ['client.address.inCidr("10.0.0.1/8")', /"10.0.0.1\/8" is no range of addresses/],
    ['client.address.inCidr(request.path)', /ranges that are not written out/],
    ['request.path.matches(request.host)', /a pattern that is not written out/],
    ['request.path.matches("(a")', /the pattern \(a: /],
    ['request.path.matches("^a|b$")', /expected the alternatives in a group/],
    ['request.path.matches_linear("a")', /matches_linear/],
    [`"a" == "${'x'.repeat(4000)}"`, /is longer than 4000 characters/],
    [`${'('.repeat(40)}true${')'.repeat(40)}`, /./],
    [`request.path in [${Array.from({ length: 201 }, () => '"a"').join()}]`, /./],
  ] as const) {
    assert.throws(
      () => compileExpression(source),
      (error) => error instanceof ExpressionError && message.test(error.message),
      source.slice(0, 60),
    );
  }
});

test('what could cost too much is refused before it runs', () => {
  for (const source of [
    'request.headers.a.contains(request.headers.b)',
    'request.path.split("").exists(a, request.path.split("").exists(b, a == b))',
    'identity.roles.exists(r, identity.claims.groups.exists(g, g == r))',
    'identity.roles.exists(a, identity.roles.exists(b, identity.roles.exists(c, a == c)))',
    `${'cel.bind(a, request.path + request.path, '.repeat(1)}${Array.from({ length: 20 }, (_, i) => {
      const from = i === 0 ? 'a' : `b${i - 1}`;
      return `cel.bind(b${i}, ${from} + ${from}, `;
    }).join('')}true${')'.repeat(21)}`,
  ]) {
    assert.throws(
      () => compileExpression(source),
      /steps: expected at most|loops more than 2 deep|epth/,
      source,
    );
  }
  assert.ok(compileExpression('identity.roles.exists(r, r in identity.claims.groups)').cost < MAX_COST);
});

test('a pattern that would take a backtracking engine for ever is linear', () => {
  const { exchange } = makeExchange({ headers: { a: `${'a'.repeat(10_000)}!` } });
  assert.equal(asked('request.headers.a.matches("^(a+)+$")', exchange), false);
  assert.equal(asked('request.headers.a.matches("a!")', exchange), true);
  assert.equal(asked('request.headers.a.matches("^a!")', exchange), false);
  assert.equal(asked('request.headers.a.matches("(?i)A!$")', exchange), true);
});

test('claims that are too many are an error', () => {
  const of = (claims: Record<string, unknown>): PolicyInput =>
    makeExchange({ identity: makeIdentity({ claims }) }).exchange;
  const source = 'identity.claims.a.size() > 0';
  assert.equal(asked(source, of({ a: Array.from({ length: 900 }, (_, i) => i) })), true);
  for (const a of [
    Array.from({ length: 1100 }, (_, i) => i),
    Array.from({ length: 40 }, () => Array(40).fill(1)),
    'x'.repeat(40_000),
  ]) {
    assert.equal(asked(source, of({ a })), 'the claims are too many for a policy');
  }
});
