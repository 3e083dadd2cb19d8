/**
 * `node gateway/bench/traces.ts`: the CPU time that traces cost a request in one process, everything else left out. What is
 * done is what a passed-through request and a dashboard of three parts do: recorder, marks, attempts with their
 * `traceparent`, the decision; and of a trace that is kept its spans, queued and written as protobuf. One line of JSON a row.
 */

import { emptyBody } from '../src/core/body.ts';
import { systemClock } from '../src/core/clock.ts';
import { HeaderFields } from '../src/core/headers.ts';
import { noLogger } from '../src/core/log.ts';
import { noMeter } from '../src/core/meter.ts';
import { exchangeOn } from '../src/core/testing/exchange.ts';
import { contextUnder } from '../src/core/traced-context.ts';
import { urlRedactor } from '../src/telemetry/redaction.ts';
import { tracesConfig } from '../src/telemetry/traces/config.ts';
import { otlpCodec } from '../src/telemetry/traces/otlp-codec.ts';
import { Tracing } from '../src/telemetry/traces/tracing.ts';
import { attemptSpan } from '../src/upstream/attempt-span.ts';
import { UpstreamCall } from '../src/upstream/call.ts';
import { makeIdSource } from '../src/wire/trace-context.ts';

const ROUNDS = 30;
const REQUESTS = 2_000;
const COMPLETE = { kind: 'complete', bytes: 269 } as const;
const sent = new Promise<never>(() => {});
const ids = makeIdSource();
const fields = ['host', 'a', 'accept', '*/*', 'user-agent', 'bench', 'x-request-id', 'r', 'traceparent', ''];

function tracingOf(ratio: number): Tracing {
  const codec = otlpCodec({ protocol: 'http/protobuf', resource: { 'service.name': 'bench' } });
  const sampling = { ratio, maxSpansPerSecond: 1_000_000 };
  return new Tracing({
    config: tracesConfig.parse({ sampling, queue: { spans: 1_000_000, batch: 512 } }),
    clock: systemClock,
    random: Math.random,
    logger: noLogger,
    meter: noMeter,
    redact: urlRedactor(),
    spanId: ids.spanId,
    send: async (spans) => {
      codec.encode(spans);
      return { kind: 'taken', rejected: 0 };
    },
  });
}

function request(tracing: Tracing | undefined, calls: number): void {
  const trace = { traceId: ids.traceId(), spanId: ids.spanId(), sampled: false, state: undefined };
  const exchange = exchangeOn(systemClock, { trace, target: '/users/42' });
  const { timeline } = exchange;
  tracing?.begin(exchange, undefined);
  for (const step of ['authenticate', 'consumerLimit', '']) timeline.recorder?.step(step);
  const screen =
    calls > 1 ? tracing?.screens.begin(timeline, { field: 'home', deadlineMs: 1_000 }) : undefined;
  for (let i = 0; i < calls; i += 1) {
    const context = calls > 1 ? contextUnder(exchange) : exchange;
    const headers = new HeaderFields(fields.slice());
    const call = new UpstreamCall({
      upstream: 'users',
      context,
      method: 'GET',
      path: '/',
      headers,
      body: emptyBody,
    });
    call.span = timeline.begin('users', 'user', 1);
    call.span.endpoint = '127.0.0.1:4101';
    call.span.status = 200;
    if (tracing) void attemptSpan(call, () => sent);
    timeline.end(call.span, 'ok');
    screen?.settled({
      name: 'user',
      part: { required: true },
      startedAt: systemClock.now(),
      durationMs: 1,
      ok: true,
      partial: false,
      from: undefined,
      reason: undefined,
      stopped: false,
      context,
    });
  }
  tracing?.end(exchange, 200, COMPLETE, timeline.elapsedMs());
}

/** Microseconds of CPU a request, the least of the rounds: other work on the machine only ever adds. */
async function micros(run: () => void): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    for (let i = 0; i < REQUESTS; i += 1) run();
    // What was kept is written in turns of its own.
    await new Promise((resolve) => setImmediate(resolve));
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / REQUESTS);
  }
  return least;
}

for (const [what, calls] of [
  ['a passed-through request', 1],
  ['a dashboard of three parts', 3],
] as const) {
  const without = await micros(() => request(undefined, calls));
  for (const ratio of [0, 0.01, 1]) {
    const tracing = tracingOf(ratio);
    const cost = (await micros(() => request(tracing, calls))) - without;
    console.log(JSON.stringify({ name: `traces at ${ratio * 100} %, ${what}`, micros: cost }));
    await tracing.close();
  }
}
