import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import type { UpstreamRequest } from '../../core/upstream-call.ts';
import { UpstreamCall } from '../call.ts';
import { backend, context, request, rig, text } from '../testing/harness.ts';
import { deadlineField } from './deadline-field.ts';

async function told(name: string, more: Partial<UpstreamRequest> = {}, deadlineMs = 800) {
  const clock = new ManualClock();
  const call = new UpstreamCall(request({ context: context({ clock, deadlineMs }), ...more }));
  clock.advance(100.5);
  await assert.rejects(
    deadlineField(name, 5000)(call, () => Promise.reject(new Error('reached'))),
    /reached/,
  );
  return call.headers.get(name);
}

test('what remains of the deadline when the attempt begins', async () => {
  assert.equal(await told('x-deadline-ms'), '699');
});

test('no longer than the attempt itself may take', async () => {
  assert.equal(await told('x-deadline-ms', {}, 60_000), '5000');
  assert.equal(await told('x-deadline-ms', { timeoutMs: 250 }), '250');
});

test('gRPC has a word of its own, and streams are not ended by it', async () => {
  assert.equal(await told('grpc-timeout'), '699m');
  assert.equal(await told('grpc-timeout', { stream: { idleMs: 1000 } }), undefined);
  assert.equal(await told('x-deadline-ms', { stream: { idleMs: 1000 } }), '699');
});

test('each attempt is told what is left then, whatever the client says', async (t) => {
  const seen: number[] = [];
  const url = await backend(t, (req, res) => {
    seen.push(Number(req.headers['x-deadline-ms']));
    res.writeHead(seen.length === 1 ? 503 : 200, { 'retry-after': '1' }).end();
  });
  const { call } = rig(t, { users: { url, forward: { deadline: 'X-Deadline-Ms' } } });
  await text(await call(request({ context: context({ deadlineMs: 4000 }) })));
  const [first = 0, second = 0] = seen;
  assert.ok(first <= 4000 && second <= first - 900, `${seen}`);
});
