import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supervision, withCount, workerSettings, workersConfig } from './config.ts';

test('a number, auto or settings; one process where nothing is said', () => {
  assert.equal(workersConfig.parse(undefined), 1);
  assert.equal(workerSettings(workersConfig.parse(4)).count, 4);
  assert.equal(workerSettings(workersConfig.parse('auto')).count, 'auto');
  const settings = workerSettings(workersConfig.parse({ count: 2, silence: '2s', memory: 512 }));
  assert.deepEqual(
    [settings.count, settings.silence, settings.memory, settings.heartbeat, settings.spare],
    [2, 2000, 512, 500, 0],
  );
  for (const wrong of [
    0,
    257,
    1.5,
    'many',
    { count: 0 },
    { counts: 2 },
    { heartbeat: '1ms' },
    { spare: 9 },
  ]) {
    assert.equal(workersConfig.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});

test("the command line's number goes with the rest of the settings", () => {
  assert.equal(withCount(1, 'auto'), 'auto');
  const settings = workersConfig.parse({ count: 2, silence: '2s' });
  assert.deepEqual(workerSettings(withCount(settings, 3)), { ...workerSettings(settings), count: 3 });
});

test('a worker is watched as the settings say', () => {
  const { silence, drainWithin } = supervision(workerSettings({ ...workerSettings(2), silence: 700 }), 4_000);
  assert.deepEqual([silence, drainWithin], [700, 4_000]);
});
