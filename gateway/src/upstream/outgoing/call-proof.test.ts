import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import { coded } from '../../core/testing/errors.ts';
import type { UpstreamRequest } from '../../core/upstream-call.ts';
import { backend, context, HandBody, identity, request, rig, text } from '../testing/harness.ts';
import type { CallProof } from './call-proof.ts';

/** A proof that differs with each use, as tokens that are renewed do. */
function proof(more: Partial<CallProof> = {}): CallProof & { made: number } {
  const one: CallProof & { made: number } = {
    field: 'x-identity-token',
    ofCaller: true,
    made: 0,
    valueFor: ({ identity: caller }: CallContext) => {
      one.made += 1;
      return caller && `${caller.subject}#${one.made}`;
    },
    ...more,
  };
  return one;
}

async function stage(t: TestContext, proofs: readonly CallProof[], settings: object = {}) {
  const came: string[] = [];
  const state = { vary: '', status: 200, challenge: '' };
  const url = await backend(t, (incoming, response) => {
    const said = proofs.map(({ field }) => incoming.headers[field] ?? 'none').join(' ');
    came.push(said);
    response.statusCode = state.status;
    if (state.challenge !== '') response.setHeader('www-authenticate', state.challenge);
    response.setHeader('cache-control', 'max-age=60, public');
    if (state.vary !== '') response.setHeader('vary', state.vary);
    response.end(said);
  });
  const upstreams = rig(t, { users: { url, ...settings } }, { proofsOf: () => proofs });
  const ask = async (caller: Identity | undefined, more: Partial<UpstreamRequest> = {}) => {
    const reply = await upstreams.call(
      request({ context: context(caller ? { identity: caller } : {}), ...more }),
    );
    return `${reply.status} ${await text(reply)}`;
  };
  return { ask, came, state };
}

const [ann, bob] = [identity({ subject: 'ann' }), identity({ subject: 'bob' })];

test('each call has the proof of its caller, and nobody’s where there is none', async (t) => {
  const { ask } = await stage(t, [proof()]);
  assert.equal(await ask(ann), '200 ann#1');
  assert.equal(await ask(bob), '200 bob#2');
  assert.equal(await ask(undefined), '200 none');
});

test('what was had for one caller is never given to another, and a renewed token loses nothing', async (t) => {
  const one = proof();
  const { ask, came } = await stage(t, [one], { cache: true });
  assert.equal(await ask(ann), '200 ann#1');
  assert.equal(await ask(ann), '200 ann#1');
  // The same person by another token of the same claims.
  assert.equal(await ask(identity({ subject: 'ann' })), '200 ann#1');
  assert.equal(one.made, 1);
  assert.deepEqual(came, ['ann#1']);
});

test('a public reply that varies by the proof is told apart by who asks, not by signatures', async (t) => {
  const { ask, came, state } = await stage(t, [proof()], { cache: true });
  state.vary = 'X-Identity-Token';
  assert.equal(await ask(ann), '200 ann#1');
  assert.equal(await ask(bob), '200 bob#2');
  assert.equal(await ask(ann), '200 ann#1');
  assert.equal(await ask(undefined), '200 none');
  assert.deepEqual(came, ['ann#1', 'bob#2', 'none']);
});

test('identical queries of two callers are two calls; of one caller, or with the gateway’s own token, one', async (t) => {
  const query = { method: 'POST', body: new WholeBody('{}'), idempotent: true, share: 10_000 } as const;
  const settings = { share: true, identityHeaders: false };
  const theirs = await stage(t, [proof()], settings);
  const replies = await Promise.all([ann, bob, ann].map((caller) => theirs.ask(caller, query)));
  assert.deepEqual(replies, ['200 ann#1', '200 bob#2', '200 ann#1']);
  assert.equal(theirs.came.length, 2);
  const ours = await stage(t, [proof({ ofCaller: false, valueFor: () => 'own' })], settings);
  await Promise.all([ann, bob].map((caller) => ours.ask(caller, query)));
  assert.equal(ours.came.length, 1);
});

function renewable(ofCaller: boolean, isBetter = true) {
  let number = 1;
  return proof({
    field: 'authorization',
    ofCaller,
    valueFor: async () => `Bearer ${number}`,
    refused: () => {
      number += 1;
      return isBetter;
    },
  });
}

test('a token that the backend refuses is replaced once, where the body can be sent again', async (t) => {
  const { ask, came, state } = await stage(t, [renewable(true)]);
  state.status = 401;
  assert.equal(await ask(ann), '401 Bearer 1');
  state.challenge = 'Bearer error="invalid_token"';
  assert.equal(await ask(ann, { method: 'POST', body: new WholeBody('x') }), '401 Bearer 2');
  assert.deepEqual(came, ['Bearer 1', 'Bearer 1', 'Bearer 2']);
  const body = new HandBody();
  void body.started.then((sink) => sink.end());
  assert.equal(await ask(ann, { method: 'POST', body }), '401 Bearer 2');
});

test('a refusal of the gateway’s own token is no answer to the caller', async (t) => {
  const { ask, came, state } = await stage(t, [renewable(false)]);
  state.status = 401;
  assert.equal(await ask(ann), '401 Bearer 1');
  state.challenge = 'Bearer error="invalid_token"';
  await assert.rejects(ask(ann), coded('upstream_credential'));
  assert.equal(came.length, 3);
  const young = await stage(t, [renewable(false, false)]);
  young.state.status = 401;
  young.state.challenge = 'Bearer error="invalid_token"';
  await assert.rejects(young.ask(ann), coded('upstream_credential'));
  assert.equal(young.came.length, 1);
});

test('without its proof no call is made, and nobody waits longer for it than it has time', async (t) => {
  const failing = proof({ valueFor: () => Promise.reject(new Error('no token')) });
  const broken = await stage(t, [failing]);
  await assert.rejects(broken.ask(ann), /no token/);
  const { ask, came } = await stage(t, [proof({ valueFor: () => new Promise(() => {}) })]);
  const caller = context({ identity: ann });
  const asked = ask(ann, { context: caller });
  caller.cancellation.cancel(new Error('left'));
  await assert.rejects(asked, /left/);
  assert.deepEqual([...broken.came, ...came], []);
});
