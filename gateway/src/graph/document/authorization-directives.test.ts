import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kind, parse } from 'graphql';
import { directiveKinds, requirementsOf } from './authorization-directives.ts';
import { RequirementTable } from './authorization-requirements.ts';

const kindsOf = (schema: string) => directiveKinds(parse(`${schema} { query: Query } type Query { a: Int }`));

test('names come from links: imported, renamed, behind a namespace, of either specification', () => {
  const renamed = kindsOf(
    'schema @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", import: [{ name: "@requiresScopes", as: "@rs" }])',
  );
  assert.equal(renamed.get('rs'), 'scopes');
  assert.equal(renamed.get('requiresScopes'), 'scopes');
  const named = kindsOf('schema @link(url: "https://specs.apollo.dev/policy/v0.1/", as: "rule")');
  assert.equal(named.get('rule'), 'policies');
  const federation = kindsOf(
    'schema @link(url: "https://specs.apollo.dev/federation/v2.6", as: "f", import: ["@policy"])',
  );
  assert.deepEqual(
    [federation.get('policy'), federation.get('f__authenticated')],
    ['policies', 'authenticated'],
  );
  const none = kindsOf('schema');
  assert.deepEqual([...none.keys()].sort(), ['authenticated', 'policy', 'requiresScopes']);
});

test('another specification’s directive of the same name is none of ours', () => {
  const kinds = kindsOf(
    'schema @link(url: "https://example.com/audit/v1.0", import: [{ name: "@log", as: "@authenticated" }, "Type"])',
  );
  assert.equal(kinds.has('authenticated'), false);
  assert.equal(kinds.get('policy'), 'policies');
});

test('equal directives ask for the same, by one number', () => {
  const table = new RequirementTable();
  const document = parse(`scalar S @requiresScopes(scopes: [["b", "a"]]) @authenticated @other
    scalar T @authenticated @requiresScopes(scopes: [["a", "b", "a"]]) scalar U`);
  const numbers = document.definitions.map((definition) =>
    definition.kind === Kind.SCALAR_TYPE_DEFINITION
      ? requirementsOf(definition.directives, directiveKinds(document), table)
      : [],
  );
  assert.deepEqual(numbers, [[0, 1], [1, 0], []]);
  assert.equal(table.size, 2);
});
