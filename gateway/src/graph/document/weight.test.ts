import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeOperations } from '../testing/operations.fixture.ts';
import { documentWeight } from './weight.ts';

const text = (i: number): string => `query Q${i}($a: Boolean!) { me { id name @include(if: $a) } }`;

test('a longer text weighs more, and each combination of conditions adds to it', () => {
  assert.ok(documentWeight(1000, 0) > documentWeight(10, 0));
  const one = documentWeight(100, 1) - documentWeight(100, 0);
  assert.equal(documentWeight(100, 3), documentWeight(100, 0) + 3 * one);
});

test('a thousand distinct operations are kept within the bounds, in number and in weight', async () => {
  const byNumber = await makeOperations({ cache: 50 }, []);
  const cacheBytes = 10 * documentWeight(text(100).length, 1);
  const byWeight = await makeOperations({ cacheBytes: `${cacheBytes}B` }, []);
  for (const { operations } of [byNumber, byWeight]) {
    for (let i = 0; i < 1000; i += 1) {
      const prepared = operations.prepare(text(i), undefined, false);
      assert.ok('compiled' in prepared);
      await operations.compile(prepared, { a: true }, undefined);
    }
  }
  assert.equal([...byNumber.operations.documents()].length, 50);
  const kept = [...byWeight.operations.documents()];
  assert.ok(kept.length === 10 || kept.length === 9, String(kept.length));
  // A second combination takes the place of another document.
  const last = kept.at(-1) ?? assert.fail();
  await byWeight.operations.compile(last, { a: false }, undefined);
  assert.ok([...byWeight.operations.documents()].length < kept.length);
});

test('one combination after another of one document stays within its own bound', async () => {
  const { operations } = await makeOperations({}, []);
  const names = Array.from({ length: 6 }, (_, i) => `v${i}`);
  const definitions = names.map((name) => `$${name}: Boolean!`).join(' ');
  const fields = names.map((name) => `id @include(if: $${name})`).join(' ');
  const prepared = operations.prepare(`query(${definitions}) { me { ${fields} name } }`, undefined, false);
  assert.ok('compiled' in prepared);
  for (let bits = 0; bits < 64; bits += 1) {
    const variables = Object.fromEntries(names.map((name, i) => [name, (bits & (1 << i)) !== 0]));
    operations.cost(prepared, variables);
    await operations.compile(prepared, variables, undefined);
  }
  assert.equal(prepared.compiled.size, 32);
  assert.equal(prepared.costs.size, 32);
});
