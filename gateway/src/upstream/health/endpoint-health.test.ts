import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { EndpointHealth, type HealthEvent } from './endpoint-health.ts';

function rig() {
  const clock = new ManualClock();
  const events: HealthEvent['kind'][] = [];
  return { clock, events, health: new EndpointHealth(clock, ({ kind }) => events.push(kind)) };
}

test('nobody has looked: it is taken to be well', () => {
  const { health } = rig();
  assert.deepEqual([health.usable, health.probed, health.ejectedUntilMs], [true, 'unknown', undefined]);
});

test('ill by probes or ejected, it is not usable; both have to be over', () => {
  const { health, events, clock } = rig();
  health.eject('consecutive_5xx', 500);
  assert.equal(health.ejectedUntilMs, 500);
  health.setUnhealthy('status 500');
  health.setUnhealthy('status 500');
  health.readmit('time');
  assert.equal(health.usable, false);
  clock.advance(700);
  health.setHealthy();
  health.setHealthy();
  health.readmit('time');
  assert.equal(health.usable, true);
  assert.equal(health.cameAtMs, 700, 'it came back just now');
  assert.deepEqual(events, ['ejected', 'unhealthy', 'readmitted', 'healthy']);
});

test('its rows of failures begin anew when it comes back', () => {
  const { health } = rig();
  health.counts.serverErrors = 4;
  health.eject('success_rate', 1);
  health.readmit('probe');
  assert.equal(health.counts.serverErrors, 0);
});

test('when nobody probes any more, what probes said does not count', () => {
  const { health } = rig();
  health.beginProbes();
  health.setUnhealthy('no answer');
  // A reload with other questions: they begin before the old ones end.
  health.beginProbes();
  health.endProbes();
  assert.deepEqual([health.usable, health.probed], [false, 'unhealthy']);
  health.endProbes();
  assert.deepEqual([health.usable, health.probed], [true, 'unknown']);
});
