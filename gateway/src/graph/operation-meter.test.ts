import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { counting } from '../core/testing/counting-meter.ts';
import { operationMeter } from './operation-meter.ts';

test('only registered documents are known by their names', () => {
  const { meter, series } = counting();
  const { ran, ended } = operationMeter(meter, new ManualClock());
  const named = (value: string) => ({ operation: { name: { value } } });
  ran({ registered: true, ...named('Home') }, 250);
  for (let i = 0; i < 1_000; i += 1) ran({ registered: false, ...named(`Made${i}`) }, 1);
  ran({ registered: true, operation: {} }, 1);
  ended('query', 'partial');
  assert.deepEqual(
    [...series.keys()],
    [
      'frontdesk_graph_operation_duration_seconds{Home}',
      'frontdesk_graph_operation_duration_seconds{}',
      'frontdesk_graph_operations_total{query,partial}',
    ],
  );
  assert.equal(series.get('frontdesk_graph_operation_duration_seconds{Home}'), 0.25);
});

test('a plan is cached, built in its time, or fails', async () => {
  const { meter, series } = counting();
  const clock = new ManualClock();
  const { plans } = operationMeter(meter, clock);
  const { promise, resolve } = Promise.withResolvers<void>();
  plans.making(promise);
  clock.advance(40);
  resolve();
  await promise;
  const failed = Promise.reject(new Error('no plan'));
  plans.making(failed);
  await failed.catch(() => {});
  plans.cached();
  assert.deepEqual(Object.fromEntries(series), {
    'frontdesk_graph_plans_total{built}': 1,
    'frontdesk_graph_plan_duration_seconds{}': 0.04,
    'frontdesk_graph_plans_total{failed}': 1,
    'frontdesk_graph_plans_total{cached}': 1,
  });
});
