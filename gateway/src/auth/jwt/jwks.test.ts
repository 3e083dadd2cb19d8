import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errors } from 'jose';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { jwkOf, jwksOf, makeKey } from '../testing/issuer.ts';
import { Jwks } from './jwks.ts';

const first = makeKey('k1');
const second = makeKey('k2');
const good = jwksOf(first);

function setUp(document: unknown = good) {
  const clock = new ManualClock();
  const state = { fetches: 0, answer: (): Promise<unknown> => Promise.resolve(document) };
  const messages: string[] = [];
  const reasons: unknown[] = [];
  const log = (fields: object, message: string) => {
    messages.push(message);
    if ('reason' in fields) reasons.push(fields.reason);
  };
  const jwks = new Jwks({
    label: 'issuer',
    fetchJwks: () => {
      state.fetches += 1;
      return state.answer();
    },
    clock,
    logger: { debug: log, info: log, warn: log, error: log },
    meter: noMeter,
  });
  const find = (kid: string | undefined) =>
    jwks.keyFor(kid === undefined ? { alg: 'RS256' } : { alg: 'RS256', kid }, {
      payload: '',
      signature: '',
      protected: '',
    });
  return { clock, state, jwks, find, messages, reasons };
}

const failing = () => Promise.reject(new Error('refused'));
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function outcome(found: Promise<unknown>): Promise<string> {
  try {
    await found;
    return 'key';
  } catch (error) {
    return error instanceof FrontdeskError
      ? error.code
      : error instanceof errors.JOSEError
        ? error.code
        : 'other';
  }
}

test('the log has the cause for operators, not the words for clients', async () => {
  const { state, jwks, reasons } = setUp();
  const detail = 'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:4100';
  state.answer = () => Promise.reject(new FrontdeskError('upstream_connect', { detail }));
  await jwks.warm();
  assert.deepEqual(reasons, [detail]);
});

test('a thousand tokens at once fetch the keys once; none are fetched before the first', async () => {
  const { state, find, jwks } = setUp();
  assert.equal(state.fetches, 0);
  assert.equal(jwks.ready, false);
  await Promise.all(Array.from({ length: 1000 }, () => find('k1')));
  assert.equal(state.fetches, 1);
  assert.equal(jwks.ready, true);
});

test('after five minutes the keys are fetched again behind the request that notices', async () => {
  const { clock, state, find } = setUp();
  await find('k1');
  clock.advance(299_999);
  await find('k1');
  assert.equal(state.fetches, 1);
  clock.advance(1);
  const never = new Promise<unknown>(() => {});
  state.answer = () => never;
  assert.equal(await outcome(find('k1')), 'key');
  assert.equal(await outcome(find('k1')), 'key');
  assert.equal(state.fetches, 2);
});

test('a rotated key is found at once: its unknown kid causes a fetch', async () => {
  const { clock, state, find } = setUp();
  await find('k1');
  clock.advance(1);
  // However short ago the keys were fetched: that was for another reason.
  state.answer = async () => jwksOf(first, second);
  const found = await Promise.all(Array.from({ length: 100 }, () => outcome(find('k2'))));
  assert.deepEqual(new Set(found), new Set(['key']));
  assert.equal(state.fetches, 2);
});

test('unknown kids cause one fetch in thirty seconds, however many come', async () => {
  const { clock, state, find } = setUp();
  await find('k1');
  for (let second = 0; second < 60; second += 1) {
    for (let i = 0; i < 50; i += 1)
      assert.equal(await outcome(find(`x${second}-${i}`)), 'ERR_JWKS_NO_MATCHING_KEY');
    clock.advance(1000);
  }
  assert.equal(state.fetches, 3, 'the first for the keys, one for unknown ones in each half of the minute');
  assert.equal(await outcome(find('k1')), 'key');
});

