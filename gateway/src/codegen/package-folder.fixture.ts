/** A package's folder for a test, with the files that it is given. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Removed when the test ends. */
export function packageFolder(
  t: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, string>>,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'bff-types-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** The lines of a text that hold a word, without what surrounds them. */
export function linesWith(text: string | undefined, word: string): readonly string[] {
  return (text ?? '')
    .split('\n')
    .filter((line) => line.includes(word))
    .map((line) => line.trim());
}
