/** A body of payloads at the client's pace: heartbeats, the end and its reason, and a client that takes nothing. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { PayloadBody, type StreamDialect } from './payload-body.ts';

const dialect: StreamDialect = {
  open: 'open ',
  heartbeat: '. ',
  complete: 'complete',
  payload: (text) => `${text} `,
  failure: ({ code }) => `failed:${code}`,
};

function started(payloads: AsyncIterator<string>, takes: () => boolean = () => true) {
  const clock = new ManualClock();
  const exchange = exchangeOn(clock);
  const body = new PayloadBody({ exchange, payloads, dialect, clock, heartbeatMs: 100, slowMs: 1000 });
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  let written = '';
  const flow = body.start({
    write(chunk) {
      written += Buffer.from(chunk).toString();
      return takes();
    },
    end: () => resolve(undefined),
    fail: resolve,
  });
  return { clock, exchange, flow, ended: promise, written: () => written };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('writes what is pulled, between its opening and its end', async () => {
  const payloads = (async function* () {
    yield 'a';
    yield 'b';
  })();
  const { ended, written } = started(payloads);
  assert.equal(await ended, undefined);
  assert.equal(written(), 'open a b complete');
});

it('shows that it lives while there is nothing to say', async () => {
  const { clock, flow, written } = started({ next: () => new Promise(() => {}) });
  clock.advance(250);
  assert.equal(written(), 'open . . ');
  flow.cancel(new Error('left'));
  clock.advance(250);
  assert.equal(written(), 'open . . ');
});

it('says why it broke, and stops what works for it', async () => {
  const { ended, written, exchange } = started({
    next: () => Promise.reject(new FrontdeskError('upstream_reset')),
  });
  assert.equal(await ended, undefined);
  assert.equal(written(), 'open failed:upstream_reset');
  assert.ok(exchange.cancellation.cancelled);
});

it('pulls nothing while the client takes nothing, and cuts it off in the end', async () => {
  let pulled = 0;
  const payloads = { next: async () => ({ value: `${++pulled}`, done: false as const }) };
  let takes = true;
  const { clock, ended, written, flow, exchange } = started(payloads, () => takes && pulled < 3);
  takes = false;
  await turn();
  const before = pulled;
  clock.advance(900);
  assert.equal(pulled, before);
  flow.resume();
  await turn();
  assert.equal(pulled, before + 1);
  clock.advance(1000);
  const error = await ended;
  assert.ok(error instanceof FrontdeskError && error.code === 'slow_consumer');
  assert.equal(exchange.error, error);
  assert.doesNotMatch(written(), /\. |complete/);
});
