import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { MemoryStore } from '../../state/memory.ts';
import { challengeOf, isOutdated } from '../refusal.ts';
import type { Presented } from '../scheme.ts';
import { makeProver, type ProofParts, proofBy } from '../testing/dpop-prover.ts';
import { presented } from '../testing/presented.ts';
import { mutated, seeded } from '../testing/token-mutations.ts';
import { DpopConfirmation } from './dpop.ts';
import { dpopConfig } from './dpop-config.ts';
import { DpopNonces } from './dpop-nonces.ts';
import { DpopReplays } from './dpop-replays.ts';

const TOKEN = 'a.b.c';
const prover = makeProver();
const thief = makeProver();

function setUp(config: Record<string, unknown> = {}) {
  const clock = new ManualClock();
  // Whole seconds, as iat has them.
  clock.advance(1_000 - (clock.wall() % 1_000));
  const replays = new DpopReplays({ store: new MemoryStore({ clock }), clock, logger: noLogger });
  const dpop = new DpopConfirmation({ config: dpopConfig.parse(config), replays, clock, meter: noMeter });
  const proof = (parts: Partial<ProofParts> = {}) =>
    proofBy(prover, { token: TOKEN, at: clock.wall(), ...parts });
  const confirm = async (
    fields: string | HeaderFields,
    more: Partial<Presented> = {},
    value: unknown = prover.thumbprint,
  ) => {
    const headers = typeof fields === 'string' ? HeaderFields.of({ dpop: fields }) : fields;
    const request = presented(headers, more);
    await dpop.confirm({ token: TOKEN, claims: {}, value }, request);
    return request;
  };
  return { clock, dpop, proof, confirm };
}

const refusal =
  (detail: RegExp, challenge = 'invalid_dpop_proof') =>
  (error: unknown) => {
    assert.ok(error instanceof FrontdeskError);
    assert.equal(error.code, 'invalid_credentials');
    assert.match(error.detail ?? '', detail);
    assert.equal(challengeOf(error), challenge);
    return true;
  };

