import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lineOf, linesOf, readLine, writeLines } from './flow-journal-lines.ts';

test('lines are found again whole, however they lie across the pieces that are read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-lines-'));
  const file = join(folder, 'lines');
  const document = (length: number) => `ä\u2028${'x'.repeat(length)}`;
  const lines = [1, 700_000, 1_048_576, 2_500_000, 3].map((length, i) =>
    lineOf('shop', `r${i}`, {
      id: `r${i}`,
      state: 'settled',
      token: 't',
      until: 1,
      document: document(length),
    }),
  );
  lines.push(lineOf('shop', 'gone', undefined));
  const written = await open(file, 'w');
  const bytes = await writeLines(written, lines);
  await written.appendFile('00000000 ["torn');
  assert.equal(bytes, Buffer.byteLength(lines.join('')));
  await written.close();
  const read = await open(file, 'r');
  const found: unknown[] = [];
  for await (const line of linesOf(read)) {
    const { id, row } = readLine(line) ?? {};
    found.push([id, row?.document.length]);
  }
  await read.close();
  rmSync(folder, { recursive: true });
  assert.deepEqual(found, [
    ['r0', 3],
    ['r1', 700_002],
    ['r2', 1_048_578],
    ['r3', 2_500_002],
    ['r4', 5],
    ['gone', undefined],
  ]);
});

test('a line that was changed is none', () => {
  const line = lineOf('shop', 'r', undefined).trimEnd();
  assert.deepEqual(readLine(line), { bff: 'shop', id: 'r', row: undefined });
  assert.equal(readLine(line.replace('shop', 'shap')), undefined);
  assert.equal(readLine(''), undefined);
});
