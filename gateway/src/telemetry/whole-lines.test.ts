import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { wholeLines } from './whole-lines.ts';

test('pieces are the text, end with lines, and are no longer than they may be unless one line is', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('', 'a', 'é', '😀', 'twelve bytes'), { maxLength: 20 }),
      fc.integer({ min: 1, max: 40 }),
      (words, most) => {
        const text = words.map((word) => `${word.replaceAll('\n', ' ')}\n`).join('');
        const pieces = [...wholeLines(text, most)];
        assert.equal(pieces.join(''), text);
        for (const piece of pieces) {
          assert.ok(piece.endsWith('\n'));
          const lines = piece.split('\n').length - 1;
          assert.ok(Buffer.byteLength(piece) <= most || lines === 1);
        }
      },
    ),
    { numRuns: 50 },
  );
  assert.deepEqual([...wholeLines('no end', 3)], ['no end']);
});

test('lines of several processes on one pipe, slower read than written, are whole', async () => {
  const writer = join(import.meta.dirname, 'shared-writer.fixture.ts');
  const start = ['a', 'b', 'c'].map((name) => `"$0" "$1" ${name} shared &`).join(' ');
  const shell = spawn('sh', ['-c', `(${start} wait) | (sleep 1; cat)`, process.execPath, writer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of shell.stdout.setEncoding('utf8')) {
    text += chunk;
  }
  const lines = text.split('\n').slice(0, -1);
  assert.ok(lines.length > 100);
  for (const line of lines) JSON.parse(line);
});

test('a writer whose reader stood still past its end is over once it reads', {
  timeout: 300_000,
}, async () => {
  const writer = join(import.meta.dirname, 'shared-writer.fixture.ts');
  const child = spawn(process.execPath, [writer, 'a'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  // It has given up what was not read in its last second, and a write may be under way.
  await once(child, 'message');
  child.stdout?.resume();
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});
