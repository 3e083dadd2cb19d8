import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tracesConfig } from './config.ts';

function faultsOf(value: unknown): string {
  const result = tracesConfig.safeParse(value);
  return result.success
    ? ''
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}

test('an empty section is a whole one: one trace in a hundred, every error, every request of more than a second', () => {
  const { sampling, queue, timeout, record, headers, incoming } = tracesConfig.parse({});
  assert.deepEqual(sampling, {
    ratio: 0.01,
    parent: 'ignore',
    errors: true,
    slowerThan: 1_000,
    maxSpansPerSecond: 1_000,
  });
  assert.deepEqual(queue, { spans: 8_192, batch: 512, interval: 5_000 });
  assert.deepEqual(record, { clientAddress: false, userAgent: true, query: false, requestHeaders: [] });
  assert.equal(timeout, 10_000);
  assert.deepEqual(headers, {});
  assert.equal(incoming, 'continue');
});

test('what is slow may be said as a part of the deadline, or be off', () => {
  const slow = (slowerThan: string) => tracesConfig.parse({ sampling: { slowerThan } }).sampling.slowerThan;
  assert.deepEqual(slow('80%'), { ofDeadline: 0.8 });
  assert.equal(slow('250ms'), 250);
  assert.equal(slow('off'), 'off');
});

test('callers whose decision counts may be named by their networks', () => {
  const { parent } = tracesConfig.parse({ sampling: { parent: ['10.0.0.0/8'] } }).sampling;
  assert.ok(Array.isArray(parent));
  assert.equal(parent.length, 1);
});

test('a fault says what was expected', () => {
  assert.match(
    faultsOf({ sampling: { ratio: 50 } }),
    /sampling\.ratio: expected a share from 0 \(none\) to 1/,
  );
  assert.match(faultsOf({ endpoint: 'collector:4318' }), /endpoint: expected an http:\/\/ or https:\/\/ URL/);
  assert.match(faultsOf({ record: { requestHeaders: ['Authorization'] } }), /carries no credential/);
  assert.match(faultsOf({ queue: { spans: 10, batch: 20 } }), /queue\.batch: expected a batch no larger/);
  assert.match(faultsOf({ sampling: { slowerThan: '120%' } }), /sampling\.slowerThan/);
});
