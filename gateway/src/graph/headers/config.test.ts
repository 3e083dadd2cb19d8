import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphHeadersConfig } from './config.ts';

test('nothing passes by default; names are lower case', () => {
  assert.deepEqual(graphHeadersConfig.parse(undefined), {
    forward: [],
    request: [],
    subgraphs: {},
    response: [],
  });
  assert.deepEqual(graphHeadersConfig.parse({ forward: ['X-A'] }).forward, ['x-a']);
});

test('a rule does one thing, and only what makes sense can be taken of several replies', () => {
  const good = [
    { request: [{ forward: 'a', as: 'b', default: 'c' }, { insert: 'd', value: '' }, { remove: 'e' }] },
    {
      response: [
        { name: 'x', take: 'last', from: ['a'] },
        { name: 'cache-control', take: 'strictest' },
      ],
    },
  ];
  for (const one of good) assert.ok(graphHeadersConfig.safeParse(one).success, JSON.stringify(one));
  const wrong = [
    { request: [{ insert: 'd' }] },
    { request: [{ remove: 'd', default: 'x' }] },
    { response: [{ name: 'x', take: 'strictest' }] },
    { response: [{ name: 'cache-control', take: 'first' }] },
    { response: [{ name: 'x', from: [] }] },
  ];
  for (const one of wrong)
    assert.equal(graphHeadersConfig.safeParse(one).success, false, JSON.stringify(one));
});
