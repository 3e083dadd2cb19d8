/** DPoP over GraphQL WebSockets: a proof of the handshake, or with the first message, is used up once and holds for the socket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authenticator } from '../auth/authenticator.ts';
import { DpopConfirmation } from '../auth/dpop/dpop.ts';
import { dpopConfig } from '../auth/dpop/dpop-config.ts';
import { DpopReplays } from '../auth/dpop/dpop-replays.ts';
import { anyOf } from '../auth/route-auth.ts';
import { acceptTokens } from '../auth/testing/accepted-tokens.ts';
import { makeProver, proofBy } from '../auth/testing/dpop-prover.ts';
import { jwksOf, makeKey, signToken } from '../auth/testing/issuer.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { ACK, INIT, refusalOf, served } from '../handlers/graph/graph-socket.fixture.ts';
import { MemoryStore } from '../state/memory.ts';

const HELLO = { data: { hello: 'world' } };
const ask = (id: string) => ({ id, type: 'subscribe', payload: { query: '{ hello }' } });
const answers = (id: string) => [
  { id, type: 'next', payload: HELLO },
  { id, type: 'complete' },
];

test('a proof holds for the operations of its socket, and for no other socket', async (t) => {
  const issuer = makeKey('k1', 'ES256');
  const prover = makeProver();
  const clock = new ManualClock();
  const replays = new DpopReplays({ store: new MemoryStore({ clock }), clock, logger: noLogger });
  const dpop = new DpopConfirmation({ config: dpopConfig.parse({}), replays, clock, meter: noMeter });
  const { scheme } = acceptTokens({
    issuers: [{ issuer: 'https://a.example', audience: 'frontdesk' }],
    documents: [jwksOf(issuer)],
    confirmations: [dpop],
  });
  const authenticator = new Authenticator({ schemes: [scheme], meter: noMeter }).forRoute(anyOf(['jwt']));
  const { server, connect, opened } = await served(t, { authenticator });
  const iat = Math.floor(clock.wall() / 1_000);
  const token = signToken(issuer, {
    iss: 'https://a.example',
    aud: 'frontdesk',
    sub: 'u1',
    iat,
    exp: iat + 3_600,
    cnf: { jkt: prover.thumbprint },
  });
  const credentials = () => ({
    authorization: `DPoP ${token}`,
    dpop: proofBy(prover, { token, at: clock.wall(), htu: `ws://127.0.0.1:${server.port}/graphql` }),
  });

  const fields = credentials();
  const peer = await opened(fields);
  peer.say(ask('1'));
  await peer.gets(...answers('1'));
  clock.advance(600_000);
  peer.say(ask('2'));
  await peer.gets(...answers('2'));
  assert.equal((await refusalOf(server, fields)).status, 401);

  // As a page does it, which can set no fields.
  const payload = credentials();
  const page = await connect();
  page.say({ ...INIT, payload });
  await page.gets(ACK);
  page.say(ask('1'));
  await page.gets(...answers('1'));
  const thief = await connect();
  thief.say({ ...INIT, payload });
  await thief.closesWith(4403);
});