test('on an outage the last keys serve for an hour, then nobody can tell', async () => {
  const { clock, state, find, jwks } = setUp();
  await find('k1');
  state.answer = failing;
  for (let minute = 0; minute < 59; minute += 1) {
    clock.advance(60_000);
    assert.equal(await outcome(find('k1')), 'key');
    await settle();
  }
  assert.ok(state.fetches > 10 && state.fetches <= 60, `${state.fetches} fetches`);
  assert.equal(await outcome(find('new')), 'upstream_unavailable', 'it may be a rotated one');
  clock.advance(60_000);
  assert.equal(await outcome(find('k1')), 'upstream_unavailable');
  assert.equal(jwks.ready, false);
  clock.advance(30_000);
  state.answer = async () => good;
  assert.equal(await outcome(find('k1')), 'key');
});

test('without any keys the answer is 503, and fetching is tried again ever more slowly', async () => {
  const { clock, state, find } = setUp();
  state.answer = failing;
  for (let i = 0; i < 600; i += 1) {
    assert.equal(await outcome(find('k1')), 'upstream_unavailable');
    clock.advance(100);
  }
  assert.ok(state.fetches >= 5 && state.fetches <= 7, `${state.fetches} fetches in a minute`);
  clock.advance(30_000);
  state.answer = async () => good;
  assert.equal(await outcome(find('k1')), 'key');
});

test('a fetch that hangs is given up after two seconds, and none starts beside it', async () => {
  const { clock, state, find } = setUp();
  state.answer = () => new Promise(() => {});
  const waiting = outcome(find('k1'));
  const beside = outcome(find('k1'));
  await settle();
  clock.advance(2000);
  assert.equal(await waiting, 'upstream_unavailable');
  assert.equal(await beside, 'upstream_unavailable');
  assert.equal(state.fetches, 1);
  assert.equal(clock.pending, 0);
});

test('a set that is not sound changes nothing', async () => {
  const privateJwk = { ...first.privateKey.export({ format: 'jwk' }), kid: 'k1' };
  const documents: unknown[] = [
    '<html>login</html>',
    null,
    [],
    {},
    { keys: [] },
    { keys: {} },
    { keys: [null] },
    { keys: [{ kid: 'k1' }] },
    { keys: [jwkOf(first), { kty: 'oct', k: 'c2VjcmV0', kid: 'k9' }] },
    { keys: [privateJwk] },
    { keys: [jwkOf(first), jwkOf({ ...second, kid: 'k1' })] },
    { keys: [{ ...jwkOf(first), use: 'enc' }] },
    { keys: Array.from({ length: 101 }, (_, i) => ({ ...jwkOf(first), kid: `k${i}` })) },
  ];
  for (const document of documents) {
    const { clock, state, find, messages } = setUp();
    await find('k1');
    clock.advance(300_000);
    state.answer = async () => document;
    await find('k1');
    await settle();
    assert.equal(state.fetches, 2);
    assert.equal(await outcome(find('k1')), 'key', JSON.stringify(document));
    assert.deepEqual(messages, ['the key set cannot be fetched']);
  }
});

test('keys for encryption in the same set are passed over', async () => {
  const { find } = setUp({ keys: [jwkOf(first), { ...jwkOf(second), use: 'enc' }] });
  assert.equal(await outcome(find('k1')), 'key');
  assert.equal(await outcome(find('k2')), 'ERR_JWKS_NO_MATCHING_KEY');
});

test('the log tells the edges of an outage alone', async () => {
  const { clock, state, find, messages } = setUp();
  await find('k1');
  state.answer = failing;
  for (let i = 0; i < 5; i += 1) {
    clock.advance(300_000);
    await find('k1');
    await settle();
  }
  state.answer = async () => good;
  clock.advance(300_000);
  await find('k1');
  await settle();
  assert.deepEqual(messages, ['the key set cannot be fetched', 'the key set is fetched again']);
});

test('warming fetches ahead and never fails', async () => {
  const { state, jwks } = setUp();
  state.answer = failing;
  await jwks.warm();
  assert.equal(jwks.ready, false);
  state.answer = async () => good;
  await jwks.warm();
  assert.equal(jwks.ready, true);
});
