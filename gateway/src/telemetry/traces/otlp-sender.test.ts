import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { otlpCodec } from './otlp-codec.ts';
import { type OtlpSenderOptions, otlpSender } from './otlp-sender.ts';
import { type Collector, startCollector } from './testing/collector.ts';
import { makeSpan } from './testing/span.ts';

async function sending(t: TestContext, more: Partial<OtlpSenderOptions> = {}) {
  const collector: Collector = await startCollector();
  t.after(() => collector.close());
  const sender = otlpSender({
    url: `${collector.url}/v1/traces`,
    headers: { 'x-key': 'k' },
    compression: 'none',
    timeoutMs: 10_000,
    codec: otlpCodec({ protocol: 'http/protobuf', resource: { 'service.name': 'desk' } }),
    clock: systemClock,
    ...more,
  });
  t.after(() => sender.close());
  return { collector, send: () => sender.send([makeSpan()]) };
}

for (const compression of ['none', 'gzip'] as const) {
  test(`spans come as protobuf, with what is configured (${compression})`, async (t) => {
    const { collector, send } = await sending(t, { compression });
    assert.deepEqual(await send(), { kind: 'taken', rejected: 0 });
    assert.equal(collector.spans[0]?.name, 'GET /users');
    assert.equal(collector.resource['service.name'], 'desk');
    assert.equal(collector.requests[0]?.path, '/v1/traces');
    assert.equal(collector.requests[0]?.headers['x-key'], 'k');
    assert.equal(collector.requests[0]?.headers['content-type'], 'application/x-protobuf');
  });
}

test('which statuses may be tried again is as OTLP says, and when as the collector says', async (t) => {
  const { collector, send } = await sending(t);
  for (const [status, kind] of [
    [429, 'later'],
    [502, 'later'],
    [503, 'later'],
    [504, 'later'],
    [400, 'refused'],
    [401, 'refused'],
    [500, 'refused'],
    [301, 'refused'],
  ] as const) {
    collector.behave = (response) => response.writeHead(status, { 'retry-after': '7' }).end();
    const result = await send();
    assert.equal(result.kind, kind, String(status));
    if (result.kind === 'later') assert.equal(result.afterMs, 7_000);
  }
});

test('one that never answers, or goes on and on, is given up in time', async (t) => {
  const { collector, send } = await sending(t, { timeoutMs: 50 });
  collector.behave = () => {};
  assert.deepEqual(await send(), { kind: 'later', reason: 'no answer in 50 ms', afterMs: undefined });
  collector.behave = (response) => response.writeHead(200).write('a');
  assert.equal((await send()).kind, 'later');
});

test('an answer of any size is read within a bound', async (t) => {
  const { collector, send } = await sending(t);
  collector.behave = (response) => response.writeHead(200).end(Buffer.alloc(1_000_000));
  assert.deepEqual(await send(), { kind: 'taken', rejected: 0 });
});

test('one that is not there is told by a code, without its address', async (t) => {
  const { collector, send } = await sending(t);
  await collector.close();
  t.mock.method(collector, 'close', async () => {});
  assert.deepEqual(await send(), { kind: 'later', reason: 'ECONNREFUSED', afterMs: undefined });
});
