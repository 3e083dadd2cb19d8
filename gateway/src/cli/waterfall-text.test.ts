import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Waterfall } from '../telemetry/waterfall.ts';
import { timeText, waterfallText } from './waterfall-text.ts';

const ROW = { kind: 'part', depth: 1, state: 'good', outcome: 'ok', notes: [], waits: [] } as const;
const SHOWN: Waterfall = {
  id: 'r1',
  at: 0,
  method: 'GET',
  route: '/acme/home',
  screens: ['home'],
  status: 200,
  code: undefined,
  totalMs: 100,
  headMs: 100,
  deadlineMs: 800,
  path: ['user', 'offers'],
  rows: [
    { ...ROW, kind: 'request', depth: 0, name: 'home', startMs: 0, endMs: 100, critical: [] },
    {
      ...ROW,
      name: 'user',
      notes: ['required'],
      startMs: 0,
      endMs: 50,
      critical: [{ startMs: 0, endMs: 50 }],
    },
    {
      ...ROW,
      name: 'offers',
      startMs: 0,
      endMs: 100,
      waits: [{ startMs: 0, endMs: 50, for: 'user' }],
      critical: [{ startMs: 50, endMs: 100 }],
    },
  ],
};

describe('a waterfall in a terminal', () => {
  it('draws waiting, working and the critical path to scale', () => {
    assert.equal(
      waterfallText(SHOWN, { width: 55, colour: false }),
      `200  GET /acme/home  100 ms of 800 ms
  user*    ${'█'.repeat(10)}${' '.repeat(10)}  50.0 ms  ok
  offers   ${'·'.repeat(10)}${'█'.repeat(10)}   100 ms  ok
  critical: user → offers
`,
    );
  });

  it('is never wider than the terminal, and has no colours where none are wanted', () => {
    for (const width of [40, 60, 100, 200]) {
      const text = waterfallText(SHOWN, { width, colour: false });
      assert.ok(!text.includes('\u001b'));
      for (const line of text.split('\n')) assert.ok(line.length <= Math.max(width, 46), `${width}: ${line}`);
    }
    assert.ok(waterfallText(SHOWN, { width: 80, colour: true }).includes('\u001b[36m'));
  });

  it('writes times as people read them', () => {
    assert.deepEqual([0.25, 99.94, 100.4, 12_345].map(timeText), ['0.3 ms', '99.9 ms', '100 ms', '12.3 s']);
  });
});
