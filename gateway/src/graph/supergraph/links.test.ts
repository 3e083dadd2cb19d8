import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { directiveNames } from './links.ts';

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
