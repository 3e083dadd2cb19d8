/** The examples of gateway/docs/BFF-TYPES.md: the package of the page, its types, and what the compiler says of a mistake. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { commandsOf, examplesOf, isAsPromised } from './page.ts';

const FOLDER = join(ROOT, 'node_modules/.cache/frontdesk/docs/BFF-TYPES.md');
const TSC = `"${process.execPath}" "${join(ROOT, 'node_modules/typescript-native/bin/tsc')}" --noEmit --pretty false -p .`;

describe('BFF-TYPES.md', { timeout: 120_000 }, () => {
  const examples = examplesOf('BFF-TYPES.md');

  before(() => {
    rmSync(FOLDER, { recursive: true, force: true });
    for (const [title, { language, text }] of examples) {
      if (language === 'console') continue;
      mkdirSync(dirname(join(FOLDER, title)), { recursive: true });
      writeFileSync(join(FOLDER, title), text);
    }
    const compilerOptions = { types: [] };
    const project = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['src'], exclude: [] };
    writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(project));
  });

  for (const title of ['types', 'operation', 'compile']) {
    test(title, () => {
      for (const { line, prints } of commandsOf(examples.get(title)?.text ?? '')) {
        const printed = sh(line === 'tsc' ? TSC : line);
        // The gateway's own sources are compiled along, without Node's types.
        const shown = line === 'tsc' ? printed.replaceAll(/^\.\..*\n(?: .*\n)*/gm, '') : printed;
        assert.ok(isAsPromised(shown, prints), `$ ${line}\nprints\n${shown}\nrather than\n${prints}`);
      }
    });
  }
});

function sh(line: string): string {
  const env = { ...process.env, FRONTDESK: join(ROOT, 'gateway/src/main.ts') };
  const { stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd: FOLDER,
    env,
    encoding: 'utf8',
    timeout: 300_000,
  });
  return `${stdout}${stderr}`;
}
