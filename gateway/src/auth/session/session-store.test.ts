import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { MemoryStore } from '../../state/memory.ts';
import { Seal } from './seal.ts';
import { randomText, type SessionRecord, SessionStore } from './session-store.ts';

const SECRETS = ['the first of the keys, thirty-two characters'];

const record: SessionRecord = {
  version: 1,
  claims: { sub: 'ada' },
  nonce: 'n',
  accessToken: 'the access token',
  refreshToken: 'the refresh token',
  accessExpiresAt: 1,
  refreshAt: 1,
  createdAt: 1,
  endsAt: 9e12,
};

function setUp() {
  const clock = new ManualClock();
  const memory = new MemoryStore({ clock });
  const open = (secrets = SECRETS) =>
    new SessionStore({ store: memory, seal: new Seal(secrets, 'records'), idleMs: 60_000 });
  return { clock, memory, open };
}

test('at rest a session cannot be read, nor be put in the place of another', async () => {
  const { memory, open } = setUp();
  const store = open();
  await store.write('a', record, 0);
  await store.touch('a');
  assert.deepEqual(await store.read('a'), record);
  const sealed = (await memory.get('session:a')) ?? '';
  assert.equal(Buffer.from(sealed, 'base64url').includes('token'), false);
  await memory.set('session:b', sealed, 1000);
  await store.touch('b');
  assert.equal(await store.read('b'), undefined);
  assert.equal(await open(['another secret that has thirty-two characters']).read('a'), undefined);
});

test('a session is there while it is seen, and until it is ended, whatever is written after', async () => {
  const { clock, open } = setUp();
  const store = open();
  await store.write('a', record, 0);
  assert.equal(await store.read('a'), undefined);
  await store.touch('a');
  clock.advance(59_999);
  assert.deepEqual(await store.read('a'), record);
  clock.advance(1);
  assert.equal(await store.read('a'), undefined);
  await store.touch('a');
  await store.end('a', 100_000);
  await store.write('a', record, 0);
  await store.touch('a');
  assert.equal(await store.read('a'), undefined);
});

test('one holds the lock, and what is good once is good once', async () => {
  const { open } = setUp();
  const store = open();
  assert.deepEqual([await store.lock('a'), await store.lock('a')], [true, false]);
  await store.unlock('a');
  assert.equal(await store.lock('a'), true);
  assert.deepEqual([await store.first('x', 100), await store.first('x', 100)], [true, false]);
  assert.notEqual(randomText(), randomText());
});

test('what is too large is refused; a store that is gone is said to be', async () => {
  const { memory, open } = setUp();
  const huge = { ...record, accessToken: 'x'.repeat(60_000) };
  await assert.rejects(open().write('a', huge, 0), coded('upstream_invalid'));
  await memory.close();
  await assert.rejects(open().read('a'), coded('upstream_unavailable'));
});
