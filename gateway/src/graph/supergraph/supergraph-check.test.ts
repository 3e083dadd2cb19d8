import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { companySupergraph } from '../testing/company.fixture.ts';
import { checkSupergraph } from './supergraph-check.ts';

test('a composed supergraph passes', async () => {
  checkSupergraph(parse(await companySupergraph()));
});

test('what would abort the native planner is refused before', async () => {
  const sdl = await companySupergraph();
  const broken: [string, RegExp, string][] = [
    ['without its query type', /type Query[\s\S]*?\n}/, ''],
    ['an unknown type of a field', /: Address/, ': Nowhere'],
    ['a key that cannot be parsed', /key: "id"/, 'key: "id {"'],
    ['a key that names nothing', /key: "id"/, 'key: "nope"'],
    ['a requirement that names nothing', /requires: "[^"]*"/, 'requires: "nope { x }"'],
    ['a provision that names nothing', /provides: "[^"]*"/, 'provides: "nope"'],
    ['a key that is no set of fields', /key: "id"/, 'key: "id } { x"'],
    ['a key with a named fragment', /key: "id"/, 'key: "...F"'],
  ];
  for (const [what, pattern, replacement] of broken) {
    const changed = sdl.replace(pattern, replacement);
    assert.notEqual(changed, sdl, what);
    assert.throws(() => checkSupergraph(parse(changed)), Error, what);
  }
});
