import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { fixedWindowSpec } from './algorithms/fixed-window.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { isQuota, QuotaJournal } from './quota-journal.ts';
import { drawn } from './testing/drawn-quota.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-quotas-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => {
  files += 1;
  return join(folder, 'deep', `${files}.journal`);
};

const monthly = fixedWindowSpec('monthly', { algorithm: 'fixed-window', limit: 10, window: 'month' });
const hourly = fixedWindowSpec('hourly', { algorithm: 'fixed-window', limit: 10, window: 'hour' });
const check = (who: string, spec = monthly) => ({ spec, key: ['policy.monthly.consumer', who] });

async function start(file: string, clock = new ManualClock(), maxKeys?: number) {
  const warned: object[] = [];
  const logger = { ...noLogger, warn: (fields: object) => warned.push(fields) };
  const journal = await QuotaJournal.open({ file, clock, logger, ...(maxKeys ? { maxKeys } : {}) });
  const limiter = new MemoryLimiter({ clock, meter: noMeter, journal });
  const leftOf = (who: string, spec = monthly) => limiter.take([check(who, spec)], 0)[0]?.remaining;
  return { journal, limiter, clock, warned, leftOf };
}

test('quotas of days and months are kept, and nothing else', () => {
  assert.equal(isQuota(monthly), true);
  assert.equal(isQuota(hourly), false);
  assert.equal(isQuota({ name: 'p', capacity: 1, refillPerMs: 1 }), false);
});

test('what was drawn is there after a restart; whoever is not closed has it on disk within a second', async () => {
  const file = newFile();
  const { limiter, clock, journal } = await start(file);
  limiter.take([check('acme')], 3);
  limiter.take([check('other')], 1);
  limiter.take([check('hourly', hourly)], 5);
  clock.advance(1000);
  await journal.flush();
  limiter.take([check('acme')], 4);
  const killed = await start(file);
  assert.deepEqual([killed.leftOf('acme'), killed.leftOf('other'), killed.leftOf('new')], [7, 9, 10]);
  await journal.close();
  const ended = await start(file);
  assert.equal(ended.leftOf('acme'), 3);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.doesNotMatch(readFileSync(file, 'latin1'), /acme|monthly/);
});

