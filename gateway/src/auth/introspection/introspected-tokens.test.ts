import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { IntrospectedTokens } from './introspected-tokens.ts';
import { introspectionConfig } from './introspection-config.ts';

const client = { id: 'gateway', secret: 's' };

function setUp(overrides: Record<string, unknown> = {}) {
  const clock = new ManualClock();
  const messages: string[] = [];
  const state = {
    asked: 0,
    answer: (): Promise<unknown> => Promise.resolve({ active: true, sub: 'u1' }),
  };
  const log = (_fields: object, message: string) => void messages.push(message);
  const tokens = new IntrospectedTokens({
    config: introspectionConfig.parse({ endpoint: 'https://id.example/i', client, ...overrides }),
    ask: () => {
      state.asked += 1;
      return state.answer();
    },
    clock,
    logger: { debug: log, info: log, warn: log, error: log },
    meter: noMeter,
  });
  const nowS = () => Math.floor(clock.wall() / 1000);
  /** As the scheme does: what is known first. */
  const claimsOf = async (digest: string) =>
    (tokens.known(digest) ?? (await tokens.ask(`token-${digest}`, digest))).claims;
  const outcome = (digest: string) =>
    claimsOf(digest).then(
      (claims) => `${claims.sub}`,
      (error: unknown) => (error instanceof FrontdeskError ? `${error.status} ${error.detail}` : 'other'),
    );
  return { clock, state, tokens, outcome, claimsOf, messages, nowS };
}

test('F97: a stampede with one token makes one call', async () => {
  const { state, outcome } = setUp();
  const found = await Promise.all(Array.from({ length: 1000 }, () => outcome('a')));
  assert.deepEqual(new Set(found), new Set(['u1']));
  assert.equal(state.asked, 1);
});

test('F97: an answer is used again for thirty seconds, and never past the token’s end', async () => {
  const { clock, state, outcome, nowS } = setUp();
  await outcome('a');
  clock.advance(29_999);
  await outcome('a');
  assert.equal(state.asked, 1);
  clock.advance(1);
  await outcome('a');
  assert.equal(state.asked, 2);
  const exp = nowS() + 10;
  state.answer = async () => ({ active: true, sub: 'u2', exp });
  await outcome('b');
  clock.advance(10_000);
  state.answer = async () => ({ active: false });
  assert.match(await outcome('b'), /401 the token is not active/);
});

test('F97: inactive is denied, once asked, and apart from good tokens', async () => {
  const { clock, state, outcome } = setUp();
  await outcome('good');
  state.answer = async () => ({ active: false, sub: 'u1' });
  for (let i = 0; i < 50; i += 1) assert.match(await outcome('bad'), /401 the token is not active/);
  assert.equal(state.asked, 2);
  for (let i = 0; i < 10_001; i += 1) await outcome(`bad${i}`);
  const { asked } = state;
  assert.equal(await outcome('good'), 'u1', 'a flood of bad tokens drives out no good one');
  assert.equal(state.asked, asked);
  clock.advance(5000);
  state.answer = async () => ({ active: true, sub: 'u1' });
  assert.equal(await outcome('bad'), 'u1', 'a token may become active');
});

test('F97: where there is no answer nobody can tell, and nothing that ran out is used', async () => {
  const { clock, state, outcome, messages } = setUp();
  await outcome('a');
  clock.advance(30_000);
  const failures: (() => Promise<unknown>)[] = [
    () => Promise.reject(new FrontdeskError('upstream_timeout', { detail: 'no reply' })),
    () => Promise.reject(new FrontdeskError('upstream_invalid', { detail: 'status 500' })),
    () => Promise.reject(new Error('reset')),
    async () => '<html>',
    async () => [],
    async () => ({}),
    async () => ({ active: 'true', sub: 'u1' }),
    async () => ({ active: 1, sub: 'u1' }),
  ];
  for (const failure of failures) {
    state.answer = failure;
    assert.match(await outcome('a'), /^503 the token cannot be introspected/);
  }
  assert.equal(state.asked, 1 + failures.length, 'a failure is not remembered');
  state.answer = async () => ({ active: true, sub: 'u1' });
  assert.equal(await outcome('a'), 'u1');
  assert.deepEqual(messages, ['tokens cannot be introspected', 'tokens can be introspected again']);
});

