import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { coded } from '../../core/testing/errors.ts';
import { MemoryStore } from '../../state/memory.ts';
import { type StateStore, storeGone } from '../../state/store.ts';
import { consumersConfig, indexConsumers } from '../consumers/consumers.ts';
import { claimsConfig } from '../jwt/identity-of.ts';
import { invalidCredentials } from '../refusal.ts';
import { presented } from '../testing/presented.ts';
import { GrantRefused, type TokenSet } from './provider.ts';
import { Seal, SessionIds } from './seal.ts';
import { SessionScheme } from './session-scheme.ts';
import { SessionStore } from './session-store.ts';
import { Sessions } from './sessions.ts';

const SECRETS = ['the first of the keys, thirty-two characters'];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function tokenSet(n: number): TokenSet {
  return {
    accessToken: `access ${n}`,
    refreshToken: `refresh ${n}`,
    lifetimeS: 600,
    idToken: undefined,
    scope: undefined,
  };
}

/** Several processes over one store, and a provider that gives each refresh token's successor once. */
function setUp() {
  const clock = new ManualClock();
  const memory = new MemoryStore({ clock });
  const gone = { now: false };
  const guarded =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    (...args: Args) =>
      gone.now ? Promise.reject(storeGone('gone')) : call(...args);
  const store: StateStore = {
    connected: true,
    settled: async () => {},
    get: guarded((key: string) => memory.get(key)),
    set: guarded((key: string, value: string, ttlMs: number) => memory.set(key, value, ttlMs)),
    delete: guarded((key: string) => memory.delete(key)),
    add: guarded((key: string, value: string, ttlMs: number) => memory.add(key, value, ttlMs)),
    close: async () => {},
  };
  const provider = {
    refreshes: [] as string[],
    fails: undefined as Error | undefined,
    held: Promise.resolve(),
  };
  const revoked: string[] = [];
  const takenBack: string[] = [];
  const process = (): Sessions =>
    new Sessions({
      ids: new SessionIds(SECRETS),
      store: new SessionStore({ store, seal: new Seal(SECRETS, 'records'), idleMs: 30 * MINUTE }),
      revocations: { add: async ({ id }) => void revoked.push(id) },
      refresh: async (refreshToken) => {
        provider.refreshes.push(refreshToken);
        await provider.held;
        if (provider.fails) throw provider.fails;
        return tokenSet(Number(refreshToken.split(' ')[1]) + 1);
      },
      revoke: async (refreshToken) => void takenBack.push(refreshToken),
      claimsOf: async (_, before) => before.claims,
      ...{ idleMs: 30 * MINUTE, absoluteMs: 12 * HOUR, recheckMs: 10_000, refreshWithinMs: 5000, clock },
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      meter: noMeter,
    });
  const begin = (sessions: Sessions, tokens = tokenSet(1)) =>
    sessions.begin(tokens, 'nonce', () => ({ sub: 'ada' }));
  return { clock, memory, gone, provider, revoked, takenBack, process, begin };
}

/** Lets whatever needs no time be done. */
const settle = async () => {
  for (let i = 0; i < 50; i += 1) await null;
};

test('a session is found once in the store and then without waiting, for as long as it may be', async () => {
  const { clock, gone, process, begin } = setUp();
  const sessions = process();
  const cookie = await begin(sessions);
  assert.equal(sessions.known(cookie), undefined);
  const session = await sessions.find(cookie);
  assert.equal(session.record.claims.sub, 'ada');
  gone.now = true;
  assert.equal(sessions.known(cookie), session);
  clock.advance(9_999);
  assert.equal(sessions.known(cookie), session);
  clock.advance(1);
  assert.equal(sessions.known(cookie), undefined);
  await assert.rejects(sessions.find(cookie), coded('upstream_unavailable'));
});

test('an id of nobody is refused without asking the store', async () => {
  const { gone, process } = setUp();
  gone.now = true;
  await assert.rejects(process().find('x'.repeat(54)), coded('invalid_credentials'));
  assert.equal(process().isGenuine('x'.repeat(54)), false);
});

test('who is idle for too long is out; who is not stays, until the absolute end', async () => {
  const { clock, process, begin } = setUp();
  const sessions = process();
  const [idle, busy] = [await begin(sessions), await begin(sessions)];
  for (let i = 0; i < 35; i += 1) {
    clock.advance(MINUTE);
    await sessions.find(busy);
    await settle();
  }
  await assert.rejects(sessions.find(idle), coded('invalid_credentials'));
  for (let i = 35; i < 12 * 60; i += 5) {
    await sessions.find(busy);
    await settle();
    clock.advance(5 * MINUTE);
  }
  await assert.rejects(sessions.find(busy), coded('invalid_credentials'));
});

