/** How a plugin is held: on a clock in the test's hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noLogger } from '../core/log.ts';
import type { Instrument } from '../core/meter.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import type { PluginMiddleware } from './definition.ts';
import { NO_NAMES, replyRules, requestRules } from './field-rules.ts';
import { middlewareStep } from './middleware-step.ts';
import { Suspension } from './suspension.ts';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

function held(run: PluginMiddleware, { skips = false, requestBytes = 0, replyBytes = 0 } = {}) {
  const { exchange, clock } = makeExchange({
    method: 'POST',
    headers: { 'x-a': '1' },
    body: new WholeBody('body'),
  });
  const failures: string[] = [];
  const spent: number[] = [];
  const count: Instrument = (_value, ...labels) => void failures.push(labels.join(' '));
  const step = middlewareStep({
    name: 'p',
    run,
    reads: { requestBytes, replyBytes },
    timeoutMs: 100,
    skips,
    rules: { request: requestRules(NO_NAMES, false), reply: replyRules(false) },
    folder: import.meta.dirname,
    suspension: new Suspension(clock, () => {}),
    metrics: { failures: count, duration: (seconds) => void spent.push(seconds), suspended: () => {} },
    clock,
    logger: noLogger,
  });
  const seen: Exchange[] = [];
  const answer = (exchange: Exchange): Promise<Reply> => {
    seen.push(exchange);
    return Promise.resolve(makeReply(200, HeaderFields.of({ 'x-from': 'behind' }), new WholeBody('answer')));
  };
  const ask = (next = answer) => step(exchange, next);
  return { ask, exchange, clock, failures, spent, seen };
}

const text = async (reply: Reply) =>
  Buffer.from(await collect(reply.body, 1e6, () => new Error())).toString();
const failed = (reason: string) => (error: unknown) => {
  assert.ok(error instanceof FrontdeskError);
  assert.equal(error.code, 'plugin_failed');
  assert.deepEqual(error.members, { plugin: 'p', reason });
  return true;
};

test('what it changes of the request and the reply goes on', async () => {
  const { ask, seen } = held(async (request, next) => {
    request.headers.set('X-B', '2');
    const reply = await next();
    reply.status = 203;
    reply.headers.set('x-more', 'yes');
    reply.replaceBody('other');
    return reply;
  });
  const reply = await ask();
  assert.equal(seen[0]?.headers.get('x-b'), '2');
  assert.deepEqual(
    [reply.status, reply.headers.get('x-more'), reply.headers.get('x-from'), await text(reply)],
    [203, 'yes', 'behind', 'other'],
  );
});

test('it may answer itself', async () => {
  const { ask, seen } = held((request) => request.respond(418, { 'x-tea': 'pot' }, 'short'));
  const reply = await ask();
  assert.deepEqual([reply.status, await text(reply), seen.length], [418, 'short', 0]);
});

test('what it throws, and what it rejects with, ends in an error with its name and the place in its code', async () => {
  for (const run of [
    () => {
      throw new Error('oops');
    },
    () => Promise.reject(new Error('oops')),
  ]) {
    const { ask, failures } = held(run);
    await assert.rejects(ask(), (error) => {
      assert.match(
        error instanceof FrontdeskError ? (error.detail ?? '') : '',
        /the plugin p failed: oops \(run\.test\.ts:\d+/,
      );
      return failed('threw')(error);
    });
    assert.deepEqual(failures, ['p threw']);
  }
});

test('where it may be skipped the request goes on, without what it had changed', async () => {
  const { ask, seen } = held(
    (request) => {
      request.headers.set('x-b', '2');
      throw new Error('oops');
    },
    { skips: true },
  );
  assert.equal((await ask()).status, 200);
  assert.equal(seen[0]?.headers.get('x-b'), undefined);
});

test('where it fails after the reply, and may be skipped, the reply is as it came', async () => {
  const { ask, seen } = held(
    async (_request, next) => {
      const reply = await next();
      reply.status = 500;
      throw new Error('oops');
    },
    { skips: true, replyBytes: 100 },
  );
  const reply = await ask();
  assert.deepEqual([reply.status, await text(reply), seen.length], [200, 'answer', 1]);
});

test('its silence ends at its time; what it does later has no effect', async () => {
  const late = Promise.withResolvers<void>();
  let after: unknown;
  const { ask, clock, seen, failures } = held(async (request, next) => {
    await late.promise;
    after = await next().catch((error: unknown) => error);
    request.headers.set('x-b', '2');
    return next();
  });
  const asked = ask();
  clock.advance(100);
  await assert.rejects(asked, failed('timed_out'));
  late.resolve();
  await tick();
  assert.ok(after instanceof Error);
  assert.equal(seen.length, 0);
  assert.deepEqual(failures, ['p timed_out']);
});

test('its clock stands while it waits for what is behind it', async () => {
  const answered = Promise.withResolvers<Reply>();
  const { ask, clock, spent } = held((_request, next) => next());
  const asked = ask(() => answered.promise);
  clock.advance(5_000);
  answered.resolve(makeReply(200, new HeaderFields(), new WholeBody('')));
  assert.equal((await asked).status, 200);
  assert.deepEqual(spent, [0]);
});

test('next is called once, and only the first call has an effect', async () => {
  const { ask, seen } = held(async (_request, next) => {
    await next();
    return next();
  });
  await assert.rejects(ask(), failed('misused'));
  assert.equal(seen.length, 1);
});

test('no reply is no answer', async () => {
  // What JavaScript lets through.
  const nothing: PluginMiddleware = () => Reflect.get({}, 'nothing');
  await assert.rejects(held(nothing).ask(), failed('misused'));
});

test('what fails behind it is not its fault', async () => {
  const { ask, failures } = held((_request, next) => next());
  await assert.rejects(
    ask(() => Promise.reject(new FrontdeskError('upstream_timeout'))),
    { code: 'upstream_timeout' },
  );
  assert.deepEqual(failures, []);
});

test('a client that leaves waits for no plugin', async () => {
  const { ask, exchange, failures } = held(() => new Promise(() => {}));
  const asked = ask();
  exchange.cancellation.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(asked, { code: 'client_closed' });
  assert.deepEqual(failures, []);
});

test('bodies are read whole where it asks, and go on; one that is too large is refused', async () => {
  const bodies: (string | undefined)[] = [];
  const run: PluginMiddleware = async (request, next) => {
    bodies.push(request.body && Buffer.from(request.body).toString());
    const reply = await next();
    bodies.push(reply.body && Buffer.from(reply.body).toString());
    return reply;
  };
  assert.equal(await text(await held(run, { requestBytes: 4, replyBytes: 6 }).ask()), 'answer');
  assert.deepEqual(bodies, ['body', 'answer']);
  await assert.rejects(held(run, { requestBytes: 3 }).ask(), { code: 'payload_too_large' });
  await assert.rejects(held(run, { replyBytes: 5 }).ask(), failed('too_large'));
  bodies.length = 0;
  await held(run).ask();
  assert.deepEqual(bodies, [undefined, undefined]);
});

test('a protected field is nobody else’s to set', async () => {
  for (const name of [
    'x-user-id',
    'X_User_Id',
    'authorization',
    'host',
    'connection',
    'content-length',
    'traceparent',
  ])
    await assert.rejects(
      held((request, next) => {
        request.headers.set(name, 'x');
        return next();
      }).ask(),
      failed('threw'),
    );
});

test('after five timeouts in a row nobody waits, until one that tries is answered', async () => {
  let stalls = true;
  const { ask, clock, failures } = held((_request, next) => (stalls ? new Promise(() => {}) : next()));
  for (let i = 0; i < 5; i += 1) {
    const asked = ask();
    clock.advance(100);
    await assert.rejects(asked, failed('timed_out'));
  }
  await assert.rejects(ask(), failed('suspended'));
  assert.equal(failures.at(-1), 'p suspended');
  stalls = false;
  clock.advance(10_000);
  assert.equal((await ask()).status, 200);
  assert.equal((await ask()).status, 200);
});

test('requests that end while it has them say nothing of it: they neither suspend it nor end that', async () => {
  const { ask, clock, exchange } = held(() => new Promise(() => {}));
  for (let i = 0; i < 5; i += 1) {
    const asked = ask();
    clock.advance(100);
    await assert.rejects(asked, failed('timed_out'));
  }
  clock.advance(10_000);
  // The one that tries.
  const tries = ask();
  exchange.cancellation.cancel(new FrontdeskError('deadline_exceeded'));
  await assert.rejects(tries, (error) => {
    assert.ok(error instanceof FrontdeskError);
    assert.deepEqual([error.code, error.detail], ['deadline_exceeded', 'while the plugin p had it']);
    return true;
  });
  await assert.rejects(ask(), failed('suspended'));
});
