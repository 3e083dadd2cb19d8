import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeaderFields } from './headers.ts';

const name = fc.constantFrom('a', 'b', 'x-c', '__proto__', 'constructor');
const pairs = fc.array(fc.tuple(name, fc.string({ maxLength: 5 })), { maxLength: 12 });
const fieldsOf = (list: readonly (readonly [string, string])[]) => new HeaderFields(list.flat());

test('reads agree with a plain list of pairs', () => {
  fc.assert(
    fc.property(pairs, name, (list, wanted) => {
      const fields = fieldsOf(list);
      const values = list.filter(([key]) => key === wanted).map(([, value]) => value);
      assert.deepEqual(fields.getAll(wanted), values);
      assert.equal(fields.get(wanted), values[0]);
      assert.equal(fields.has(wanted), values.length > 0);
      assert.equal(fields.count(wanted), values.length);
      assert.equal(fields.size, list.length);
      assert.deepEqual([...fields], list);
    }),
  );
});

test('set leaves one value in the place of the first, delete leaves none, neither touches another name', () => {
  fc.assert(
    fc.property(pairs, name, fc.string(), (list, wanted, value) => {
      const others = list.filter(([key]) => key !== wanted);
      const set = fieldsOf(list);
      set.set(wanted, value);
      assert.deepEqual(set.getAll(wanted), [value]);
      assert.deepEqual(
        [...set].filter(([key]) => key !== wanted),
        others,
      );
      const firstPlace = list.findIndex(([key]) => key === wanted);
      assert.equal(
        [...set].findIndex(([key]) => key === wanted),
        firstPlace < 0 ? others.length : firstPlace,
      );
      const deleted = fieldsOf(list);
      deleted.delete(wanted);
      assert.deepEqual([...deleted], others);
      const filtered = fieldsOf(list);
      filtered.filter((key) => key !== wanted);
      assert.deepEqual([...filtered], others);
    }),
  );
});

test('names are lowered on the way in, order and duplicates are kept', () => {
  const fields = HeaderFields.fromRaw(['Host', 'h', 'SET-Cookie', 'a=1', 'set-cookie', 'b=2']);
  assert.deepEqual(fields.flat, ['host', 'h', 'set-cookie', 'a=1', 'set-cookie', 'b=2']);
  assert.deepEqual(HeaderFields.of({ ETag: '"1"' }).flat, ['etag', '"1"']);
});

test('a clone shares nothing with its original', () => {
  const fields = HeaderFields.of({ a: '1' });
  const clone = fields.clone();
  clone.set('a', '2');
  clone.append('b', '3');
  assert.deepEqual(fields.flat, ['a', '1']);
});
