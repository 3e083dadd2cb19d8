/** SIGTERM under load: the gateway stops taking, answers all that it took, and leaves with exit code 0. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { ask } from '../e2e/client.ts';
import { section } from '../stack/config.ts';
import { DEMO_PARTNER_KEY } from '../stack/demo-key.ts';
import { type Stack, startStack } from '../stack/stack.ts';

const WRK = process.env.FRONTDESK_TEST_WRK;
const CONNECTIONS = 50;
const LOAD_S = 5;
const LOAD_BEFORE_SIGTERM_MS = 2_000;
const EXIT_WITHIN_MS = 25_000;
const SLOW_MS = 1_500;

let stack: Stack;
before(async () => {
  stack = await startStack({
    name: 'drain-under-load',
    apart: true,
    edit(config) {
      // A machine that has too much to do would refuse some, and rightly: here nothing else may be lost.
      config.shedding = 'off';
      const plans = section(config, 'plans');
      for (const name of Object.keys(plans)) plans[name] = { ...section(plans, name), limit: 'unlimited' };
    },
  });
});
after(() => stack?.close());

async function withinMs<T>(promise: Promise<T>, limitMs: number): Promise<T | 'too late'> {
  const { promise: late, resolve } = Promise.withResolvers<'too late'>();
  const timer = setTimeout(() => resolve('too late'), limitMs);
  const first = await Promise.race([promise, late]);
  clearTimeout(timer);
  return first;
}

test('no request that was accepted is lost', { skip: WRK === undefined && 'no wrk' }, async () => {
  const load = runWrk(`${stack.url}/api/users/42`);
  await new Promise((resolve) => setTimeout(resolve, LOAD_BEFORE_SIGTERM_MS));
  stack.gateway.signal('SIGTERM');
  assert.equal(await withinMs(stack.gateway.exited, EXIT_WITHIN_MS), 0, stack.gateway.output().slice(-2_000));
  const report = await load;
  assert.ok(Number(/(\d+) requests in/.exec(report)?.[1]) > CONNECTIONS, report);
  assert.doesNotMatch(report, /Non-2xx/, report);
  // wrk counts a refused connection as a failed write, and by then nobody listens. A connection that breaks under a
  // request is a failed read.
  const errors = /Socket errors: connect \d+, read (\d+), write \d+, timeout (\d+)/.exec(report);
  assert.deepEqual(errors?.slice(1) ?? ['0', '0'], ['0', '0'], report);
});

test('slow requests in flight are answered, and their connections closed', async () => {
  const gateway = await stack.addGateway();
  await stack.backends.users.forget();
  await stack.backends.users.faults({ latencyMs: SLOW_MS });
  const slow = Array.from({ length: 10 }, () =>
    ask(`${gateway.url}/api/users/42`, { apiKey: DEMO_PARTNER_KEY }),
  );
  while ((await stack.backends.users.stats()).inFlight < slow.length) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  gateway.signal('SIGTERM');
  for (const { status, headers } of await Promise.all(slow)) {
    assert.equal(status, 200);
    assert.equal(headers.get('connection'), 'close');
  }
  assert.equal(await withinMs(gateway.exited, EXIT_WITHIN_MS), 0);
  await assert.rejects(ask(`${gateway.url}/healthz`));
});

function runWrk(url: string): Promise<string> {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${LOAD_S}s`, '-H', `X-Api-Key: ${DEMO_PARTNER_KEY}`, url];
  const wrk = spawn(WRK ?? 'wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let report = '';
  wrk.stdout.on('data', (chunk: Buffer) => {
    report += chunk.toString();
  });
  wrk.once('error', reject);
  wrk.once('close', () => resolve(report));
  return promise;
}
