import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { it, type TestContext } from 'node:test';
import { Compiler } from './compiler.ts';
import type { Problem } from './problem.ts';

const NATIVE = resolve(import.meta.dirname, '../../../node_modules/typescript-native');

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-compiler-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it('there is none where the package has no tsconfig.json, or no TypeScript', (t) => {
  const folder = place(t);
  const start = () => Compiler.start(folder, () => assert.fail('it has no rounds'));
  assert.equal(start(), undefined);
  writeFileSync(join(folder, 'tsconfig.json'), '{}');
  assert.equal(start(), undefined);
});

it("tells of each round what is wrong, in the places and all lines of the compiler's words", async (t) => {
  const folder = place(t);
  writeFileSync(join(folder, 'tsconfig.json'), '{}');
  const bin = join(folder, 'node_modules/typescript/bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(folder, 'node_modules/typescript/package.json'), '{}');
  // Writes what the compiler does in two rounds, and stays as it does.
  const written = [
    '12:00:00 - Starting compilation in watch mode...',
    "src/home.ts(12,5): error TS2322: Type 'X' is not assignable to type 'Y'.",
    "  Types of property 'a' are incompatible.",
    'src/b.ts(1,1): error TS1005: ; expected.',
    '12:00:01 - Found 2 errors. Watching for file changes.',
    '12:00:02 - Found 0 errors. Watching for file changes.',
  ];
  writeFileSync(
    join(bin, 'tsc'),
    `process.stdout.write(${JSON.stringify(`${written.join('\n')}\n`)}); process.stdin.resume(); setInterval(() => {}, 1000);`,
  );
  const rounds: (readonly Problem[])[] = [];
  const both = Promise.withResolvers<void>();
  const compiler = Compiler.start(folder, (problems) => {
    if (rounds.push(problems) === 2) both.resolve();
  });
  assert.ok(compiler);
  t.after(() => compiler.close());
  await both.promise;
  const message =
    "TS2322: Type 'X' is not assignable to type 'Y'.\n  Types of property 'a' are incompatible.";
  assert.deepEqual(rounds, [
    [
      { place: 'src/home.ts:12:5', message },
      { place: 'src/b.ts:1:1', message: 'TS1005: ; expected.' },
    ],
    [],
  ]);
});

it('understands the native compiler, which exports no program of its package', async (t) => {
  const folder = place(t);
  const options = { types: [], lib: ['es5'], noEmit: true };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, include: ['src'] }),
  );
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(NATIVE, join(folder, 'node_modules/typescript'));
  mkdirSync(join(folder, 'src'));
  const source = join(folder, 'src/home.ts');
  writeFileSync(source, 'export const three: number = "3";\n');
  const firstRound = async (): Promise<readonly Problem[]> => {
    const { promise, resolve: told } = Promise.withResolvers<readonly Problem[]>();
    const compiler = Compiler.start(folder, told);
    assert.ok(compiler);
    return promise.finally(() => compiler.close());
  };
  const message = "TS2322: Type 'string' is not assignable to type 'number'.";
  assert.deepEqual(await firstRound(), [{ place: 'src/home.ts:1:14', message }]);
  writeFileSync(source, 'export const three: number = 3;\n');
  assert.deepEqual(await firstRound(), []);
});