test('fifty requests of two processes make one refresh', async () => {
  const { clock, provider, process, begin } = setUp();
  const [first, second] = [process(), process()];
  const cookie = await begin(first);
  clock.advance(11 * MINUTE);
  const { promise, resolve } = Promise.withResolvers<void>();
  provider.held = promise;
  const asked = Array.from({ length: 50 }, (_, i) => (i % 2 ? first : second).find(cookie));
  await settle();
  resolve();
  await settle();
  clock.advance(50);
  const found = await Promise.all(asked);
  assert.deepEqual(provider.refreshes, ['refresh 1']);
  for (const { record } of found) assert.equal(record.accessToken, 'access 2');
  clock.advance(11 * MINUTE);
  await second.find(cookie);
  assert.deepEqual(provider.refreshes, ['refresh 1', 'refresh 2']);
});

test('ahead of its end a token is refreshed behind the request', async () => {
  const { clock, provider, process, begin } = setUp();
  const sessions = process();
  const cookie = await begin(sessions);
  clock.advance(9 * MINUTE + 1000);
  assert.equal((await sessions.find(cookie)).record.accessToken, 'access 1');
  await settle();
  assert.equal(sessions.known(cookie)?.record.accessToken, 'access 2');
  assert.equal(provider.refreshes.length, 1);
});

test('a provider that is down harms no session whose token holds; then nobody can tell, and soon again', async () => {
  const { clock, provider, process, begin } = setUp();
  const sessions = process();
  const cookie = await begin(sessions);
  provider.fails = new Error('down');
  clock.advance(9.5 * MINUTE);
  assert.equal((await sessions.find(cookie)).record.accessToken, 'access 1');
  await settle();
  clock.advance(MINUTE);
  for (let i = 0; i < 20; i += 1) await assert.rejects(sessions.find(cookie), coded('upstream_unavailable'));
  assert.equal(provider.refreshes.length, 2);
  provider.fails = undefined;
  clock.advance(2000);
  assert.equal((await sessions.find(cookie)).record.accessToken, 'access 2');
});

test('a refresh that is refused ends the session everywhere, and so does one that gives another person', async () => {
  for (const refusal of [new GrantRefused('invalid_grant'), invalidCredentials('another subject')]) {
    const { clock, provider, revoked, process, begin } = setUp();
    const sessions = process();
    const cookie = await begin(sessions);
    provider.fails = refusal;
    clock.advance(11 * MINUTE);
    await assert.rejects(sessions.find(cookie), coded('invalid_credentials'));
    await assert.rejects(process().find(cookie), coded('invalid_credentials'));
    assert.match(revoked.join(), /^session-[\w-]{22}$/);
    assert.equal(provider.refreshes.length, 1);
  }
});

test('a session without a refresh token ends with its access token', async () => {
  const { clock, process, begin } = setUp();
  const sessions = process();
  const cookie = await begin(sessions, { ...tokenSet(1), refreshToken: undefined });
  clock.advance(10 * MINUTE - 1);
  await sessions.find(cookie);
  clock.advance(1);
  await assert.rejects(sessions.find(cookie), coded('invalid_credentials'));
});

test('a refresh that a logout overtakes brings nothing back, and its token is revoked', async () => {
  const { clock, provider, takenBack, process, begin } = setUp();
  const [first, second] = [process(), process()];
  const cookie = await begin(first);
  clock.advance(11 * MINUTE);
  const { promise, resolve } = Promise.withResolvers<void>();
  provider.held = promise;
  const asked = first.find(cookie);
  await settle();
  assert.equal((await second.end(cookie))?.refreshToken, 'refresh 1');
  resolve();
  await assert.rejects(asked, coded('invalid_credentials'));
  assert.deepEqual(takenBack, ['refresh 2']);
  await assert.rejects(second.find(cookie), coded('invalid_credentials'));
  await assert.rejects(process().find(cookie), coded('invalid_credentials'));
});

test('a refresh that comes between the two steps of a logout leaves its token to the logout', async () => {
  const { memory, process, begin } = setUp();
  const sessions = process();
  const cookie = await begin(sessions);
  const id = new SessionIds(SECRETS).read(cookie) ?? '';
  const other = new SessionStore({ store: memory, seal: new Seal(SECRETS, 'records'), idleMs: 30 * MINUTE });
  const record = await other.read(id);
  assert.ok(record);
  const set = memory.set.bind(memory);
  memory.set = async (key, value, ttlMs) => {
    memory.set = set;
    await other.write(id, { ...record, version: 2, refreshToken: 'refresh 2' }, 0);
    return set(key, value, ttlMs);
  };
  assert.equal((await sessions.end(cookie))?.refreshToken, 'refresh 2');
});

