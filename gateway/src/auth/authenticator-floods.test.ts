import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { Authenticator } from './authenticator.ts';
import { ApiKeyScheme, apiKeyConfig, createApiKey } from './consumers/api-key.ts';
import { consumersConfig, indexConsumers } from './consumers/consumers.ts';
import { FailureBuckets, failuresConfig } from './failure-buckets.ts';
import { anyOf } from './route-auth.ts';
import { presented } from './testing/presented.ts';

function setUp(listed: Parameters<typeof anyOf>[0] = ['apiKey']) {
  const [used, unused, old] = [createApiKey('used'), createApiKey('unused'), createApiKey('old')];
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const apiKeys = [
    { id: 'used', sha256: used.sha256 },
    { id: 'unused', sha256: unused.sha256 },
    { id: 'old', sha256: old.sha256, expires: '2025-01-01' },
  ];
  const consumers = indexConsumers(consumersConfig.parse([{ id: 'acme', apiKeys }]), {
    byName: new Map(),
    defaultPlan: undefined,
  });
  const scheme = new ApiKeyScheme({ config: apiKeyConfig.parse({}), consumers, clock });
  const failures = new FailureBuckets({ clock, logger: noLogger, meter: noMeter });
  failures.configure(failuresConfig.parse({ burst: 5, perSecond: 1 }));
  const route = new Authenticator({ schemes: [scheme], failures, meter: noMeter }).forRoute(anyOf(listed));
  const ask = async (key: string | undefined, address = '192.0.2.1'): Promise<unknown> => {
    const client = { address, scheme: 'http' as const };
    try {
      return await route.identify(presented(key === undefined ? {} : { 'x-api-key': key }, { client }));
    } catch (error) {
      return error instanceof FrontdeskError ? error : Promise.reject(error);
    }
  };
  const guess = () => ask(createApiKey('guess').key);
  return { clock, used, unused, old, ask, guess };
}

const statusOf = (answer: unknown) => (answer instanceof FrontdeskError ? answer.status : 200);

test('G105: who guesses keys is looked at no more after a burst, though one be right, until time has passed', async () => {
  const { clock, unused, ask, guess } = setUp();
  for (let i = 0; i < 5; i += 1) assert.equal(statusOf(await guess()), 401);
  const refusal = await guess();
  assert.ok(refusal instanceof FrontdeskError);
  assert.deepEqual([refusal.status, refusal.retryAfterS], [429, 1]);
  assert.equal(statusOf(await ask(unused.key)), 429, 'a right guess is told from none by nothing');
  assert.equal(statusOf(await ask(unused.key, '192.0.2.2')), 200, 'elsewhere nobody suffers');
  clock.advance(1000);
  assert.equal(statusOf(await guess()), 401);
  assert.equal(statusOf(await guess()), 429);
});

test('G105: a key that was good before passes from an address that floods, and requests without any get their 401', async () => {
  const { used, ask, guess } = setUp();
  assert.equal(statusOf(await ask(used.key, '192.0.2.9')), 200);
  for (let i = 0; i < 50; i += 1) await guess();
  assert.equal(statusOf(await ask(used.key)), 200);
  assert.equal(statusOf(await ask(undefined)), 401);
  const open = setUp(['apiKey', 'anonymous']);
  for (let i = 0; i < 50; i += 1) await open.guess();
  assert.equal(statusOf(await open.ask(undefined)), 200);
});

test('G105: expired keys are no guesses: they shut nobody out', async () => {
  const { old, unused, ask } = setUp();
  for (let i = 0; i < 50; i += 1) assert.equal(statusOf(await ask(old.key)), 401);
  assert.equal(statusOf(await ask(unused.key)), 200);
});

test('every refusal says the same: unknown, mistyped, malformed, expired, twice', async () => {
  const { old, ask } = setUp();
  const answers = await Promise.all(
    [createApiKey('x').key, `${createApiKey('x').key.slice(0, -1)}!`, 'short', old.key].map((key, i) =>
      ask(key, `192.0.2.${i}`),
    ),
  );
  const told = answers.map((answer) => {
    assert.ok(answer instanceof FrontdeskError);
    return { code: answer.code, message: answer.message, headers: answer.headers, members: answer.members };
  });
  for (const one of told) assert.deepEqual(one, told[0]);
});
