/** The files of gateway/deploy, read. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { Manifest } from './kubernetes.ts';

export const DEPLOY = join(import.meta.dirname, '../../gateway/deploy');

export type Plain = Readonly<Record<string, unknown>>;

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at a path of keys and indices; fails where nothing does. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (Array.isArray(found) && typeof key === 'number') found = found[key];
    else if (isPlain(found)) found = found[key];
    else throw new TypeError(`nothing at ${path.join('.')}`);
  }
  return found;
}

export function read(...path: readonly string[]): string {
  return readFileSync(join(DEPLOY, ...path), 'utf8');
}

export function readYaml(...path: readonly string[]): Plain {
  const value: unknown = parse(read(...path), { merge: true });
  if (!isPlain(value)) throw new TypeError(`${path.join('/')} holds no mapping`);
  return value;
}

/** The manifests of a folder: every document that has a kind, but for Kustomize's own. */
export function manifestsIn(...folder: readonly string[]): Manifest[] {
  const files = readdirSync(join(DEPLOY, ...folder)).filter((file) => file.endsWith('.yaml'));
  return files.flatMap((file) =>
    parseAllDocuments(read(...folder, file)).flatMap((document): Manifest[] => {
      const content: unknown = document.toJS();
      if (!isPlain(content)) return [];
      const { apiVersion, kind } = content;
      if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [];
      if (apiVersion.startsWith('kustomize.config.k8s.io/')) return [];
      return [{ file: [...folder, file].join('/'), apiVersion, kind, content }];
    }),
  );
}

export function ofKind(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind);
  if (!found) throw new TypeError(`there is no ${kind}`);
  return found;
}

/** What `frontdesk check` says of a configuration; fails where it finds fault. */
export function check(file: string, environment: Readonly<Record<string, string>>): string {
  const main = join(DEPLOY, '../src/main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'check', '--config', file], {
    env: { ...process.env, ...environment },
    timeout: 60_000,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout;
}

/** Seconds of a duration as the configuration writes it, in whole seconds. */
export function secondsOf(value: unknown): number {
  const found = /^(\d+)s$/.exec(String(value))?.[1];
  if (found === undefined) throw new TypeError(`${String(value)} is no number of seconds`);
  return Number(found);
}
