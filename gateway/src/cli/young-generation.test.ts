import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import {
  enlargeYoungGeneration,
  FLAG,
  GUARD,
  type ReplaceableProcess,
  withYoungGeneration,
} from './young-generation.ts';

function replaced(
  change: Partial<ReplaceableProcess> = {},
): [string, readonly string[], Record<string, string>][] {
  const calls: [string, readonly string[], Record<string, string>][] = [];
  enlargeYoungGeneration({
    execPath: '/bin/node',
    execArgv: ['--no-warnings'],
    argv: ['/bin/node', '/main.ts', 'serve', '--port', '1'],
    env: { HOME: '/h', EMPTY: undefined },
    execve: (path, argv, env) => calls.push([path, argv, env]),
    ...change,
  });
  return calls;
}

test('the process replaces itself with the flag, its own flags and arguments kept', () => {
  assert.deepEqual(replaced(), [
    [
      '/bin/node',
      [
        '/bin/node',
        '--no-warnings',
        `${FLAG}=64`,
        '--no-parallel-scavenge',
        '/main.ts',
        'serve',
        '--port',
        '1',
      ],
      { HOME: '/h', [GUARD]: '64' },
    ],
  ]);
});

test('once, not against what was chosen, and not where it is impossible', () => {
  assert.deepEqual(replaced({ env: { [GUARD]: '64' } }), []);
  assert.deepEqual(replaced({ execArgv: ['--max-semi-space-size=16'] }), []);
  assert.deepEqual(replaced({ env: { NODE_OPTIONS: '--max_semi_space_size=32' } }), []);
  assert.deepEqual(replaced({ execve: undefined }), []);
});

test('a process that is started beside it has the same flags as the one that replaced itself, or what was chosen', () => {
  const [, argv = []] = replaced()[0] ?? [];
  const flags = withYoungGeneration(['--no-warnings'], '');
  assert.deepEqual(argv.slice(1, argv.indexOf('/main.ts')), flags);
  // A primary that replaced itself has them already.
  assert.deepEqual(withYoungGeneration(flags, ''), flags);
  assert.deepEqual(withYoungGeneration([], '--max_semi_space_size=32'), []);
});

test('for real: same process id, larger young generation', () => {
  const module = new URL('./young-generation.ts', import.meta.url).href;
  const script = `
    import { enlargeYoungGeneration, thisProcess } from ${JSON.stringify(module)};
    console.log(process.pid, process.execArgv.includes('--max-semi-space-size=64'));
    enlargeYoungGeneration(thisProcess());`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
  });
  const [before, after] = stdout.trim().split('\n');
  assert.match(before ?? '', /^\d+ false$/);
  assert.equal(after, before?.replace('false', 'true'), stdout);
});