test('killed at any moment, it forgets a second of draws at most', async () => {
  const file = newFile();
  const drawer = fileURLToPath(new URL('./testing/quota-drawer.ts', import.meta.url));
  const child = spawn(process.execPath, [drawer, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const drawnAt: number[] = [];
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    drawnAt.push(Number(line));
    if (drawnAt.length > 1 && (drawnAt.at(-1) ?? 0) - (drawnAt[0] ?? 0) > 1700) child.kill('SIGKILL');
  }
  const killedAt = drawnAt.at(-1) ?? 0;
  const early = drawnAt.filter((at) => at < killedAt - 1000).length;
  const journal = await QuotaJournal.open({ file, clock: systemClock, logger: noLogger });
  const limiter = new MemoryLimiter({ clock: systemClock, meter: noMeter, journal });
  const used = 1_000_000 - (limiter.take([drawn], 0)[0]?.remaining ?? 0);
  assert.ok(early > 5 && used >= early && used <= drawnAt.length, `${early} <= ${used} <= ${drawnAt.length}`);
});

test('a window that is over is not remembered; another limit counts what was drawn', async () => {
  const file = newFile();
  const first = await start(file);
  first.limiter.take([check('acme')], 8);
  await first.journal.close();
  const less = fixedWindowSpec('monthly', { algorithm: 'fixed-window', limit: 9, window: 'month' });
  const daily = fixedWindowSpec('monthly', { algorithm: 'fixed-window', limit: 9, window: 'day' });
  assert.equal((await start(file)).leftOf('acme', less), 1);
  assert.equal((await start(file)).leftOf('acme', daily), 1);
  const later = new ManualClock();
  later.advance(32 * 86_400_000);
  const next = await start(file, later);
  assert.equal(next.leftOf('acme'), 10);
  assert.equal(next.journal.size, 0);
});

test('a line that broke off is no damage; a damaged file is told of and set aside, and what can be read holds', async () => {
  const file = newFile();
  const first = await start(file);
  first.limiter.take([check('acme')], 3);
  first.limiter.take([check('other')], 4);
  await first.journal.close();
  appendFileSync(file, '0badc0de half a li');
  const torn = await start(file);
  assert.deepEqual([torn.leftOf('acme'), torn.warned.length], [7, 0]);
  const lines = readFileSync(file, 'latin1').split('\n');
  writeFileSync(file, [lines[0], '', (lines[1] ?? '').replace(/ 3 /, ' 1 '), ...lines.slice(2)].join('\n'));
  const damaged = await start(file);
  assert.deepEqual([damaged.leftOf('acme'), damaged.leftOf('other'), damaged.warned.length], [10, 6, 1]);
  assert.ok(statSync(`${file}.damaged`).size > 0);
  assert.equal((await start(file)).warned.length, 0);
  writeFileSync(file, Buffer.from([0, 255, 10, 1, 2, 3, 10]));
  const garbage = await start(file);
  assert.deepEqual([garbage.leftOf('other'), garbage.warned.length], [10, 1]);
});

test('the file and the memory of it are bounded', async () => {
  const file = newFile();
  const { limiter, journal } = await start(file, new ManualClock(), 50);
  for (let round = 0; round < 60; round += 1) {
    for (let i = 0; i < 60; i += 1) limiter.take([check(`c${i}`)], 0.1);
    await journal.flush();
  }
  assert.equal(journal.size, 50);
  const lines = readFileSync(file, 'latin1').split('\n').length;
  assert.ok(lines < 1200, String(lines));
});

test('what memory had no room for is found again', async () => {
  const clock = new ManualClock();
  const { journal } = await start(newFile(), clock);
  const limiter = new MemoryLimiter({ clock, meter: noMeter, journal, maxBuckets: 2 });
  for (const who of ['a', 'b', 'c', 'd']) limiter.take([check(who)], 6);
  assert.equal(limiter.size, 2);
  assert.equal(limiter.take([check('a')], 0)[0]?.remaining, 4);
  await journal.flush();
  assert.equal(limiter.take([check('b')], 0)[0]?.remaining, 4);
});

test('a disk that is full is told of once, and written to when there is room', async () => {
  const file = newFile();
  const { limiter, journal, warned } = await start(file);
  rmSync(join(folder, 'deep'), { recursive: true });
  for (let i = 0; i < 3; i += 1) {
    limiter.take([check('acme')], 1);
    await journal.flush();
  }
  assert.equal(warned.length, 1);
  mkdirSync(join(folder, 'deep'));
  writeFileSync(file, 'frontdesk-quotas 1\n');
  await journal.close();
  assert.equal((await start(file)).leftOf('acme'), 7);
});

test('cut off at any byte it opens, and never grants more than was left before it was cut', async () => {
  const file = newFile();
  const first = await start(file);
  first.limiter.take([check('acme')], 3);
  first.limiter.take([check('other')], 4);
  await first.journal.close();
  const whole = readFileSync(file);
  for (let end = 0; end <= whole.length; end += 1) {
    writeFileSync(file, whole.subarray(0, end));
    const { leftOf } = await start(file);
    const left = [leftOf('acme'), leftOf('other')];
    assert.ok((left[0] === 7 || left[0] === 10) && (left[1] === 6 || left[1] === 10), `${end}: ${left}`);
  }
});

test('lines that are whole and make no sense are none; a window of a clock gone wrong ends with the month', async () => {
  const file = newFile();
  const clock = new ManualClock();
  const ahead = new ManualClock();
  ahead.advance(50 * 365 * 86_400_000);
  const first = await start(file, ahead);
  first.limiter.take([check('acme')], 3);
  await first.journal.close();
  const { limiter, journal } = await start(file, clock);
  assert.equal(limiter.take([check('acme')], 0)[0]?.remaining, 7);
  clock.advance(32 * 86_400_000);
  assert.equal(limiter.take([check('acme')], 0)[0]?.remaining, 10);
  await journal.close();
  const [, line = ''] = readFileSync(file, 'latin1').split('\n');
  const lessThanNone = line.slice(9).replace(/ 3 /, ' -1000 ');
  writeFileSync(
    file,
    `frontdesk-quotas 1\n${crc32(lessThanNone).toString(16).padStart(8, '0')} ${lessThanNone}\n`,
  );
  const negative = await start(file);
  assert.deepEqual([negative.leftOf('acme'), negative.warned.length], [10, 1]);
});

test('while nothing can be written no more is remembered than otherwise, and nothing of it is lost', async () => {
  const file = newFile();
  const { limiter, journal } = await start(file, new ManualClock(), 50);
  limiter.take([check('first')], 1);
  rmSync(join(folder, 'deep'), { recursive: true });
  for (let i = 0; i < 60; i += 1) {
    limiter.take([check(`c${i}`)], 2);
    await journal.flush();
  }
  assert.equal(journal.size, 50);
  mkdirSync(join(folder, 'deep'));
  await journal.close();
  assert.equal(readFileSync(file, 'latin1').split('\n').length, 52);
  assert.equal((await start(file)).leftOf('c30'), 8);
});

test('it is written by one process', async () => {
  const file = newFile();
  const { journal } = await start(file);
  const drawer = fileURLToPath(new URL('./testing/quota-drawer.ts', import.meta.url));
  const child = spawn(process.execPath, [drawer, file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const told = await text(child.stderr);
  assert.match(told, /is held by another gateway, process/);
  await journal.close();
});
