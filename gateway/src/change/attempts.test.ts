import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { attemptOf } from './attempt.ts';
import { Attempts } from './attempts.ts';

const version = { number: 1, digest: 'd1', source: 'start' as const, at: 1_000 };

test('attempts are counted, told, and the last 50 are kept, the newest first', () => {
  const said: unknown[] = [];
  const measured = new Map<string, number>();
  const gauge =
    ({ name }: { name: string }) =>
    (value: number, ...labels: string[]) =>
      void measured.set([name, ...labels].join(' '), value);
  const attempts = new Attempts({
    clock: systemClock,
    logger: {
      ...noLogger,
      info: (_, message) => said.push(message),
      error: (_, message) => said.push(message),
    },
    meter: { ...noMeter, gauge },
    first: version,
  });
  const next = { ...version, number: 2, digest: 'd2', source: 'file' as const };
  attempts.add(attemptOf({ source: 'file', at: 1, tookMs: 1, outcome: 'applied', version: next }));
  assert.equal(measured.get('frontdesk_config_version_info d2 file'), 1);
  assert.equal(measured.get('frontdesk_config_version_info d1 start'), Number.NaN);
  for (let i = 0; i < 60; i++)
    attempts.add(
      attemptOf({ source: 'admin', at: i, tookMs: 1, outcome: 'refused', version: next, reasons: ['r'] }),
    );
  assert.equal(measured.get('frontdesk_config_last_reload_successful'), 0);
  assert.deepEqual([attempts.history.length, attempts.history[0]?.at], [50, 59]);
  assert.deepEqual(said.slice(0, 2), [
    'the configuration changed',
    'a configuration was refused: the old one goes on',
  ]);
});
