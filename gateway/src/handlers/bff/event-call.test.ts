/** Event streams of backends: what is read of them, where they go on, and what is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BackendStatusError } from '../../bff/backend-failure.ts';
import type { Body, Sink } from '../../core/body.ts';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { UpstreamReply, UpstreamRequest } from '../../core/upstream-call.ts';
import { type EventCall, readEvents } from './event-call.ts';

const isError = (code: string) => (error: unknown) => error instanceof FrontdeskError && error.code === code;

/** A body that a test writes. */
class WrittenBody implements Body {
  readonly length = undefined;
  readonly replayable = false;
  readonly cancelled: string[] = [];
  paused = false;
  sink: Sink | undefined;

  start(sink: Sink) {
    this.sink = sink;
    return {
      resume: () => {
        this.paused = false;
      },
      cancel: (reason: Error) => {
        this.cancelled.push(reason instanceof FrontdeskError ? reason.code : reason.message);
      },
    };
  }

  write(text: string): void {
    if (this.sink?.write(Buffer.from(text)) === false) this.paused = true;
  }

  discard(reason: Error): void {
    this.cancelled.push(reason.message);
  }
}

function opened(body: Body, more: Partial<EventCall> = {}, reply: Partial<UpstreamReply> = {}) {
  const asked: UpstreamRequest[] = [];
  const context = contextOn(new ManualClock());
  const events = readEvents(
    async (request) => {
      asked.push(request);
      const headers = HeaderFields.of({ 'content-type': 'text/event-stream; charset=utf-8' });
      return { status: 200, headers, body, settled: new Promise(() => {}), ...reply };
    },
    {
      upstream: 'live',
      context,
      path: '/events?trip=t1',
      template: '/events',
      headers: undefined,
      types: undefined,
      idleMs: 1000,
      label: 'position',
      lastIds: undefined,
      ...more,
    },
  );
  return { events, asked, context };
}

async function all(events: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const event of events) found.push(event);
  return found;
}

describe('an event stream', () => {
  it('gives the JSON of each event, and ends with the backend', async () => {
    const body = new WholeBody('event: position\ndata: {"at":1}\n\ndata: 2\n\n');
    const { events, asked } = opened(body);
    assert.deepEqual(await all(events), [{ at: 1 }, 2]);
    assert.equal(asked[0]?.headers.get('accept'), 'text/event-stream');
    assert.deepEqual(asked[0]?.stream, { idleMs: 1000 });
  });

  it('gives those of the types that are asked for', async () => {
    const body = new WholeBody('event: a\ndata: 1\n\nevent: b\ndata: 2\n\ndata: 3\n\n');
    assert.deepEqual(await all(opened(body, { types: ['b', 'message'] }).events), [2, 3]);
  });

  it('goes on behind what it had when it is opened again', async () => {
    const lastIds = new Map<string, string>();
    await all(opened(new WholeBody('id: 7\ndata: 1\n\n'), { lastIds }).events);
    const { events, asked } = opened(new WholeBody('data: 2\n\n'), { lastIds });
    assert.deepEqual(await all(events), [2]);
    assert.equal(asked[0]?.headers.get('last-event-id'), '7');
  });

  it('reads a little ahead and no more, and is cancelled by who leaves', async () => {
    const body = new WrittenBody();
    const { events } = opened(body);
    const first = events.next();
    await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; !body.paused && i < 100; i += 1) body.write(`data: ${i}\n\n`);
    assert.ok(body.paused);
    assert.deepEqual(await first, { value: 0, done: false });
    for (let i = 0; body.paused && i < 100; i += 1) await events.next();
    assert.equal(body.paused, false);
    await events.return();
    assert.deepEqual(body.cancelled, ['client_closed']);
  });

  it('ends with its exchange, though its backend says nothing', async () => {
    const body = new WrittenBody();
    const { events, context } = opened(body);
    const first = events.next();
    await new Promise((resolve) => setImmediate(resolve));
    context.cancellation.cancel(new FrontdeskError('draining'));
    await assert.rejects(first, isError('draining'));
    assert.deepEqual(body.cancelled, ['draining']);
  });

  it('strips what nobody may see', async () => {
    const strip = () => Buffer.from('{"at":1}');
    const { events } = opened(new WholeBody('data: {"at":1,"secret":2}\n\n'), {}, { strip });
    assert.deepEqual(await all(events), [{ at: 1 }]);
  });
});

it('refuses what is no event stream, what is no JSON, and events without measure', async () => {
  const headers = HeaderFields.of({ 'content-type': 'application/json' });
  await assert.rejects(all(opened(new WholeBody('{}'), {}, { headers }).events), isError('upstream_invalid'));
  await assert.rejects(
    all(opened(new WholeBody(''), {}, { status: 404 }).events),
    (error) => error instanceof BackendStatusError && error.backendStatus === 404,
  );
  await assert.rejects(all(opened(new WholeBody('data: no\n\n')).events), isError('upstream_invalid'));
  const endless = new WrittenBody();
  const { events } = opened(endless);
  const first = events.next();
  await new Promise((resolve) => setImmediate(resolve));
  endless.write(`data: ${'x'.repeat(2 * 1024 * 1024)}`);
  await assert.rejects(first, isError('upstream_too_large'));
  assert.deepEqual(endless.cancelled, ['upstream_too_large']);
});
