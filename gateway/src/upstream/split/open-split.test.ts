import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upstreamConfig } from '../config.ts';
import { rig } from '../testing/harness.ts';
import { withSharingSides } from './open-split.ts';

const split = { sides: { stable: { upstream: 'v1' }, canary: { upstream: 'v2', weight: 5 } } };

test('a split is an upstream among the others, and its sides stay what they are', async (t) => {
  const upstreams = rig(t, {
    users: { split },
    v1: { url: 'http://127.0.0.1:1' },
    v2: { url: 'http://127.0.0.1:2' },
  });
  assert.equal(upstreams.has('users'), true);
  assert.deepEqual(
    upstreams.view().map(({ upstream }) => upstream),
    ['v1', 'v2'],
  );
  assert.deepEqual(
    upstreams.viewSplits().map((one) => one.split),
    ['users'],
  );
  assert.equal(upstreams.split('v1'), undefined);
  await upstreams.dispose();
  assert.deepEqual(upstreams.viewSplits(), []);
});

test('the sides of a split that serves a subgraph share identical queries, unless they say otherwise', () => {
  const parse = (configs: Record<string, object>) =>
    Object.fromEntries(Object.entries(configs).map(([name, one]) => [name, upstreamConfig.parse(one)]));
  const sides = { v1: { url: 'http://127.0.0.1:1' }, v2: { url: 'http://127.0.0.1:2', share: false } };
  const serving = withSharingSides(parse({ users: { split, subgraph: 'users' }, ...sides }));
  assert.deepEqual([serving.v1?.share, serving.v2?.share], [true, false]);
  const alone = parse({ users: { split }, ...sides });
  assert.equal(withSharingSides(alone), alone);
});
