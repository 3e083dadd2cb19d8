import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { countOf, readConfiguration } from './configuration.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-configuration-'));
after(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const file = join(folder, 'f.yaml');
  writeFileSync(file, text);
  return file;
}

test('a warning is told and stops nothing', () => {
  const terminal = recordedTerminal();
  assert.ok(readConfiguration(write('consumers: [{ id: a }]\n'), terminal));
  assert.match(terminal.stderr(), /f.yaml:1:13: consumers\[0\]: has neither .* \(a warning\)\n/);
});

test('faults are told and counted', () => {
  const terminal = recordedTerminal();
  assert.equal(readConfiguration(write('a: 1\nb: 2\n'), terminal), undefined);
  assert.match(terminal.stderr(), /f.yaml:1:1: a: [\s\S]*f.yaml:2:1: b: [\s\S]*\n\n2 faults in .*f.yaml\n$/);
  assert.equal(countOf(1, 'fault'), '1 fault');
});
