import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DataObject, getOwn, markMissing, mergeInto, setOwn, type WrittenKey } from './data.ts';
import { Failure, publicEntry } from './failure.ts';

const leaf = (key: string): WrittenKey => ({ key, signature: key, below: [] });
const object = (key: string, ...below: string[]): WrittenKey => ({
  key,
  signature: key,
  below: below.map(leaf),
});
const failure = Failure.of(publicEntry('upstream_error', undefined));
const never = (): boolean => false;

function merged(target: DataObject, source: DataObject, keys: readonly WrittenKey[]): DataObject {
  mergeInto(target, source, keys, (name) => name === 'Book');
  return target;
}

test('objects that both sides have are merged, lists of one length item by item', () => {
  assert.deepEqual(merged({ a: { x: 1 } }, { a: { y: 2 } }, [object('a', 'y')]), { a: { x: 1, y: 2 } });
  const lists = merged({ l: [{ x: 1 }, null, [{ x: 2 }]] }, { l: [{ y: 3 }, { y: 4 }, [{ y: 5 }]] }, [
    object('l', 'y'),
  ]);
  assert.deepEqual(lists, { l: [{ x: 1, y: 3 }, null, [{ x: 2, y: 5 }]] });
});

test('lists of different lengths are not joined', () => {
  assert.deepEqual(merged({ l: [{ x: 1 }] }, { l: [{ y: 3 }, { y: 4 }] }, [object('l', 'y')]), {
    l: [{ x: 1 }],
  });
});

test('only the keys that were asked for are merged', () => {
  assert.deepEqual(merged({}, { a: 1, b: 2 }, [leaf('a')]), { a: 1 });
});

test('null gives way to a value, a value never to null, a failure only to a scalar', () => {
  assert.deepEqual(merged({ a: null }, { a: 1 }, [leaf('a')]), { a: 1 });
  assert.deepEqual(merged({ a: 1 }, { a: null }, [leaf('a')]), { a: 1 });
  assert.deepEqual(merged({ a: failure }, { a: 1 }, [leaf('a')]), { a: 1 });
  assert.deepEqual(merged({ a: failure }, { a: { x: 1 } }, [object('a', 'x')]), { a: failure });
  assert.deepEqual(merged({ a: { x: 1 } }, { a: failure }, [object('a', 'y')]), { a: { x: 1, y: failure } });
});

test('the type of an object, once known, is not taken back by its interface', () => {
  assert.deepEqual(merged({ __typename: 'Book' }, { __typename: 'Media' }, [leaf('__typename')]), {
    __typename: 'Book',
  });
  assert.deepEqual(merged({ __typename: 'Media' }, { __typename: 'Book' }, [leaf('__typename')]), {
    __typename: 'Book',
  });
});

test('__proto__ and constructor are keys like others', () => {
  const source: DataObject = JSON.parse('{"__proto__":{"x":1},"constructor":2}');
  const target = merged({}, source, [object('__proto__', 'x'), leaf('constructor')]);
  assert.deepEqual(Object.keys(target), ['__proto__', 'constructor']);
  assert.deepEqual(getOwn(target, '__proto__'), { x: 1 });
  assert.equal(Object.getPrototypeOf(target), Object.prototype);
  assert.equal(getOwn({}, 'constructor'), undefined);
  setOwn(target, '__proto__', 5);
  assert.equal(getOwn(target, '__proto__'), 5);
});

test('what a fetch did not bring fails where there is no value yet', () => {
  const target: DataObject = { a: { x: 1 }, l: [{}, null], n: null };
  markMissing(target, [object('a', 'x', 'y'), object('l', 'z'), leaf('n'), leaf('new')], failure);
  assert.deepEqual(target, { a: { x: 1, y: failure }, l: [{ z: failure }, null], n: null, new: failure });
  mergeInto(target, {}, [leaf('a')], never);
});
