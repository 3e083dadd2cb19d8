import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costOf } from './cost.ts';
import { LANGUAGE } from './language.ts';

const cost = (source: string): number => costOf(LANGUAGE.parse(source).ast);

test('a comparison costs next to nothing, a loop as much as what it goes through', () => {
  assert.ok(cost('request.method == "GET"') < 20);
  const one = cost('identity.claims.groups.exists(g, g == "x")');
  assert.ok(one > 1000 && one < 20_000, String(one));
  assert.ok(cost('[1, 2].exists(g, g == 1)') < 20);
});

test('loops in loops multiply, values that double add up, and long texts count', () => {
  const one = cost('identity.roles.exists(a, a == "x")');
  assert.ok(cost('identity.roles.exists(a, identity.roles.exists(b, a == b))') > one * 400);
  const doubling = cost(
    'cel.bind(a, request.path, cel.bind(b, a + a, cel.bind(c, b + b, (c + c).size() > 1)))',
  );
  assert.ok(doubling > 4 * cost('cel.bind(a, request.path, a.size() > 1)'));
  assert.ok(cost('request.path.contains(request.path)') > 1_000_000);
  assert.ok(cost('request.path.contains("/admin/")') < 2000);
  assert.ok(cost('request.path.split("/").exists(s, s == "a")') > 16_000);
  assert.ok(
    cost('identity.roles.map(r, r + r).join().contains("x")') > cost('identity.roles.join().contains("x")'),
  );
});

test('of two branches the dearer one counts', () => {
  const loop = 'identity.roles.exists(a, a == "x")';
  assert.ok(cost(`identity.anonymous ? true : ${loop}`) >= cost(loop));
  assert.equal(cost(`identity.anonymous ? ${loop} : true`), cost(`identity.anonymous ? true : ${loop}`));
});
