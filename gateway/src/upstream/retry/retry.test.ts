import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../../core/body.ts';
import { type ErrorCode, FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Settlement } from '../../core/settlement.ts';
import type { UpstreamReply, UpstreamRequest } from '../../core/upstream-call.ts';
import { UpstreamCall } from '../call.ts';
import { context, HandBody, request } from '../testing/harness.ts';
import { retry, retryAfterMs } from './retry.ts';
import { RetryBudget } from './retry-budget.ts';
import { retryConfig } from './retry-config.ts';

const clock = new ManualClock();

function reply(status: number, fields: string[] = []): UpstreamReply {
  return { status, headers: new HeaderFields(fields), body: emptyBody, settled: new Settlement().settled };
}

/** Answers attempt after attempt from a script; an error code is a rejection. */
function script(answers: readonly (UpstreamReply | ErrorCode)[], input: object = {}, random = 0.999) {
  const config = retryConfig.parse(input);
  const retried: string[] = [];
  const policy = retry({
    config,
    budget: new RetryBudget(config.budget, clock),
    clock,
    random: () => random,
    retried: (_value, upstream, reason) => void retried.push(`${upstream} ${reason}`),
  });
  const attempts: UpstreamCall[] = [];
  const run = (more: Partial<UpstreamRequest> = {}, prepare: (call: UpstreamCall) => void = () => {}) => {
    const caller = more.context ?? context({ clock });
    return policy(new UpstreamCall(request({ context: caller, ...more })), (call) => {
      attempts.push(call);
      const answer = answers[attempts.length - 1];
      call.sent = answer !== 'upstream_connect';
      prepare(call);
      if (answer === undefined) throw new Error('the script is at its end');
      return typeof answer === 'string'
        ? Promise.reject(new FrontdeskError(answer))
        : Promise.resolve(answer);
    });
  };
  return { run, attempts, retried };
}

/** Lets promises and then time pass, step by step. */
async function elapse(ms: number): Promise<void> {
  for (let passed = 0; passed <= ms; passed += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (passed < ms) clock.advance(1);
  }
}

test('it waits with full jitter between attempts, and no longer than the bound', async () => {
  const { run, attempts } = script([reply(503), reply(200)]);
  const head = run();
  await elapse(24);
  assert.equal(attempts.length, 1);
  await elapse(1);
  assert.equal((await head).status, 200);
  assert.equal(attempts[1]?.attempt, 2);
});

test('the last answer is handed on when there are no more attempts', async () => {
  const { run, attempts } = script([reply(503), reply(502)], {}, 0);
  assert.equal((await run()).status, 502);
  assert.equal(attempts.length, 2);
});

test('the reasons are counted', async () => {
  const { run, retried } = script(
    ['upstream_connect', 'upstream_reset', 'upstream_timeout', reply(504), reply(200)],
    { max: 4 },
    0,
  );
  await assert.rejects(script(['upstream_limited'], {}, 0).run(), /rate limit/);
  assert.equal((await run()).status, 504, 'three retries in ten seconds are all that little traffic has');
  assert.deepEqual(retried, ['users connect', 'users reset', 'users timeout']);
});

test('our own refusals, the client’s leaving and unlisted statuses are final', async () => {
  for (const code of [
    'upstream_limited',
    'circuit_open',
    'bulkhead_full',
    'client_closed',
    'deadline_exceeded',
  ] as const) {
    const { run, attempts } = script([code], {}, 0);
    await assert.rejects(run());
    assert.equal(attempts.length, 1, code);
  }
  for (const status of [200, 404, 429, 500])
    assert.equal((await script([reply(status)], {}, 0).run()).status, status);
});

test('what is not idempotent, or cannot be sent again, is sent once', async () => {
  for (const more of [
    { method: 'POST' },
    { method: 'GET', idempotent: false },
    { method: 'PUT', body: new HandBody() },
    { method: 'PUT', body: new HandBody(70_000) },
  ]) {
    const { run, attempts } = script([reply(503)], {}, 0);
    assert.equal((await run(more)).status, 503);
    assert.equal(attempts.length, 1);
  }
});

test('Retry-After is honoured within the deadline, and past it the answer is final', async () => {
  const { run, attempts } = script([reply(503, ['retry-after', '1']), reply(200)], {}, 0);
  const head = run({ context: context({ clock, deadlineMs: 5000 }) });
  await elapse(999);
  assert.equal(attempts.length, 1);
  await elapse(1);
  assert.equal((await head).status, 200);
  const late = script([reply(503, ['retry-after', '10'])], { maxRetryAfter: '1m' }, 0);
  assert.equal((await late.run({ context: context({ clock, deadlineMs: 5000 }) })).status, 503);
});