describe('RFC 9449 §4.3', () => {
  test('a proof for this request by the key of the token is good', async () => {
    for (const alg of ['ES256', 'Ed25519', 'PS256'] as const) {
      const by = makeProver(alg);
      const { clock, confirm } = setUp();
      await confirm(proofBy(by, { token: TOKEN, at: clock.wall() }), {}, by.thumbprint);
    }
    const { confirm, proof } = setUp();
    await confirm(proof({ header: { alg: 'ES256', kid: 'mine', typ: 'application/dpop+jwt' } }));
    await confirm(proof({ htm: 'POST', htu: 'http://API.example:80/x?y' }), {
      method: 'POST',
      path: '/x',
      query: 'z',
    });
  });

  test('each thing that is wrong is enough to refuse it', async () => {
    const { confirm, proof, clock } = setUp();
    const good = proof();
    await assert.rejects(confirm(new HeaderFields()), refusal(/no proof/));
    await assert.rejects(confirm(new HeaderFields(['dpop', good, 'dpop', good])), refusal(/more than one/));
    await assert.rejects(confirm('nonsense'), refusal(/form/));
    await assert.rejects(confirm(proof({ header: { alg: 'none' } })), refusal(/algorithm/));
    await assert.rejects(confirm(proof({ header: { alg: 'HS256' } })), refusal(/algorithm/));
    await assert.rejects(confirm(proof({ header: { alg: 'RS256' } })), refusal(/algorithm/));
    await assert.rejects(confirm(proof({ htm: 'POST' })), refusal(/htm/));
    await assert.rejects(confirm(proof({ htm: 'get' })), refusal(/htm/));
    await assert.rejects(confirm(proof({ htu: 'http://api.example/other' })), refusal(/htu/));
    await assert.rejects(confirm(proof({ htu: 'https://api.example/' })), refusal(/htu/));
    await assert.rejects(confirm(proof({ token: 'other' })), refusal(/ath/));
    const stolen = proofBy(thief, { token: TOKEN, at: clock.wall() });
    await assert.rejects(confirm(stolen), refusal(/another key/, 'invalid_token'));
    // The right key is shown, and another signed.
    const forged = proofBy(thief, { token: TOKEN, at: clock.wall(), header: { jwk: prover.jwk } });
    await assert.rejects(confirm(forged), refusal(/does not hold/));
    const offCurve = { ...prover.jwk, y: prover.jwk.x };
    await assert.rejects(
      confirm(proof({ header: { jwk: offCurve } })),
      refusal(/another key/, 'invalid_token'),
    );
    await assert.rejects(
      confirm(proof({ claims: { exp: clock.wall() / 1_000 - 31 } })),
      refusal(/does not hold/),
    );
    for (const value of ['', 1, null, [prover.thumbprint], thief.thumbprint]) {
      await assert.rejects(confirm(proof(), {}, value), refusal(/another key/, 'invalid_token'));
    }
    // What was refused is not used up.
    await confirm(good);
  });

  test('a key that is no point of its curve is no key', async () => {
    const jwk = { crv: 'P-256', kty: 'EC', x: 'AAAA', y: 'AAAA' };
    const { confirm, proof } = setUp();
    const { hash } = await import('node:crypto');
    const thumbprint = hash('sha256', JSON.stringify(jwk), 'base64url');
    await assert.rejects(confirm(proof({ header: { jwk } }), {}, thumbprint), refusal(/does not hold/));
  });

  test('the window of iat, to the second', async () => {
    const { clock, confirm, proof } = setUp({ maxAge: '60s', clockSkew: '5s' });
    const now = clock.wall();
    await confirm(proof({ at: now + 5_000 }));
    await confirm(proof({ at: now - 65_000 }));
    for (const at of [now + 6_000, now - 66_000]) {
      await assert.rejects(confirm(proof({ at })), (error) => {
        refusal(/to come|too old/)(error);
        return error instanceof FrontdeskError && isOutdated(error);
      });
    }
    const last = proof({ at: now - 60_000 });
    clock.advance(5_001);
    await assert.rejects(confirm(last), refusal(/too old/));
  });

  test('a proof is used once, until the end of its window', async () => {
    const { clock, confirm, proof } = setUp({ maxAge: '60s', clockSkew: '5s' });
    const one = proof({ at: clock.wall() + 5_000 });
    const outcomes = await Promise.allSettled([confirm(one), confirm(one), confirm(one)]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
    clock.advance(70_000);
    await assert.rejects(confirm(one), refusal(/used before/));
    clock.advance(1);
    await assert.rejects(confirm(one), refusal(/too old/));
    // Another signature over the same id is the same proof; the id of another key is another.
    const claims = { jti: 'j1' };
    await confirm(proof({ claims }));
    await assert.rejects(confirm(proof({ claims })), refusal(/used before/));
    const other = proofBy(thief, { token: TOKEN, at: clock.wall(), claims });
    await confirm(other, {}, thief.thumbprint);
  });
});

test('RFC 9449 §7.1: the example of the RFC itself', async () => {
  const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
  const proof =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA';
  const clock = new ManualClock(1_562_262_620_000);
  const replays = new DpopReplays({ store: new MemoryStore({ clock }), clock, logger: noLogger });
  const dpop = new DpopConfirmation({ config: dpopConfig.parse({}), replays, clock, meter: noMeter });
  const request = presented(
    { authorization: `DPoP ${token}`, dpop: proof },
    { host: 'resource.example.org', path: '/protectedresource', client: { address: '::1', scheme: 'https' } },
  );
  const value = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
  await dpop.confirm({ token, claims: {}, value }, request);
});

test('a proof is remembered everywhere for longer than it could be used', async () => {
  const kept: number[] = [];
  class Recorded extends DpopReplays {
    override use(digest: string, ttlMs: number): Promise<void> | undefined {
      kept.push(ttlMs);
      return super.use(digest, ttlMs);
    }
  }
  const clock = new ManualClock(1_800_000_000_000);
  const replays = new Recorded({ store: new MemoryStore({ clock }), clock, logger: noLogger });
  const confirm = async (config: Record<string, unknown>, parts: Partial<ProofParts>) => {
    const dpop = new DpopConfirmation({ config: dpopConfig.parse(config), replays, clock, meter: noMeter });
    const proof = proofBy(prover, { token: TOKEN, at: clock.wall(), ...parts });
    await dpop.confirm({ token: TOKEN, claims: {}, value: prover.thumbprint }, presented({ dpop: proof }));
    return kept.at(-1) ?? assert.fail();
  };
  const window = { maxAge: '60s', clockSkew: '5s' };
  assert.ok((await confirm(window, { at: clock.wall() + 5_000 })) > 70_000);
  assert.ok((await confirm(window, { at: clock.wall() - 60_000 })) > 5_000);
  const secret = 's'.repeat(32);
  const nonces = new DpopNonces({ secret, rotationMs: 60_000, clock });
  assert.ok((await confirm({ nonce: { secret } }, { nonce: nonces.current() })) > 60_000);
});

describe('RFC 9449 §9: nonces', () => {
  const nonce = { secret: 's'.repeat(32), rotation: '60s' };

  async function asked(attempt: Promise<unknown>): Promise<string> {
    const error = await attempt.then(
      () => assert.fail('accepted'),
      (thrown: unknown) => thrown,
    );
    refusal(/nonce/, 'use_dpop_nonce')(error);
    assert.ok(error instanceof FrontdeskError && isOutdated(error), 'nobody guessed');
    const [[name, value] = ['', '']] = error.headers;
    assert.equal(name, 'dpop-nonce');
    return value;
  }

  test('one is asked for, taken for two periods, and renewed with the replies of the second', async () => {
    const { clock, confirm, proof, dpop } = setUp({ nonce });
    clock.advance(60_000 - (clock.wall() % 60_000));
    const first = await asked(confirm(proof()));
    await asked(confirm(proof({ nonce: 'made-up' })));
    const fresh = await confirm(proof({ nonce: first }));
    assert.equal(dpop.replyFields(fresh), undefined);
    clock.advance(119_999);
    const aging = await confirm(proof({ nonce: first }));
    const [[, second] = ['', '']] = dpop.replyFields(aging) ?? [];
    assert.notEqual(second, first);
    await confirm(proof({ nonce: second ?? '' }));
    clock.advance(1);
    assert.notEqual(await asked(confirm(proof({ nonce: first }))), first);
  });

  test('it tells when a proof was made, whatever clock the client has; the proof is used once still', async () => {
    const { clock, confirm, proof } = setUp({ nonce });
    const given = await asked(confirm(proof()));
    const one = proof({ nonce: given, at: clock.wall() - 86_400_000 });
    await confirm(one);
    await assert.rejects(confirm(one), refusal(/used before/));
  });

  test('nobody learns one without a good proof', async () => {
    const { clock, confirm } = setUp({ nonce });
    const forged = proofBy(thief, { token: TOKEN, at: clock.wall(), header: { jwk: prover.jwk } });
    await assert.rejects(confirm(forged), refusal(/does not hold/));
  });
});

test('a proof of a handshake holds for what comes over its socket, and over no other', async () => {
  const { clock, dpop, confirm, proof } = setUp();
  const client = { address: '192.0.2.1', scheme: 'http' } as const;
  const one = proof();
  await confirm(one, { client, dispatch: () => assert.fail() });
  clock.advance(3_600_000);
  await confirm(one, { client, isOperation: true });
  await confirm(one, { client, isOperation: true });
  await assert.rejects(confirm(one, { client: { ...client }, isOperation: true }), refusal(/too old/));
  await assert.rejects(confirm(one, { client }), refusal(/too old/));
  // One that comes with the first message of the socket is proven then, and once.
  const late = proof();
  const socket = { client: { ...client }, isOperation: true };
  await confirm(late, socket);
  await confirm(late, socket);
  // Of the token that it was proven with, and no other.
  const another = { token: `${TOKEN}x`, claims: {}, value: prover.thumbprint };
  await assert.rejects(
    async () => dpop.confirm(another, presented({ dpop: late }, socket)),
    refusal(/another token/),
  );
  await assert.rejects(confirm(late), refusal(/used before/));
});

test('its challenge says which algorithms will do', () => {
  const { dpop } = setUp({ algorithms: ['ES256', 'PS256'] });
  assert.deepEqual(dpop.challenges('use_dpop_nonce', 'a b'), [
    'DPoP realm="frontdesk", algs="ES256 PS256", error="use_dpop_nonce", scope="a b"',
  ]);
});

test('a fuzzer finds no changed proof that is taken, and nothing thrown beside refusals', async () => {
  const { confirm, proof } = setUp();
  const random = seeded(20_261_122);
  for (let round = 0; round < 500; round += 1) {
    const good = proof();
    const text = mutated(good, random);
    const label = `round ${round}: ${text}`;
    try {
      await confirm(text);
      assert.equal(text.slice(0, text.lastIndexOf('.')), good.slice(0, good.lastIndexOf('.')), label);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(
        error instanceof FrontdeskError && error.code === 'invalid_credentials',
        `${error}: ${label}`,
      );
    }
  }
});
