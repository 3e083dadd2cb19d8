import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../core/manual-clock.ts';
import type { Verdict } from '../breaker/verdict.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { testEndpoint } from '../testing/endpoints.ts';
import type { HealthEvent } from './endpoint-health.ts';
import { outlierConfig } from './outlier-config.ts';
import { OutlierDetector } from './outlier-detector.ts';

function rig(count: number, settings: object = {}) {
  const clock = new ManualClock();
  const events: (HealthEvent & { at: number; who: number })[] = [];
  const endpoints = Array.from({ length: count }, (_, who) =>
    testEndpoint(clock, `10.0.0.${who}:80`, {
      onHealth: (event) => events.push({ ...event, at: clock.now(), who }),
    }),
  );
  const detector = new OutlierDetector(clock);
  const set = { targets: endpoints.map((endpoint) => ({ endpoint })) };
  const unwatch = detector.watch(set, outlierConfig.parse(settings));
  const at = (which: number): Endpoint => {
    const endpoint = endpoints[which];
    assert.ok(endpoint);
    return endpoint;
  };
  const answer = (which: number, status: number, times = 1): void => {
    for (let i = 0; i < times; i += 1)
      detector.record(at(which), status, status === 0 || status >= 500 ? 'failure' : 'success');
  };
  return {
    clock,
    events,
    endpoints,
    detector,
    unwatch,
    answer,
    at,
    away: () => endpoints.filter(({ health }) => !health.usable),
  };
}

describe('failures in a row', () => {
  test('a reload that allows fewer than there were ejects at the next', () => {
    const { detector, endpoints, answer, away } = rig(3, {
      consecutive5xx: 10,
      consecutiveGatewayFailures: 0,
    });
    answer(0, 500, 7);
    detector.watch({ targets: endpoints.map((endpoint) => ({ endpoint })) }, outlierConfig.parse({}));
    answer(0, 500);
    assert.equal(away().length, 1);
  });

  test('who was away for long is trusted again as soon as who was away for the longest time', () => {
    const { clock, events, answer } = rig(3, { ejectFor: '30s', maxEjectFor: '60s', interval: '1h' });
    for (let i = 0; i < 20; i += 1) {
      answer(0, 500, 5);
      clock.advance(60_000);
    }
    const times = events.flatMap((event) => (event.kind === 'ejected' ? [event.times] : []));
    assert.deepEqual([times.length, Math.max(...times)], [20, 2]);
  });

  test('five of 500 and above eject for 30 s, the second time for 60 s; good times take it back', () => {
    const { clock, events, answer, away } = rig(3);
    answer(0, 500, 4);
    answer(0, 200);
    answer(0, 500, 4);
    assert.equal(away().length, 0);
    answer(0, 500);
    assert.equal(away().length, 1);
    clock.advance(29_999);
    assert.equal(away().length, 1);
    clock.advance(1);
    assert.equal(away().length, 0);
    answer(0, 500, 5);
    clock.advance(59_999);
    assert.equal(away().length, 1);
    clock.advance(1);
    clock.advance(60_000);
    assert.equal(clock.pending, 0, 'nothing is left to do');
    answer(0, 500, 5);
    assert.deepEqual(
      events.map(({ kind, at, ...more }) => [
        kind,
        at,
        'forMs' in more ? more.forMs : 'by' in more ? more.by : '',
      ]),
      [
        ['ejected', 0, 30_000],
        ['readmitted', 30_000, 'time'],
        ['ejected', 30_000, 60_000],
        ['readmitted', 90_000, 'time'],
        ['ejected', 150_000, 30_000],
      ],
    );
  });

  test('calls without an answer count; 502 to 504 have a row of their own', () => {
    const { answer, events } = rig(2, { consecutive5xx: 0, consecutiveGatewayFailures: 3 });
    answer(0, 500, 10);
    answer(0, 503);
    answer(0, 0);
    answer(0, 500);
    answer(0, 504, 2);
    assert.equal(events.length, 0);
    answer(0, 502);
    assert.deepEqual(
      events.map((event) => event.kind === 'ejected' && event.reason),
      ['consecutive_gateway_failure'],
    );
  });

  test('what is a failure to a breaker alone is none here', () => {
    const { detector, at, events } = rig(2);
    for (let i = 0; i < 20; i += 1) detector.record(at(0), 429, 'failure');
    assert.deepEqual(events, []);
  });

  test('never longer than the longest', () => {
    const { clock, answer, at } = rig(2, { ejectFor: '100s' });
    for (let i = 0; i < 4; i += 1) {
      answer(0, 500, 5);
      clock.advance((at(0).health.ejectedUntilMs ?? 0) - clock.now());
    }
    answer(0, 500, 5);
    assert.equal((at(0).health.ejectedUntilMs ?? 0) - clock.now(), 300_000);
  });
});

