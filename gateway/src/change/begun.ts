/** A configuration in force: what was read, and as which version. */
import { relative } from 'node:path';
import type { ConfigVersion } from './change.ts';
import type { Reading } from './config-reader.ts';
import { diffConfigs, type SubjectChange } from './diff.ts';

export interface Begun extends Reading {
  readonly version: ConfigVersion;
  /** What its files say, what an operator sent, or what was kept of the last good one. */
  readonly origin: 'files' | 'sent' | 'kept';
  /** Why it is the last good one; `undefined` where it is not. */
  readonly standsInBecause: string | undefined;
}

/** What it read beside its texts, by path, to be compared. */
function inputsOf({ inputs, fingerprints }: Reading): ReadonlyMap<string, string> {
  return new Map(inputs.map((path) => [path, fingerprints.get(path) ?? '']));
}

export function sameInputs(one: Reading, other: Reading): boolean {
  const [before, after] = [inputsOf(one), inputsOf(other)];
  return before.size === after.size && [...before].every(([path, print]) => after.get(path) === print);
}

/** What changes of the settings, and which files do that they name: a certificate that was renewed in its place. */
export function changesBetween(before: Reading, after: Reading, folder: string): SubjectChange[] {
  const [old, next] = [inputsOf(before), inputsOf(after)];
  const files = [...next].filter(([path, print]) => old.has(path) && old.get(path) !== print);
  return [
    ...diffConfigs(before, after),
    ...files.map(([path]): SubjectChange => {
      return { section: 'files', name: relative(folder, path), kind: 'changed', settings: [] };
    }),
  ];
}
