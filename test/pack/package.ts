/**
 * What makes a package of a workspace: `prepack` compiles it to `dist/` and points its package.json there,
 * `postpack` puts package.json back. In the repository the TypeScript sources run as they are; under
 * `node_modules` Node refuses to strip types, so a tarball must hold JavaScript.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const FROM_SOURCE = /^(?:\.\/)?src\/(.*)\.ts$/;

/**
 * Compiles the package in `directory`, with whatever it refers to, and points its package.json to the result. With
 * FRONTDESK_TYPES_CHECKED set, types are not checked again: whoever sets it has done that, and the time goes to that.
 */
export function prepack(directory: string): void {
  postpack(directory);
  rmSync(join(directory, 'dist'), { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules/typescript-native/bin/tsc');
  const unchecked = process.env.FRONTDESK_TYPES_CHECKED === undefined ? [] : ['--noCheck'];
  // One checker: several look each at the types that all files have in common.
  execFileSync(process.execPath, [tsc, '--build', '--checkers', '1', ...unchecked, 'tsconfig.build.json'], {
    cwd: directory,
    stdio: 'inherit',
  });
  cpSync(join(directory, 'src'), join(directory, 'dist'), {
    recursive: true,
    filter: (source) => !source.endsWith('.ts'),
  });
  const path = join(directory, 'package.json');
  const text = readFileSync(path, 'utf8');
  mkdirSync(dirname(savedPath(directory)), { recursive: true });
  writeFileSync(savedPath(directory), text);
  writeFileSync(path, `${JSON.stringify(toBuilt(JSON.parse(text)), null, 2)}\n`);
}

/** Puts the package.json of the sources back, where `prepack` has replaced it. */
export function postpack(directory: string): void {
  if (existsSync(savedPath(directory))) renameSync(savedPath(directory), join(directory, 'package.json'));
}

function savedPath(directory: string): string {
  return join(ROOT, 'node_modules/.cache/frontdesk/pack', `${basename(directory)}.json`);
}

/** The same package.json with each source file that it names replaced by what was compiled from it. */
export function toBuilt(manifest: unknown): unknown {
  if (!isRecord(manifest)) throw new TypeError('package.json must hold an object');
  const { scripts: _scripts, devDependencies: _devDependencies, ...kept } = manifest;
  const built: Record<string, unknown> = { ...kept };
  if (isRecord(kept.bin)) built.bin = mapValues(kept.bin, (file) => file.replace(FROM_SOURCE, 'dist/$1.js'));
  if (isRecord(kept.exports)) {
    built.exports = mapValues(kept.exports, (file) => {
      const name = FROM_SOURCE.exec(file)?.[1];
      // `types` must come first: conditions are tried in their order.
      return name === undefined ? file : { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
    });
  }
  return built;
}

function mapValues(
  record: Record<string, unknown>,
  map: (value: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(String(value))]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

if (import.meta.main) {
  const action = process.argv[2] === 'prepack' ? prepack : postpack;
  action(process.cwd());
}
