import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeaderFields } from '../../core/headers.ts';
import { concerns, MemoryStore } from './memory-store.ts';
import { storedOf } from './stored.fixture.ts';
import { weightOf } from './stored-reply.ts';

const NO_FIELDS = new HeaderFields();
const keyOf = (uri: string) => ({ uri, own: undefined, everybody: uri });

function storeOf(maxBytes: number, maxVariants = 4) {
  const changes: number[][] = [];
  const store = new MemoryStore({ maxBytes, maxVariants, onChange: (...change) => changes.push(change) });
  const has = (uri: string): boolean => store.find(keyOf(uri), NO_FIELDS, 'anyone').reply !== undefined;
  const put = (uri: string, body = 'body'): void => store.put(uri, uri, storedOf({}, body), ticketOf(store));
  return { store, changes, has, put };
}

function ticketOf(store: MemoryStore): number {
  return store.find(keyOf(''), NO_FIELDS, 'anyone').ticket;
}

test('what was not asked for longest goes first when the bytes are too many', () => {
  const { changes, has, put } = storeOf(3 * (weightOf(storedOf({})) + 4));
  put('a');
  put('b');
  put('c');
  assert.ok(has('a'));
  put('d');
  assert.deepEqual(['a', 'b', 'c', 'd'].map(has), [true, false, true, true]);
  assert.equal(changes.at(-1)?.[0], 1);
});

test('it never holds more than it may, and counts what it holds', () => {
  const put = fc.record({
    uri: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    size: fc.integer({ min: 0, max: 5_000 }),
  });
  fc.assert(
    fc.property(fc.array(put, { maxLength: 40 }), (puts) => {
      const { store, put: keep } = storeOf(8_000);
      for (const { uri, size } of puts) {
        keep(uri, 'x'.repeat(size));
        assert.ok(store.bytes <= 8_000);
      }
      store.purge({ kind: 'all' });
      assert.equal(store.bytes, 0);
    }),
  );
});

test('one variant takes the place of its like; past their number the oldest goes', () => {
  const { store } = storeOf(1e6, 2);
  const put = (language: string, body: string): void => {
    const reply = storedOf({ vary: 'accept-language' }, body, 200, { 'accept-language': language });
    store.put('a', 'a', reply, ticketOf(store));
  };
  const find = (language: string): string | undefined => {
    const { reply } = store.find(keyOf('a'), HeaderFields.of({ 'accept-language': language }), 'anyone');
    return reply && Buffer.from(reply.body.bytes).toString();
  };
  put('de', '1');
  put('de', '2');
  put('en', '3');
  assert.deepEqual([find('de'), find('en'), find('fr')], ['2', '3', undefined]);
  put('fr', '4');
  assert.deepEqual([find('de'), find('en'), find('fr')], [undefined, '3', '4']);
  assert.ok(store.find(keyOf('a'), NO_FIELDS, 'anyone').others);
});

test('a purge takes all of a URL, or what has a tag, and tells how many', () => {
  const { store, has } = storeOf(1e6);
  const put = (slot: string, uri: string, tags: string): void =>
    store.put(slot, uri, storedOf({ 'cache-tag': tags }), ticketOf(store));
  put('a', 'a', 'x');
  put('a of another', 'a', 'y');
  put('b', 'b', 'x, y');
  assert.equal(store.purge({ kind: 'uri', uri: 'a' }).removed, 2);
  assert.deepEqual([has('a'), has('b')], [false, true]);
  assert.equal(store.purge({ kind: 'tag', tag: 'y' }).removed, 1);
  assert.equal(has('b'), false);
});

test('SECURITY 152: what was looked for before a purge of it is not stored after it; the rest is', () => {
  const { store, has } = storeOf(1e6);
  const before = ticketOf(store);
  store.purge({ kind: 'uri', uri: 'a' });
  store.put('a', 'a', storedOf({}), before);
  store.put('b', 'b', storedOf({}), before);
  assert.deepEqual([has('a'), has('b')], [false, true]);
  for (let i = 0; i < 5_000; i += 1) store.purge({ kind: 'uri', uri: 'z' });
  store.put('c', 'c', storedOf({}), before);
  assert.equal(has('c'), false);
});

test('a purge concerns its URL, its tag, or everything', () => {
  assert.ok(concerns({ kind: 'uri', uri: 'a' }, 'a', { tags: [] }));
  assert.ok(!concerns({ kind: 'uri', uri: 'a' }, 'b', { tags: ['a'] }));
  assert.ok(concerns({ kind: 'tag', tag: 'a' }, 'b', { tags: ['a'] }));
  assert.ok(concerns({ kind: 'all' }, 'b', { tags: [] }));
});

test('a reply is forgotten alone, its like in other slots and its other variants stay', () => {
  const { store, changes } = storeOf(1e6);
  const speak = (language: string) =>
    storedOf({ vary: 'accept-language' }, language, 200, { 'accept-language': language });
  for (const language of ['de', 'en']) store.put('a', 'a', speak(language), 0);
  store.put('b', 'a', speak('de'), 0);
  store.forget('a', speak('de'));
  store.forget('nowhere', speak('de'));
  const has = (slot: string, language: string): boolean =>
    store.find(keyOf(slot), HeaderFields.of({ 'accept-language': language }), 'anyone').reply !== undefined;
  assert.deepEqual([has('a', 'de'), has('a', 'en'), has('b', 'de')], [false, true, true]);
  assert.equal(changes.at(-1)?.[2], 2);
});

test('a store that was closed takes nothing that is still under way', async () => {
  const { store, changes, put } = storeOf(1e6);
  put('a');
  await store.close();
  const told = changes.length;
  put('b');
  assert.deepEqual([store.bytes, changes.length], [0, told]);
});
