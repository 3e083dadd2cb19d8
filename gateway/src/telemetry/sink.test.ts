import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noMeter } from '../core/meter.ts';
import { createMetrics } from './metrics.ts';
import { createSink } from './sink.ts';

test('lines reach the file in order, in folders that were not there', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-sink-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'deep', 'access.log');
  const sink = createSink({ destination: file, name: 'access', meter: noMeter });
  let expected = '';
  for (let i = 0; i < 2_000; i += 1) {
    const line = `{"i":${i}}\n`;
    expected += line;
    sink.write(line);
  }
  await sink.close();
  assert.equal(await readFile(file, 'utf8'), expected);
  assert.equal(sink.dropped, 0);
  sink.write('late\n');
  assert.equal(sink.dropped, 1);
});

test('lines still to be put together keep their place among the others, and closing waits for them', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-sink-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'access.log');
  const sink = createSink({ destination: file, name: 'access', meter: noMeter });
  let expected = '';
  let made = 0;
  for (let i = 0; i < 1_000; i += 1) {
    const line = `{"i":${i}}\n`;
    expected += line;
    if (i % 7 === 0) sink.write(line);
    else {
      sink.writeLater({
        line: () => {
          made += 1;
          return line;
        },
      });
    }
  }
  await sink.close();
  assert.equal(await readFile(file, 'utf8'), expected);
  assert.equal(made, 1_000 - 143);
  sink.writeLater({ line: () => 'late\n' });
  assert.equal(sink.dropped, 1);
});

test('past its buffer lines are dropped whole and counted, and what is kept is intact', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-sink-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'access.log');
  const metrics = createMetrics({ process: false });
  const sink = createSink({ destination: file, name: 'access', bufferBytes: 10_000, meter: metrics });
  const line = `${'x'.repeat(99)}\n`;
  // All in one turn of the event loop: no write can finish, as when the reader stands still.
  for (let i = 0; i < 1_000; i += 1) sink.write(line);
  assert.ok(sink.dropped > 0);
  await sink.close();
  const kept = (await readFile(file, 'utf8')).split('\n').slice(0, -1);
  assert.equal(kept.length + sink.dropped, 1_000);
  assert.ok(kept.every((text) => text.length === 99));
  assert.ok(
    (await metrics.text()).includes(`frontdesk_log_lines_dropped_total{log="access"} ${sink.dropped}\n`),
  );
});

test('a destination that fails costs lines, not the process', async () => {
  const sink = createSink({ destination: '/dev/full', name: 'access', bufferBytes: 50_000, meter: noMeter });
  for (let i = 0; i < 100; i += 1) sink.write(`${'x'.repeat(998)}\n`);
  assert.ok(sink.dropped > 0);
  await sink.close();
});

test('a file that was moved away or deleted is opened anew under its name, and no line is lost', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-sink-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'access.log');
  const sink = createSink({ destination: file, name: 'access', meter: noMeter });
  let written = 0;
  const writeUntil = async (path: string): Promise<void> => {
    while (!existsSync(path)) {
      sink.write(`${written}\n`);
      written += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await writeUntil(file);
  for (let i = 1; i <= 2; i += 1) {
    await rename(file, `${file}.${i}`);
    await writeUntil(file);
  }
  await sink.close();
  const texts = await Promise.all([`${file}.1`, `${file}.2`, file].map((path) => readFile(path, 'utf8')));
  const lines = texts.join('').trimEnd().split('\n');
  assert.deepEqual(
    lines,
    Array.from({ length: written }, (_, i) => String(i)),
  );
});