test('who asks how a session stands does not keep it; who uses it beside does', async () => {
  const { clock, process, begin } = setUp();
  const sessions = process();
  const [watched, used] = [await begin(sessions), await begin(sessions)];
  for (let i = 0; i < 40; i += 1) {
    clock.advance(MINUTE);
    const asked = [sessions.find(used, false), sessions.find(used)];
    if (i < 29) asked.push(sessions.find(watched, false));
    await Promise.all(asked);
    sessions.known(watched, false);
    await settle();
  }
  await assert.rejects(sessions.find(watched), coded('invalid_credentials'));
});

test('the path at which a page asks is no use of its session, every other is', async () => {
  const { clock, process, begin } = setUp();
  const sessions = process();
  const cookie = await begin(sessions);
  const scheme = new SessionScheme({
    config: {
      origin: 'http://localhost',
      cookie: { name: 'fd', sameSite: 'lax' },
      path: '/auth',
      claims: claimsConfig.parse({}),
    },
    sessions,
    consumers: indexConsumers(consumersConfig.parse([]), { byName: new Map(), defaultPlan: undefined }),
  });
  const ask = async (path: string) => scheme.identify(presented({ cookie: `fd=${cookie}` }, { path }));
  const pass = async (path: string) => {
    for (let i = 0; i < 28; i += 1) {
      clock.advance(MINUTE);
      assert.equal((await ask(path))?.subject, 'ada');
      await settle();
    }
  };
  await pass('/auth/session');
  await pass('/api');
  await pass('/auth/session');
  clock.advance(2 * MINUTE);
  await assert.rejects(ask('/auth/session'), coded('invalid_credentials'));
});

test('what the store did not take of a refresh is written later: the token before it is good no more', async () => {
  const { clock, gone, provider, process, begin } = setUp();
  const sessions = process();
  const cookie = await begin(sessions);
  clock.advance(11 * MINUTE);
  const { promise, resolve } = Promise.withResolvers<void>();
  provider.held = promise;
  const asked = assert.rejects(sessions.find(cookie), coded('upstream_unavailable'));
  await settle();
  gone.now = true;
  resolve();
  await asked;
  gone.now = false;
  clock.advance(20_000);
  assert.equal((await sessions.find(cookie)).record.accessToken, 'access 2');
  assert.deepEqual(provider.refreshes, ['refresh 1']);
});

test('a process that is slower than its lock takes no other its own, and harms no session', async () => {
  const { clock, memory, provider, process, begin } = setUp();
  const [slow, quick] = [process(), process()];
  const cookie = await begin(slow);
  const id = new SessionIds(SECRETS).read(cookie);
  clock.advance(11 * MINUTE);
  const first = Promise.withResolvers<void>();
  provider.held = first.promise;
  const slowly = slow.find(cookie);
  await settle();
  clock.advance(20_000);
  const second = Promise.withResolvers<void>();
  provider.held = second.promise;
  const quickly = quick.find(cookie);
  await settle();
  first.resolve();
  assert.equal((await slowly).record.accessToken, 'access 2');
  assert.notEqual(await memory.get(`session:${id}:lock`), undefined);
  provider.fails = new GrantRefused('invalid_grant');
  second.resolve();
  assert.equal((await quickly).record.accessToken, 'access 2');
});

test('a process that dies with the lock holds up the others for its time alone', async () => {
  const { clock, memory, process, begin } = setUp();
  const sessions = process();
  const cookie = await begin(sessions);
  const id = new SessionIds(SECRETS).read(cookie);
  clock.advance(11 * MINUTE);
  await memory.add(`session:${id}:lock`, '1', 15_000);
  const asked = assert.rejects(sessions.find(cookie), coded('upstream_unavailable'));
  for (let i = 0; i < 120; i += 1) {
    await settle();
    clock.advance(50);
  }
  await asked;
  clock.advance(15_000);
  assert.equal((await sessions.find(cookie)).record.accessToken, 'access 2');
});

test('a logout that the store does not hear is no logout', async () => {
  const { gone, process, begin } = setUp();
  const sessions = process();
  const cookie = await begin(sessions);
  gone.now = true;
  await assert.rejects(sessions.end(cookie), coded('upstream_unavailable'));
  gone.now = false;
  assert.notEqual(await sessions.end(cookie), undefined);
  assert.equal(await sessions.end(cookie), undefined);
  assert.equal(await sessions.end('nonsense'), undefined);
});