test('RFC 9110 §10.2.3: Retry-After as seconds, as a date, as nonsense', () => {
  const at = new Date(clock.wall() + 3000).toUTCString();
  assert.equal(retryAfterMs(reply(503, ['retry-after', '7']), clock), 7000);
  const dated = retryAfterMs(reply(503, ['retry-after', at]), clock);
  assert.ok(dated > 1900 && dated <= 3000, String(dated));
  assert.equal(retryAfterMs(reply(503, ['retry-after', 'soon']), clock), 0);
  assert.equal(retryAfterMs(reply(503), clock), 0);
});

test('a client that leaves during the backoff ends it', async () => {
  const { run, attempts } = script([reply(503), reply(200)]);
  const caller = context({ clock });
  const head = run({ context: caller });
  await elapse(0);
  caller.cancellation.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(head, /client closed/i);
  await elapse(30);
  assert.equal(attempts.length, 1);
});

test('a reset on a used connection is tried again at once and once, beyond count and budget', async () => {
  const none = { max: 0, budget: { ratio: 0, min: 0 } };
  const used = (call: UpstreamCall): void => {
    call.connectionReused = true;
  };
  const { run, retried } = script(['upstream_reset', reply(200)], none);
  assert.equal((await run({}, used)).status, 200);
  assert.deepEqual(retried, ['users idle_close']);
  await assert.rejects(
    script(['upstream_reset', 'upstream_reset'], none).run({}, used),
    /broke the connection/,
  );
  await assert.rejects(script(['upstream_reset'], none).run({}), /broke the connection/);
  await assert.rejects(
    script(['upstream_reset'], none).run({ method: 'POST' }, used),
    /broke the connection/,
  );
});

test('a client that leaves while its body is being kept ends the call', async () => {
  const { run } = script([reply(200)]);
  const caller = context({ clock });
  const body = new HandBody(10);
  const head = run({ method: 'PUT', body, context: caller });
  await body.started;
  caller.cancellation.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(head, /client closed/i);
  assert.ok(body.cancelled);
});

test('who asks for a longer wait than maxRetryAfter gets no further attempt', async () => {
  const { run, attempts } = script([reply(503, ['retry-after', '3'])], {}, 0);
  assert.equal((await run()).status, 503);
  assert.equal(attempts.length, 1);
});

test('no attempt begins that could hardly end before the deadline', async () => {
  const before = (deadlineMs: number, answer: UpstreamReply | ErrorCode) =>
    script([answer, reply(200)], { minRemaining: '30ms' }, 0).run({
      context: context({ clock, deadlineMs }),
    });
  assert.equal((await before(31, reply(503))).status, 200);
  assert.equal((await before(30, reply(503))).status, 503);
  await assert.rejects(before(30, 'upstream_reset'), /broke the connection/);
});

test('errors that are not listed are final', async () => {
  const codes = {
    connect: 'upstream_connect',
    reset: 'upstream_reset',
    invalid: 'upstream_invalid',
  } as const;
  for (const [listed, code] of Object.entries(codes)) {
    assert.equal((await script([code, reply(200)], { errors: [listed] }, 0).run()).status, 200);
    const errors = Object.keys(codes).filter((one) => one !== listed);
    await assert.rejects(script([code], { errors }, 0).run());
  }
});

test('methods that are not listed are sent once, unless nothing was sent', async () => {
  const only = { methods: ['get'] };
  assert.equal((await script([reply(503), reply(200)], only, 0).run()).status, 200);
  assert.equal((await script([reply(503)], only, 0).run({ method: 'PUT' })).status, 503);
  assert.equal((await script(['upstream_connect', reply(200)], only, 0).run({ method: 'PUT' })).status, 200);
});

test('a method that is listed needs its Idempotency-Key all the same', async () => {
  const posts = { methods: ['POST'] };
  assert.equal((await script([reply(503)], posts, 0).run({ method: 'POST' })).status, 503);
  const headers = new HeaderFields(['idempotency-key', 'k']);
  assert.equal(
    (await script([reply(503), reply(200)], posts, 0).run({ method: 'POST', headers })).status,
    200,
  );
});

test('what the backend says it did nothing with goes again, whatever it is (RFC 9113 §8.7)', async () => {
  const refused = (call: UpstreamCall): void => {
    call.sent = false;
  };
  const { run, retried } = script(['upstream_reset', reply(200)], {}, 0);
  assert.equal((await run({ method: 'POST' }, refused)).status, 200);
  assert.deepEqual(retried, ['users refused']);
});

test('a route’s own rules replace the upstream’s, each by itself', async () => {
  const { run, attempts } = script([reply(500), reply(503), reply(200)], { max: 2 }, 0);
  assert.equal((await run({ retry: { status: [500] } })).status, 503, 'its own statuses');
  assert.equal(attempts.length, 2);
  const none = script([reply(503)], { max: 2 }, 0);
  assert.equal((await none.run({ retry: { max: 0 } })).status, 503);
  assert.equal(none.attempts.length, 1);
});
