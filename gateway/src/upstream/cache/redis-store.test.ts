import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { RedisStore as StateStore } from '../../state/redis.ts';
import { defineScript } from '../../state/store.ts';
import { anyRedis, skipWithoutRedis } from '../../state/testing/redis-server.ts';
import { RedisStore } from './redis-store.ts';
import { storedOf } from './stored.fixture.ts';

const evict = defineScript(`return redis.call('DEL', KEYS[1])`);
const timeLeft = defineScript(`return redis.call('PTTL', KEYS[1])`);
const NO_FIELDS = new HeaderFields();
const keyOf = (uri: string, own?: string) => ({ uri, own, everybody: `everybody ${uri}` });
const slotOf = (uri: string): string => keyOf(uri).everybody;

describe('in a real Redis', { skip: skipWithoutRedis }, () => {
  let server: Awaited<ReturnType<typeof anyRedis>>;
  let state: StateStore;
  before(async () => {
    server = await anyRedis();
    state = new StateStore({
      url: server.url,
      commandLimitMs: 1_000,
      clock: systemClock,
      logger: noLogger,
      meter: noMeter,
    });
    await state.settled();
  });
  after(async () => {
    await state.close();
    await server.stop();
  });

  const open = (name: string = randomUUID(), maxVariants = 4) => {
    const errors: number[] = [];
    const options = { maxTtlMs: 60_000, maxVariants };
    const onError = (): void => void errors.push(1);
    const store = new RedisStore({ ...options, store: Promise.resolve(state), name, onError });
    const find = (uri: string, request: HeaderFields = NO_FIELDS) =>
      store.find(keyOf(uri), request, 'anyone');
    return { store, find, errors, name };
  };

  test('a reply is found by every process, byte for byte', async () => {
    const { store, find, name } = open();
    const bytes = Buffer.from([0, 255, 10, 13, 128, 0]);
    const { ticket } = await find('/a');
    await store.put(
      slotOf('/a'),
      '/a',
      { ...storedOf({}), body: storedOf({}, bytes.toString('latin1')).body },
      ticket,
    );
    const other = open(name);
    const { reply } = await other.find('/a');
    assert.deepEqual(Buffer.from(reply?.body.bytes ?? []), Buffer.from(bytes.toString('latin1')));
    assert.equal((await open().find('/a')).reply, undefined);
  });

  test('variants are found at once or, where Vary is news to this process, after a second look', async () => {
    const { store, find, name } = open();
    const { ticket } = await find('/a');
    for (const language of ['de', 'en']) {
      const reply = storedOf({ vary: 'accept-language' }, language, 200, { 'accept-language': language });
      await store.put(slotOf('/a'), '/a', reply, ticket);
    }
    const fresh = open(name);
    for (const look of ['first', 'again']) {
      const { reply } = await fresh.find('/a', HeaderFields.of({ 'accept-language': 'DE' }));
      assert.equal(Buffer.from(reply?.body.bytes ?? []).toString(), 'de', look);
    }
    const none = await fresh.find('/a', HeaderFields.of({ 'accept-language': 'fr' }));
    assert.deepEqual([none.reply, none.others], [undefined, true]);
  });

  test("an identity finds its own before everybody's, and never another's", async () => {
    const { store } = open();
    const own = storedOf({}, 'mine', 200, {}, 'identity');
    await store.put('slot of a', '/a', own, 0);
    await store.put(slotOf('/a'), '/a', storedOf({}, 'anonymous'), 0);
    const text = async (slot: string): Promise<string> => {
      const { reply } = await store.find(keyOf('/a', slot), NO_FIELDS, 'identity');
      return Buffer.from(reply?.body.bytes ?? []).toString();
    };
    assert.equal(await text('slot of a'), 'mine');
    assert.equal(await text('slot of b'), '');
  });

  test('a purge by URL, by tag or of everything is seen by every process at once', async () => {
    const { store, find, name } = open();
    const other = open(name);
    for (const purge of [{ kind: 'uri', uri: '/a' }, { kind: 'tag', tag: 'p 1' }, { kind: 'all' }] as const) {
      const { ticket } = await find('/a');
      await store.put(slotOf('/a'), '/a', storedOf({ 'cache-tag': 'p 1, p2' }), ticket);
      await store.put(slotOf('/b'), '/b', storedOf({ 'cache-tag': 'p2' }), ticket);
      assert.ok((await other.find('/a')).reply, purge.kind);
      await other.store.purge(purge);
      assert.equal((await find('/a')).reply, undefined, purge.kind);
      assert.equal((await find('/b')).reply !== undefined, purge.kind !== 'all', purge.kind);
    }
  });

  test('SECURITY 152: what was looked for before a purge, on whichever process, is not found after it', async () => {
    const { store, find, name } = open();
    const { ticket } = await find('/a');
    await open(name).store.purge({ kind: 'tag', tag: 'p1' });
    await store.put(slotOf('/a'), '/a', storedOf({ 'cache-tag': 'p1' }), ticket);
    assert.equal((await find('/a')).reply, undefined);
    const later = await find('/a');
    await store.put(slotOf('/a'), '/a', storedOf({ 'cache-tag': 'p1' }), later.ticket);
    assert.ok((await find('/a')).reply);
  });

  test('a counter that Redis has evicted takes no purge back', async () => {
    const { store, find, name } = open();
    const { ticket } = await find('/a');
    await store.put(slotOf('/a'), '/a', storedOf({}), ticket);
    await store.purge({ kind: 'uri', uri: '/a' });
    const prefix = createHash('sha256').update(name).digest('hex').slice(0, 40);
    await state.runBinary(evict, [`frontdesk:cache:{${prefix}}:purges`], []);
    assert.equal((await find('/a')).reply, undefined);
    const later = await find('/a');
    await store.put(slotOf('/a'), '/a', storedOf({}), later.ticket);
    assert.ok((await find('/a')).reply);
    await state.runBinary(evict, [`frontdesk:cache:{${prefix}}:purges`], []);
    await store.purge({ kind: 'uri', uri: '/a' });
    assert.equal((await find('/a')).reply, undefined);
  });

  test('a purge of what nobody knows is remembered for minutes, of what is stored as long as that', async () => {
    const { store, find, name } = open();
    const prefix = createHash('sha256').update(name).digest('hex').slice(0, 40);
    const leftMs = async (uri: string): Promise<number> => {
      const mark = createHash('sha256').update(uri).digest('hex').slice(0, 40);
      return Number(await state.runBinary(timeLeft, [`frontdesk:cache:{${prefix}}:uri:${mark}`], []));
    };
    const { ticket } = await find('/a');
    await store.purge({ kind: 'uri', uri: '/a' });
    assert.ok((await leftMs('/a')) <= 600_000);
    await store.put(slotOf('/a'), '/a', storedOf({}), ticket);
    assert.equal((await find('/a')).reply, undefined);
    const later = await find('/a');
    await store.put(slotOf('/a'), '/a', storedOf({}), later.ticket);
    await store.put(slotOf('/b'), '/b', storedOf({}), later.ticket);
    await store.purge({ kind: 'uri', uri: '/b' });
    assert.ok((await leftMs('/b')) > 600_000);
    assert.equal((await find('/b')).reply, undefined);
    assert.ok((await find('/a')).reply);
  });

  test('a reply is forgotten alone', async () => {
    const { store, find } = open();
    const speak = (language: string) =>
      storedOf({ vary: 'accept-language' }, language, 200, { 'accept-language': language });
    for (const language of ['de', 'en']) await store.put(slotOf('/a'), '/a', speak(language), 0);
    await store.forget(slotOf('/a'), speak('de'));
    const has = async (language: string): Promise<boolean> =>
      (await find('/a', HeaderFields.of({ 'accept-language': language }))).reply !== undefined;
    assert.deepEqual([await has('de'), await has('en')], [false, true]);
  });

  test('caches of different shapes know nothing of each other', async () => {
    const { store, name } = open();
    await store.put(slotOf('/a'), '/a', storedOf({}), 0);
    const options = { maxTtlMs: 60_000, maxVariants: 4, onError: () => {} };
    const other = new RedisStore({ ...options, store: Promise.resolve(state), name, shape: 'strips more' });
    assert.equal((await other.find(keyOf('/a'), NO_FIELDS, 'anyone')).reply, undefined);
  });

  test('too many variants of one slot make it begin anew', async () => {
    const { store, find } = open(randomUUID(), 2);
    for (const language of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const reply = storedOf({ vary: 'accept-language' }, language, 200, { 'accept-language': language });
      await store.put(slotOf('/a'), '/a', reply, 0);
    }
    assert.equal((await find('/a', HeaderFields.of({ 'accept-language': 'a' }))).reply, undefined);
    assert.ok((await find('/a', HeaderFields.of({ 'accept-language': 'f' }))).reply);
  });

  test('what would never be used again is not written', async () => {
    const { store, find } = open();
    const reply = storedOf({ 'cache-control': 'max-age=60' });
    const over = { ...reply, freshness: { ...reply.freshness, lifetimeS: 0 } };
    await store.put(slotOf('/a'), '/a', over, 0);
    assert.equal((await find('/a')).reply, undefined);
  });
});

test('a Redis that is gone has nothing and takes nothing, and nobody fails', async () => {
  let errors = 0;
  const gone = {
    runBinary: () => Promise.reject(new Error('gone')),
    close: async () => {},
  };
  const store = new RedisStore({
    store: Promise.resolve(gone),
    name: 'a',
    maxTtlMs: 1,
    maxVariants: 1,
    onError: () => {
      errors += 1;
    },
  });
  const found = await store.find(keyOf('/a'), NO_FIELDS, 'anyone');
  assert.equal(found.reply, undefined);
  await store.put(slotOf('/a'), '/a', storedOf({}), found.ticket);
  await store.purge({ kind: 'all' });
  await store.forget(slotOf('/a'), storedOf({}));
  assert.equal(errors, 3);
  await store.close();
});
