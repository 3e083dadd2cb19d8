import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { urlRedactor } from '../telemetry/redaction.ts';
import type { RequestMetrics } from '../telemetry/request-metrics.ts';
import { accessLog } from './access-log.ts';

function setUp() {
  const { exchange, clock } = makeExchange({ target: '/x' });
  const seen: unknown[] = [];
  const lines: string[] = [];
  const metrics: RequestMetrics = {
    began: () => seen.push('began'),
    ended: (_exchange, status, outcome, durationMs) =>
      seen.push([status, outcome.kind, outcome.bytes, durationMs]),
  };
  const step = accessLog({
    clock,
    metrics,
    lines: { writeLater: (source) => void lines.push(source.line()) },
    redact: urlRedactor(),
  });
  return { exchange, clock, seen, lines, step };
}

test('the reply goes on at once; the line waits for the last byte', async () => {
  const { exchange, clock, seen, lines, step } = setUp();
  const reply = makeReply(200, new HeaderFields(), emptyBody);
  const given = await step(exchange, async () => {
    clock.advance(5);
    return reply;
  });
  assert.equal(given, reply);
  assert.deepEqual(seen, ['began']);
  assert.equal(lines.length, 0);
  clock.advance(7);
  reply.settlement.settle({ kind: 'complete', bytes: 42 });
  await reply.settlement.settled;
  assert.deepEqual(seen, ['began', [200, 'complete', 42, 12]]);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /"status":200,"ms":12,/);
});

test('a status that a later step changes is logged as it went out', async () => {
  const { exchange, seen, step } = setUp();
  const reply = makeReply(200, new HeaderFields(), emptyBody);
  await step(exchange, async () => reply);
  reply.status = 206;
  reply.settlement.settle({ kind: 'aborted', bytes: 1 });
  await reply.settlement.settled;
  assert.deepEqual(seen.at(-1), [206, 'aborted', 1, 0]);
});

test('what is thrown past the error boundary is recorded and goes on', async () => {
  const { exchange, seen, lines, step } = setUp();
  await assert.rejects(
    step(exchange, () => Promise.reject(new Error('bug'))),
    /bug/,
  );
  assert.deepEqual(seen.at(-1), [500, 'failed', 0, 0]);
  assert.match(lines[0] ?? '', /"error":"internal","detail":"bug"/);
});
