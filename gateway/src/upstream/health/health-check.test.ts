import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { EndpointHealth, type HealthEvent } from './endpoint-health.ts';
import { HealthCheck, type Probe } from './health-check.ts';

const SETTINGS = { interval: 5000, timeout: 1000, healthyAfter: 2, unhealthyAfter: 3 };

function rig(probe: Probe, chance = 0.5) {
  const clock = new ManualClock();
  const events: HealthEvent[] = [];
  const outcomes: string[] = [];
  const health = new EndpointHealth(clock, (event) => events.push(event));
  const check = new HealthCheck({
    probe,
    health,
    config: SETTINGS,
    clock,
    random: () => chance,
    probed: (outcome) => outcomes.push(outcome),
  });
  check.start();
  /** Lets time pass and what it set off come to its end. */
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, events, outcomes, health, check, pass };
}

function scripted(answers: readonly boolean[]): Probe {
  const left = [...answers];
  return () => (left.shift() ? Promise.resolve() : Promise.reject(new Error('status 500')));
}

describe('verdicts', () => {
  test('the first answer decides alone; then it takes so many in a row', async () => {
    const script = [false, true, true, false, false, true, false, false, false];
    const { health, pass, outcomes } = rig(scripted(script));
    const seen: string[] = [];
    await pass(250);
    seen.push(health.probed);
    for (let i = 1; i < script.length; i += 1) {
      await pass(5000);
      seen.push(health.probed);
    }
    assert.deepEqual(seen, [
      'unhealthy',
      'unhealthy',
      'healthy',
      'healthy',
      'healthy',
      'healthy',
      'healthy',
      'healthy',
      'unhealthy',
    ]);
    assert.deepEqual(outcomes.slice(0, 2), ['failure', 'success']);
  });

  test('who takes too long is given up and held to be ill, and the log says so', async () => {
    const hang: Probe = ({ cancellation }) =>
      new Promise((_, reject) => {
        cancellation.onCancel(reject);
      });
    const { pass, events } = rig(hang);
    await pass(250);
    await pass(1000);
    assert.deepEqual(events, [{ kind: 'unhealthy', cause: 'no answer in 1000 ms' }]);
  });

  test('the reason is what the transport says', async () => {
    const refuse: Probe = () =>
      Promise.reject(new FrontdeskError('upstream_connect', { detail: 'ECONNREFUSED' }));
    const { pass, events } = rig(refuse);
    await pass(250);
    assert.deepEqual(events, [{ kind: 'unhealthy', cause: 'ECONNREFUSED' }]);
  });
});

test('good answers bring back who was ejected: as many as make healthy, counted from the ejection', async () => {
  const { health, pass } = rig(() => Promise.resolve());
  await pass(250);
  await pass(5000);
  health.eject('consecutive_5xx', 30_000);
  await pass(5000);
  assert.equal(health.usable, false);
  await pass(5000);
  assert.equal(health.usable, true);
});

test('questions are spread by chance: 10 % sooner or later', async () => {
  for (const [chance, first, interval] of [
    [0, 0, 4500],
    [1, 500, 5500],
  ] as const) {
    const { outcomes, pass } = rig(() => Promise.resolve(), chance);
    await pass(first);
    assert.equal(outcomes.length, 1);
    await pass(interval - 1);
    assert.equal(outcomes.length, 1);
    await pass(1);
    assert.equal(outcomes.length, 2);
  }
});

test('closed, it asks no more and gives up what is under way; what it knew is forgotten', async () => {
  let cancelled = false;
  const hang: Probe = ({ cancellation }) =>
    new Promise((_, reject) => {
      cancellation.onCancel((reason) => {
        cancelled = true;
        reject(reason);
      });
    });
  const { check, pass, health, clock, outcomes } = rig(hang);
  await pass(250);
  check.close();
  await pass(100_000);
  assert.ok(cancelled);
  assert.deepEqual(outcomes, []);
  assert.equal(health.usable, true);
  assert.equal(clock.pending, 0);
});
