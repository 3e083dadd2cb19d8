import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { createLogger } from './log.ts';
import { LogLevelSwitch } from './log-level.ts';

test('another level holds for its time, and then the configured one again', () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const flood = { clock, meter: noMeter, most: 100 };
  const logger = createLogger('info', { write: (line) => lines.push(line) }, flood);
  const levels = new LogLevelSwitch({ logger, configured: 'info', clock });
  const written = (): number => {
    const before = lines.length;
    logger.debug({}, 'fine print');
    return lines.length - before;
  };
  assert.equal(written(), 0);
  levels.set('debug', 60_000);
  assert.equal(written(), 1);
  assert.deepEqual(levels.view(), { level: 'debug', configured: 'info', until: clock.wall() + 60_000 });
  // The later word counts, and its time from then on.
  clock.advance(50_000);
  levels.set('debug', 60_000);
  clock.advance(59_999);
  assert.equal(written(), 1);
  clock.advance(1);
  assert.equal(written(), 0);
  assert.deepEqual(levels.view(), { level: 'info', configured: 'info', until: undefined });
  assert.equal(lines.filter((line) => line.includes('the log level')).length, 3);
});

test('a storm of one event is told in one line, with its level', () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const logger = createLogger(
    'info',
    { write: (line) => lines.push(line) },
    { clock, meter: noMeter, most: 5 },
  );
  for (let i = 0; i < 100; i += 1) {
    logger.debug({}, 'redis is gone');
    logger.error({ i }, 'redis is gone');
  }
  assert.equal(lines.length, 5);
  clock.advance(10_000);
  assert.match(lines[5] ?? '', /"level":"error".*"leftOut":95.*"message":"95 more like this: redis is gone"/);
});