describe('how many', () => {
  test('one endpoint alone is never ejected', () => {
    const { answer, events } = rig(1);
    answer(0, 500, 50);
    assert.deepEqual(events, []);
  });

  test('one of two may be, the other not; a tenth of many', () => {
    const two = rig(2);
    two.answer(0, 500, 5);
    two.answer(1, 500, 50);
    assert.equal(two.away().length, 1);
    const many = rig(30);
    for (let i = 0; i < 30; i += 1) many.answer(i, 500, 5);
    assert.equal(many.away().length, 3);
  });
});

describe('rates', () => {
  test('a sweep ejects the one that succeeds far less often', () => {
    const { clock, answer, events } = rig(6);
    for (let which = 0; which < 6; which += 1) {
      for (let i = 0; i < 100; i += 1) answer(which, which === 2 && i % 2 === 0 ? 500 : 200);
    }
    assert.equal(events.length, 0);
    clock.advance(10_000);
    assert.deepEqual(
      events.map(({ who, ...event }) => [who, event.kind === 'ejected' && event.reason]),
      [[2, 'success_rate']],
    );
  });

  test('calls of another interval do not count', () => {
    const { clock, answer, events } = rig(6);
    for (let round = 0; round < 2; round += 1) {
      for (let which = 0; which < 6; which += 1) {
        for (let i = 0; i < 60; i += 1) answer(which, which === 2 && i % 2 === 0 ? 500 : 200);
      }
      clock.advance(10_000);
    }
    assert.deepEqual(events, []);
  });

  test('by percentage where that is asked for', () => {
    const { clock, answer, events } = rig(2, {
      successRate: { enabled: false },
      consecutive5xx: 0,
      consecutiveGatewayFailures: 0,
      failurePercentage: { threshold: 40, minimumHosts: 2 },
    });
    for (let i = 0; i < 50; i += 1) {
      answer(0, i % 2 === 0 ? 500 : 200);
      answer(1, 200);
    }
    clock.advance(10_000);
    assert.deepEqual(
      events.map((event) => event.kind === 'ejected' && event.reason),
      ['failure_percentage'],
    );
  });
});

test('the newest set counts; an older one when that is gone', () => {
  const { clock, detector, answer, away } = rig(3);
  const alone = testEndpoint(clock, 'x:1');
  const unwatch = detector.watch({ targets: [{ endpoint: alone }] }, outlierConfig.parse({}));
  answer(0, 500, 5);
  assert.equal(away().length, 0, 'it is not one of them');
  unwatch();
  answer(0, 500, 5);
  assert.equal(away().length, 1);
});

test('closed, it lets everybody back in and leaves no timer', () => {
  const { clock, detector, answer, away, events } = rig(3);
  answer(0, 500, 5);
  detector.close();
  assert.equal(away().length, 0);
  assert.equal(events.at(-1)?.kind, 'readmitted');
  assert.equal(clock.pending, 0);
});

test('property: whatever happens, the bound holds and whoever was ejected comes back', () => {
  const step = fc.oneof(
    fc.record({
      who: fc.nat(11),
      status: fc.constantFrom(200, 500, 503, 0),
      times: fc.integer({ min: 1, max: 6 }),
    }),
    fc.integer({ min: 1, max: 40_000 }),
  );
  const sizes = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(
      sizes,
      fc.constantFrom(0, 10, 25, 50),
      fc.array(step, { maxLength: 60 }),
      (count, maxEjected, steps) => {
        const { clock, detector, endpoints, away } = rig(count, { maxEjected });
        for (const one of steps) {
          if (typeof one === 'number') clock.advance(one);
          else {
            const endpoint = endpoints[one.who % count];
            const verdict: Verdict = one.status === 200 ? 'success' : 'failure';
            for (let i = 0; endpoint && i < one.times; i += 1) detector.record(endpoint, one.status, verdict);
          }
          const most = count === 1 ? 0 : Math.max(1, Math.floor((maxEjected * count) / 100));
          assert.ok(away().length <= most);
        }
        clock.advance(600_000);
        assert.equal(away().length, 0);
        assert.equal(clock.pending, 0);
      },
    ),
  );
});
