import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { readAccessRules } from './authorization-rules.ts';

const AUTHENTICATED = 'https://specs.apollo.dev/authenticated/v0.1';
const SCOPES = 'https://specs.apollo.dev/requiresScopes/v0.1';

/** What a field asks for, as text. */
function asks(sdl: string, type: string, field: string): string[] {
  const rules = readAccessRules(parse(sdl));
  return rules
    .field(type, field)
    .map((number) => {
      const requirement = rules.requirements.get(number);
      return requirement?.kind === 'authenticated'
        ? 'authenticated'
        : `${requirement?.kind} ${requirement?.alternatives.map((all) => all.join('+')).join('|')}`;
    })
    .sort();
}

const link = (url: string, more = ''): string => `schema @link(url: "${url}"${more}) { query: Query }\n`;

test('a directive is known by its own name, a new one, or behind a namespace', () => {
  for (const [head, directive] of [
    [link(AUTHENTICATED), '@authenticated'],
    [link(AUTHENTICATED, ', for: SECURITY'), '@authenticated'],
    [link(AUTHENTICATED, ', as: "login"'), '@login'],
    [link(AUTHENTICATED, ', import: [{ name: "@authenticated", as: "@auth" }]'), '@auth'],
    [
      link('https://specs.apollo.dev/federation/v2.9', ', import: [{ name: "@authenticated", as: "@auth" }]'),
      '@auth',
    ],
    [link('https://specs.apollo.dev/federation/v2.9', ', import: ["@key"]'), '@federation__authenticated'],
    [link('https://specs.apollo.dev/federation/v2.9', ', as: "fed"'), '@fed__authenticated'],
    ['', '@authenticated'],
  ] as const) {
    assert.deepEqual(
      asks(`${head} type Query { a: Int ${directive} }`, 'Query', 'a'),
      ['authenticated'],
      head + directive,
    );
  }
  const foreign = link('https://example.com/mine/v1.0', ', import: ["@policy"]');
  assert.deepEqual(asks(`${foreign} type Query { a: Int @policy(policies: [["x"]]) }`, 'Query', 'a'), []);
});

test('lists are an OR of ANDs in one order; a single value counts as a list', () => {
  const sdl = `${link(SCOPES)} type Query {
    a: Int @requiresScopes(scopes: [["b", "a", "b"], ["c"]])
    b: Int @requiresScopes(scopes: [["c"], ["a", "b"]])
    c: Int @requiresScopes(scopes: "c")
    none: Int @requiresScopes(scopes: [])
  }`;
  assert.deepEqual(asks(sdl, 'Query', 'a'), ['scopes a+b|c']);
  assert.deepEqual(asks(sdl, 'Query', 'b'), ['scopes a+b|c']);
  assert.deepEqual(asks(sdl, 'Query', 'c'), ['scopes c']);
  assert.deepEqual(asks(sdl, 'Query', 'none'), ['scopes ']);
  const { requirements } = readAccessRules(parse(sdl));
  assert.equal(requirements.size, 3);
});

test('a field counts its own, its type and its value’s type', () => {
  const sdl = `type Query { a: [A!]! s: S @policy(policies: [["p"]]) }
    type A @authenticated { x: Int @requiresScopes(scopes: [["x"]]) e: E }
    enum E @requiresScopes(scopes: [["e"]]) { V } scalar S @authenticated`;
  assert.deepEqual(asks(sdl, 'Query', 'a'), ['authenticated']);
  assert.deepEqual(asks(sdl, 'Query', 's'), ['authenticated', 'policies p']);
  assert.deepEqual(asks(sdl, 'A', 'x'), ['authenticated', 'scopes x']);
  assert.deepEqual(asks(sdl, 'A', 'e'), ['authenticated', 'scopes e']);
});

test('what composition gathers on an interface is no rule for each of its types', () => {
  const sdl = `type Query { i: I }
    interface I @authenticated { x: Int @requiresScopes(scopes: [["a", "b"]]) }
    type A implements I @authenticated { x: Int @requiresScopes(scopes: [["a"]]) }
    type B implements I { x: Int @requiresScopes(scopes: [["b"], ["a", "b"]]) }
    type C implements I { x: Int }`;
  assert.deepEqual(asks(sdl, 'A', 'x'), ['authenticated', 'scopes a']);
  assert.deepEqual(asks(sdl, 'B', 'x'), ['scopes a+b|b']);
  assert.deepEqual(asks(sdl, 'C', 'x'), []);
  assert.deepEqual(asks(sdl, 'Query', 'i'), []);
});

test('what an interface says on its own holds for all of its types (older compositions)', () => {
  const sdl = `type Query { i: I a: A }
    interface I @authenticated { x: Int @requiresScopes(scopes: [["a"]]) y: Int }
    type A implements I { x: Int y: Int } type B implements I { x: Int @requiresScopes(scopes: [["b"]]) y: Int }`;
  assert.deepEqual(asks(sdl, 'A', 'x'), ['authenticated', 'scopes a']);
  assert.deepEqual(asks(sdl, 'B', 'x'), ['authenticated', 'scopes a', 'scopes b']);
  assert.deepEqual(asks(sdl, 'A', 'y'), ['authenticated']);
  assert.deepEqual(asks(sdl, 'Query', 'i'), ['authenticated']);
  assert.deepEqual(asks(sdl, 'Query', 'a'), ['authenticated']);
});

test('I135 a field counts what it requires, through objects, interfaces, circles and contexts', () => {
  const sdl = `directive @context(name: String!) on OBJECT
    type Query { a: A }
    interface I { z: Int } type Z implements I { z: Int @requiresScopes(scopes: [["z"]]) }
    type A @context(name: "s__c") {
      id: ID! secret: Int @authenticated o: O i: I
      one: Int @join__field(graph: S, requires: "secret")
      two: Int @join__field(graph: S, requires: "o { in { deep } }") @join__field(graph: T)
      three: Int @join__field(graph: S, requires: "i { z ... on Z { z } }")
      four: Int @join__field(graph: S, requires: "five") @requiresScopes(scopes: [["four"]])
      five: Int @join__field(graph: S, requires: "four six") six: Int @requiresScopes(scopes: [["six"]])
      seven: Int @join__field(graph: S, requires: "id")
    }
    type O { in: O deep: Int @requiresScopes(scopes: [["deep"]])
      fromAbove: Int @join__field(graph: S, contextArguments: [{ context: "s__c", name: "x", type: "Int", selection: " { secret }" }]) }`;
  assert.deepEqual(asks(sdl, 'A', 'one'), ['authenticated']);
  assert.deepEqual(asks(sdl, 'A', 'two'), ['scopes deep']);
  assert.deepEqual(asks(sdl, 'A', 'three'), ['scopes z']);
  assert.deepEqual(asks(sdl, 'A', 'four'), ['scopes four', 'scopes six']);
  assert.deepEqual(asks(sdl, 'A', 'five'), ['scopes four', 'scopes six']);
  assert.deepEqual(asks(sdl, 'A', 'seven'), []);
  assert.deepEqual(asks(sdl, 'O', 'fromAbove'), ['authenticated']);
});

test('a supergraph without such directives costs nothing', () => {
  const rules = readAccessRules(parse('type Query { constructor: Int toString: Int }'));
  assert.equal(rules.guarded, false);
  assert.deepEqual(rules.field('Query', 'constructor'), []);
});
