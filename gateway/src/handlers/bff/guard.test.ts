import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { LEAST_PRIORITY } from '../../core/priority.ts';
import { makeExchange } from '../../core/testing/exchange.ts';
import { PayloadBody } from '../reshaping/payload-body.ts';
import { guardBff } from './guard.ts';
import { BffLedger, type BffOutcome } from './ledger.ts';
import { objectiveConfig } from './objective.ts';

const complete = { kind: 'complete', bytes: 0 } as const;

function reply(status: number, ...fields: string[]): Reply {
  return makeReply(status, new HeaderFields(fields), new WholeBody('x'));
}

function set(handler: Handler, more: { concurrency?: number; serves?: () => boolean } = {}) {
  const clock = new ManualClock();
  const ledger = new BffLedger({ clock, logger: noLogger, meter: noMeter });
  const account = ledger.account('web', objectiveConfig.parse({ availability: 99, onExhausted: 'yield' }));
  const outcomes: BffOutcome[] = [];
  const { ended } = account;
  account.ended = (screen, outcome, ms) => {
    outcomes.push(outcome);
    ended.call(account, screen, outcome, ms);
  };
  const guarded = guardBff(handler, { account, screen: 'me', concurrency: 2, clock, ...more });
  return { guarded, outcomes, account, ask: () => guarded(makeExchange().exchange) };
}

test('a place is held to the last byte; one request too many is refused at once, and nobody waits', async () => {
  const { ask, outcomes } = set(async () => reply(200));
  const [first] = [await ask(), await ask()];
  await assert.rejects(ask(), { code: 'overloaded', retryAfterS: 1 });
  first.settlement.settle(complete);
  await ask();
  assert.deepEqual(outcomes, ['ok', 'ok', 'refused', 'ok']);
});

test('what fails gives its place back', async () => {
  const { ask, outcomes } = set(() => Promise.reject(new FrontdeskError('upstream_timeout')), {
    concurrency: 1,
  });
  for (let i = 0; i < 3; i += 1) await assert.rejects(ask(), { code: 'upstream_timeout' });
  assert.deepEqual(outcomes, ['error', 'error', 'error']);
});

test('a stream gives its place back with its head', async () => {
  const events = set(async () => reply(200, 'content-type', 'text/event-stream'), { concurrency: 1 });
  await events.ask();
  await events.ask();
  const parts = set(async () => reply(200, 'content-type', 'multipart/mixed; boundary="-"'), {
    concurrency: 1,
  });
  await parts.ask();
  await parts.ask();
});

test('how it ended: by status, by what it lacks, and by what went wrong behind a 200', async () => {
  for (const [answer, outcome] of [
    [reply(200), 'ok'],
    [reply(304), 'ok'],
    [reply(200, 'frontdesk-incomplete', 'a'), 'incomplete'],
    [reply(404), 'client_error'],
    [reply(503), 'error'],
  ] as const) {
    const { ask, outcomes } = set(async () => answer);
    await ask();
    assert.deepEqual(outcomes, [outcome]);
  }
  const graphql = set(async (exchange) => {
    exchange.error = new FrontdeskError('part_failed');
    return reply(200);
  });
  await graphql.ask();
  assert.deepEqual(graphql.outcomes, ['error']);
  const left = set(() => Promise.reject(new FrontdeskError('client_closed')));
  await assert.rejects(left.ask());
  assert.deepEqual(left.outcomes, ['abandoned']);
});

test('while its process does not serve it is refused at once, and says when to come again', async () => {
  let serves = false;
  const { ask, outcomes } = set(async () => reply(200), { serves: () => serves });
  await assert.rejects(ask(), { code: 'upstream_unavailable', retryAfterS: 1 });
  serves = true;
  assert.equal((await ask()).status, 200);
  assert.deepEqual(outcomes, ['error', 'ok']);
});

test('with its budget spent its requests make way, where the objective says so', async () => {
  const { guarded, account } = set(async () => reply(200));
  account.enter(3);
  account.ended('me', 'error', 1);
  const { exchange } = makeExchange();
  await guarded(exchange);
  assert.equal(exchange.priority, LEAST_PRIORITY);
});

test('an answer that only comes in pieces holds its place to its end, whatever it is written as', async () => {
  const { exchange } = makeExchange();
  const payloads = (async function* () {})();
  const dialect = { open: '', heartbeat: undefined, complete: '', payload: String, failure: String };
  const clock = new ManualClock();
  const body = new PayloadBody({ exchange, payloads, dialect, clock, heartbeatMs: 1_000, isBrief: true });
  const brief = makeReply(200, new HeaderFields(['content-type', 'text/event-stream']), body);
  const { ask } = set(async () => brief, { concurrency: 1 });
  await ask();
  await assert.rejects(ask(), { code: 'overloaded' });
  brief.settlement.settle(complete);
  await ask();
});