test('no more than a thousand tokens wait for their introspection', async () => {
  const { state, outcome } = setUp();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  state.answer = () => promise;
  const waiting = Array.from({ length: 1000 }, (_, i) => outcome(`${i}`));
  assert.match(await outcome('more'), /503 too many/);
  resolve({ active: true, sub: 'u1' });
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['u1']));
  assert.equal(await outcome('more'), 'u1');
});

test('whom an answer names: its subject, its user, or the client itself', async () => {
  const { state, outcome, claimsOf } = setUp();
  const answer = (more: object) => {
    state.answer = async () => ({ active: true, ...more });
  };
  answer({ sub: 's', username: 'n', client_id: 'c' });
  assert.equal(await outcome('1'), 's');
  answer({ username: 'n', client_id: 'c' });
  assert.equal(await outcome('2'), 'n');
  answer({ client_id: 'c', scope: 'a b' });
  assert.deepEqual(await claimsOf('3'), { client_id: 'c', scope: 'a b', sub: 'c' });
});

test('a token that is good, but not for us, is refused', async () => {
  const { clock, state, outcome, nowS } = setUp({
    issuer: 'https://id.example',
    audience: ['api', 'other'],
    requiredClaims: ['client_id'],
  });
  const sound = { active: true, sub: 'u1', client_id: 'c', aud: 'api', iss: 'https://id.example' };
  clock.advance(1_000_000);
  let n = 0;
  const of = (more: object) => {
    state.answer = async () => ({ ...sound, ...more });
    n += 1;
    return outcome(`${n}`);
  };
  for (const more of [{}, { aud: ['x', 'other'] }, { iss: undefined }, { token_type: 'Bearer' }]) {
    assert.equal(await of(more), 'u1', JSON.stringify(more));
  }
  assert.equal(await of({ exp: nowS() - 29 }), 'u1');
  const wrong: object[] = [
    { iss: 'https://evil.example' },
    { iss: null },
    { aud: 'x' },
    { aud: undefined },
    { aud: [['api']] },
    { client_id: undefined },
    { token_type: 'refresh_token' },
    { typ: 'Refresh' },
    { token_use: 'id' },
    { exp: nowS() - 30 },
    { exp: '1' },
    { exp: 1e308 },
    { nbf: nowS() + 31 },
    { nbf: null },
  ];
  for (const more of wrong) {
    if ('client_id' in more) {
      const { client_id: _, ...rest } = sound;
      state.answer = async () => rest;
      assert.match(await outcome('lacking'), /401/);
    } else assert.match(await of(more), /^401/, JSON.stringify(more));
  }
});

test('F97: a stream is asked after as long as it lasts: it ends once its token is not good any more, with or without exp', async () => {
  const { clock, state, tokens, outcome } = setUp();
  await outcome('a');
  const holds = tokens.whileOpen('token-a', 'a');
  clock.advance(29_999);
  assert.equal(holds(), true);
  assert.equal(state.asked, 1, 'the answer is used as long as for requests');
  clock.advance(5_000);
  assert.equal(await holds(), true);
  assert.equal(state.asked, 2);
  state.answer = async () => ({ active: false });
  clock.advance(30_000);
  assert.deepEqual(await Promise.all([holds(), holds()]), [false, false]);
  assert.equal(holds(), false, 'that it is not good is known');
  assert.equal(state.asked, 3);
});

test('F97: where nobody answers a stream goes on for a minute, and a new request does not', async () => {
  const { clock, state, tokens, outcome } = setUp({ cacheTtl: '0s' });
  await outcome('a');
  const holds = tokens.whileOpen('token-a', 'a');
  state.answer = () => Promise.reject(new Error('gone'));
  clock.advance(4_999);
  assert.equal(holds(), true, 'not asked every second, though nothing is kept');
  clock.advance(55_000);
  assert.equal(await holds(), true);
  assert.match(await outcome('a'), /^503/);
  clock.advance(1);
  assert.equal(await holds(), false);
  state.answer = async () => ({ active: true, sub: 'u1' });
  assert.equal(await holds(), true);
});
