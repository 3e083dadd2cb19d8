import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { enforce } from './enforce.ts';
import { hiddenFields } from './input.ts';
import { ALLOWED, expressionPolicy, type Policy, type Verdict } from './policy.ts';

const CHALLENGE = ['www-authenticate', 'Bearer realm="frontdesk"'] as const;

function scripted(name: string, verdict: Verdict | Error, later = false): Policy {
  return {
    name,
    message: undefined,
    asksIdentity: true,
    sets: ['x-set'],
    decide() {
      if (verdict instanceof Error) {
        return Promise.reject(verdict);
      }
      return later ? Promise.resolve(verdict) : verdict;
    },
  };
}

async function run(policies: readonly Policy[], identity = makeIdentity(), anonymous = false) {
  const counted: string[] = [];
  let reached = 0;
  const step = enforce({
    policies,
    challenges: () => [CHALLENGE],
    count: (policy, outcome) => counted.push(`${policy} ${outcome}`),
  });
  const { exchange } = makeExchange({
    headers: { 'x-set': 'forged' },
    identity: anonymous ? undefined : identity,
  });
  let error: unknown;
  try {
    await step(exchange, async () => {
      reached += 1;
      return makeReply(200, new HeaderFields(), emptyBody);
    });
  } catch (thrown) {
    error = thrown;
  }
  return { counted, reached, error, exchange };
}

const outcome = fc.constantFrom<Verdict['outcome'] | 'cannot tell'>(
  'allowed',
  'denied',
  'error',
  'cannot tell',
);
const policy = fc.record({ outcome, later: fc.boolean() });

test('a backend is reached exactly where every policy allows it, whenever they answer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(policy, { minLength: 1, maxLength: 5 }), async (list) => {
      const policies = list.map(({ outcome, later }, i) => {
        if (outcome === 'cannot tell') return scripted(`p${i}`, new FrontdeskError('upstream_unavailable'));
        return scripted(`p${i}`, { outcome }, later);
      });
      const { reached, error } = await run(policies);
      const first = list.find((one) => one.outcome !== 'allowed');
      assert.equal(reached, first ? 0 : 1);
      const code = error instanceof FrontdeskError ? error.code : undefined;
      assert.equal(code, first && (first.outcome === 'cannot tell' ? 'upstream_unavailable' : 'forbidden'));
    }),
  );
});

test('a refusal names the policy and its message, not the expression; the log knows what decided', async () => {
  const own = expressionPolicy({
    name: 'same-tenant',
    source: 'identity.tenant == "acme" || "admin" in identity.roles',
    message: 'Only your own tenant',
    hidden: hiddenFields([]),
    clock: new ManualClock(),
  });
  const { error, counted } = await run([own], makeIdentity({ tenant: 'evil' }));
  assert.ok(error instanceof FrontdeskError);
  assert.deepEqual(error.members, { policy: 'same-tenant', reason: 'Only your own tenant' });
  assert.equal(
    error.detail,
    'policy same-tenant: identity.tenant == "acme" is false; "admin" in identity.roles is false',
  );
  assert.deepEqual(counted, ['same-tenant denied']);
  const failing = await run([own], makeIdentity());
  assert.deepEqual(failing.counted, ['same-tenant error']);
  assert.equal(failing.reached, 0);
});

test('somebody unknown is asked for a credential where it might help', async () => {
  const refused = async (source: string) => {
    const one = expressionPolicy({ name: 'p', source, hidden: hiddenFields([]), clock: new ManualClock() });
    const { error } = await run([one], undefined, true);
    return error instanceof FrontdeskError ? [error.code, error.headers.length] : undefined;
  };
  assert.deepEqual(await refused('!identity.anonymous'), ['unauthenticated', 1]);
  assert.deepEqual(await refused('client.address == "::1"'), ['forbidden', 0]);
});

test('what a decision sets for the backend, no client sets', async () => {
  const plain = await run([scripted('a', ALLOWED)]);
  assert.equal(plain.exchange.headers.get('x-set'), undefined);
  const told = await run([scripted('a', { outcome: 'allowed', headers: [['x-set', 'gold']] }, true)]);
  assert.equal(told.exchange.headers.get('x-set'), 'gold');
});

test('who leaves meanwhile does not wait for the decision, and reaches nothing', async () => {
  const { promise, resolve } = Promise.withResolvers<Verdict>();
  const waiting: Policy = { ...scripted('a', ALLOWED), decide: () => promise };
  const step = enforce({ policies: [waiting], challenges: () => [], count: () => {} });
  const { exchange } = makeExchange();
  const gone = new FrontdeskError('deadline_exceeded');
  const answered = step(exchange, () => Promise.reject(new Error('reached')));
  exchange.cancellation.cancel(gone);
  await assert.rejects(answered, (error) => error === gone);
  resolve(ALLOWED);
});
