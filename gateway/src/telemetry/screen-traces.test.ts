import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScreenTraces } from '../core/request-trace.ts';
import { Timeline } from '../core/timeline.ts';
import { bothScreenTraces } from './screen-traces.ts';

function teller(name: string, told: string[]): ScreenTraces {
  return {
    begin: () => ({
      settled: () => void told.push(`${name} settled`),
      ended: (part, outcome) => void told.push(`${name} ${part} ${outcome}`),
      waited: (part, other) => void told.push(`${name} ${part} waited for ${other}`),
    }),
  };
}

const screen = { field: 'home', deadlineMs: 1 };
const timeline = new Timeline(() => 0);
const nobody: ScreenTraces = { begin: () => undefined };

test('both are told, in their order', () => {
  const told: string[] = [];
  const trace = bothScreenTraces(teller('a', told), teller('b', told)).begin(timeline, screen);
  trace?.ended('orders', 'ok', undefined);
  trace?.waited('orders', 'user', 0, 1);
  assert.deepEqual(told, [
    'a orders ok',
    'b orders ok',
    'a orders waited for user',
    'b orders waited for user',
  ]);
});

test('where one of them does not look, the other is told alone', () => {
  const told: string[] = [];
  const one = teller('a', told);
  assert.equal(bothScreenTraces(one, undefined), one);
  bothScreenTraces(nobody, one).begin(timeline, screen)?.ended('p', 'ok', undefined);
  bothScreenTraces(one, nobody).begin(timeline, screen)?.ended('q', 'ok', undefined);
  assert.deepEqual(told, ['a p ok', 'a q ok']);
  assert.equal(bothScreenTraces(nobody, nobody).begin(timeline, screen), undefined);
});
