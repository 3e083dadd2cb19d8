import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, emptyBody } from '../core/body.ts';
import { ERRORS, FrontdeskError } from '../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Logger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import type { Priority } from '../core/priority.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { problemReply } from '../wire/problem-details.ts';
import { makeIdSource } from '../wire/trace-context.ts';
import { LoadShedder, sheddingConfig, shedPriority } from './shed.ts';

const settings = (() => {
  const parsed = sheddingConfig.parse({ maxWait: '10ms' });
  assert.ok(parsed);
  return parsed;
})();

/** A gateway whose every request takes a millisecond and is never through. */
function setUp() {
  const clock = new ManualClock();
  const deferred: (() => void)[] = [];
  const lines: string[] = [];
  const record = (_: object, message: string) => void lines.push(message);
  const logger: Logger = { debug: record, info: record, warn: record, error: record };
  const shedder = new LoadShedder({
    config: settings,
    clock,
    ids: makeIdSource(),
    logger,
    meter: noMeter,
    defer: (fire) => void deferred.push(fire),
  });
  const served: string[] = [];
  const handler: Handler = async (exchange) => {
    served.push(exchange.path);
    clock.advance(1);
    return makeReply(200, new HeaderFields(), emptyBody);
  };
  const ask = (path: string, priority: Priority | undefined, more: Partial<Exchange> = {}) =>
    shedder.step(() => priority)({ ...makeExchange({ target: path }).exchange, ...more }, handler);
  const turn = () => {
    for (const fire of deferred.splice(0)) fire();
  };
  return { clock, shedder, lines, served, ask, turn };
}

/** As many as it takes until somebody has to wait, and the pace is known. */
async function flood({ ask, turn, shedder, clock }: ReturnType<typeof setUp>): Promise<Promise<Reply>[]> {
  const replies: Promise<Reply>[] = [];
  for (let i = 0; i < 60; i += 1) replies.push(ask('/flood', 1));
  for (let i = 0; i < 10; i += 1) turn();
  while (shedder.waiting === 0) replies.push(ask('/flood', 1));
  clock.advance(3);
  for (let i = 0; i < 20; i += 1) replies.push(ask('/flood', 1));
  return replies;
}

test('a light load goes straight through', async () => {
  const { ask, served, shedder } = setUp();
  const reply = await ask('/a', 1);
  assert.equal(reply.status, 200);
  assert.deepEqual([served, shedder.waiting], [['/a'], 0]);
});

test('what has no time to be done is refused at once, as a problem that can be asked about', async () => {
  const gateway = setUp();
  await flood(gateway);
  const reply = await gateway.ask('/late', 1);
  assert.equal(reply.status, 503);
  assert.equal(reply.headers.get('retry-after'), '1');
  const id = reply.headers.get('x-request-id') ?? '';
  assert.match(id, /^[0-9a-f]{32}$/);
  const body = await collect(reply.body, 10_000, () => new Error('too large'));
  const asMade = problemReply(new FrontdeskError('overloaded', { retryAfterS: 1 }), id);
  const expected = await collect(asMade.body, 10_000, () => new Error('too large'));
  assert.deepEqual(JSON.parse(Buffer.from(body).toString()), JSON.parse(Buffer.from(expected).toString()));
  assert.equal(reply.status, ERRORS.overloaded.status);
  assert.ok(!gateway.served.includes('/late'));
});

test('health answers whatever the load, and the important before the rest', async () => {
  const gateway = setUp();
  await flood(gateway);
  assert.equal((await gateway.ask('/healthz', undefined)).status, 200);
  const important = gateway.ask('/important', 0);
  const before = gateway.served.length;
  gateway.turn();
  assert.equal(gateway.served[before], '/important');
  assert.equal((await important).status, 200);
});

test('a body that is not wanted is let go', async () => {
  const gateway = setUp();
  await flood(gateway);
  let discarded: Error | undefined;
  const body = {
    length: 10,
    replayable: false,
    start: () => assert.fail('read'),
    discard: (reason: Error) => {
      discarded = reason;
    },
  };
  assert.equal((await gateway.ask('/upload', 1, { body })).status, 503);
  assert.ok(discarded instanceof FrontdeskError);
});

test('a flood of refusals is two lines in the log for each second', async () => {
  const gateway = setUp();
  await flood(gateway);
  for (let i = 0; i < 100; i += 1) await gateway.ask('/late', 1);
  assert.deepEqual(gateway.lines, ['overloaded: requests are refused']);
  gateway.clock.advance(1_000);
  assert.deepEqual(gateway.lines.slice(1), ['requests were refused within a second']);
});

test('a handler that fails is not counted as under way for ever', async () => {
  const { shedder } = setUp();
  const failing = shedder.step(() => 1);
  for (let i = 0; i < 100; i += 1) {
    await assert.rejects(failing(makeExchange().exchange, () => Promise.reject(new Error('x'))));
  }
  assert.equal(shedder.waiting, 0);
  assert.equal(
    (
      await shedder.step(() => assert.fail('asked'))(makeExchange().exchange, async () =>
        makeReply(204, new HeaderFields(), emptyBody),
      )
    ).status,
    204,
  );
});

test('health is never refused; a route without a word is normal', () => {
  assert.equal(shedPriority('health', 'low'), undefined);
  assert.equal(shedPriority('proxy', undefined), 1);
  assert.equal(shedPriority('graph', 'low'), 2);
});

test('off is off, and times have bounds', () => {
  assert.equal(sheddingConfig.parse('off'), undefined);
  assert.deepEqual(sheddingConfig.parse(undefined), { maxWait: 1_000, slice: 2 });
  assert.equal(sheddingConfig.safeParse({ maxWait: '1h' }).success, false);
  assert.match(sheddingConfig.safeParse('on').error?.issues[0]?.message ?? '', /expected off/);
});
