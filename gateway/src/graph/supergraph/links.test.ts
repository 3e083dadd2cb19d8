import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { directiveNames, linksOf } from './links.ts';

function names(link: string): Record<string, string[]> {
  const found = directiveNames(parse(`schema ${link} { query: Q }`), 'cost', ['cost', 'listSize']);
  return Object.fromEntries([...found].map(([name, here]) => [name, [...here].sort()]));
}

const URL = 'url: "https://specs.apollo.dev/cost/v0.1"';

test('plain, imported, renamed, and behind a namespace', () => {
  assert.deepEqual(names(`@link(${URL})`), { cost: ['cost', 'cost__cost'], listSize: ['cost__listSize'] });
  assert.deepEqual(names(`@link(${URL}, import: ["@cost", "@listSize"])`), {
    cost: ['cost'],
    listSize: ['listSize'],
  });
  assert.deepEqual(names(`@link(${URL}, import: [{ name: "@cost", as: "@price" }])`), {
    cost: ['price'],
    listSize: ['cost__listSize'],
  });
  assert.deepEqual(names(`@link(${URL}, as: "c")`), { cost: ['c', 'c__cost'], listSize: ['c__listSize'] });
  const federation = '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost"])';
  assert.deepEqual(names(federation), { cost: ['cost'], listSize: ['federation__listSize'] });
});

test('links to other things say nothing', () => {
  assert.deepEqual(names('@link(url: "https://example.com/other/v1.0", import: ["@cost"])'), {
    cost: [],
    listSize: [],
  });
  assert.deepEqual(names('@link(url: 1) @other'), { cost: [], listSize: [] });
});

test("a specification's name is read past a query, a fragment, a final slash, and without a version", () => {
  const features = (url: string) =>
    linksOf(parse(`schema @link(url: "${url}") { query: Q }`)).map((link) => [link.feature, link.namespace]);
  for (const url of [
    'https://specs.apollo.dev/cost/v0.1',
    'https://specs.apollo.dev/cost/v0.1/',
    'https://specs.apollo.dev/cost/v0.1?a=b/c',
    'https://specs.apollo.dev/cost/v0.1#d/v1.0',
    'https://specs.apollo.dev/cost/v0.1?a=b#d',
    'https://specs.apollo.dev/cost',
    'https://specs.apollo.dev/cost?a=b',
    'https://specs.apollo.dev/cost#d',
  ]) {
    assert.deepEqual(features(url), [['cost', 'cost']], url);
  }
  assert.deepEqual(features(''), [[undefined, '']]);
});

test('links stand in their order, on the schema and on its extensions', () => {
  const document = parse(`
    schema @link(url: "https://a.example/one/v1.0", as: "first") { query: Q }
    extend schema @link(url: "https://a.example/two/v1.0", import: ["@x", { name: "@y", as: "@z" }, "Type"])
  `);
  assert.deepEqual(linksOf(document), [
    { feature: 'one', namespace: 'first', imports: new Map() },
    {
      feature: 'two',
      namespace: 'two',
      imports: new Map([
        ['x', 'x'],
        ['y', 'z'],
      ]),
    },
  ]);
});
