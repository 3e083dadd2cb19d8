/**
 * Settings that name files. Written relative to the file they stand in, they are made absolute before validation,
 * so that neither the current folder nor an `include` changes what they mean.
 */
import { dirname, resolve } from 'node:path';
import { type Node, scalars } from './tree.ts';

/** `*` stands for any key or index. */
const FILE_SETTINGS: readonly (readonly string[])[] = [
  ['graph', 'supergraph'],
  ['listen', 'tls', 'cert'],
  ['listen', 'tls', 'key'],
  ['listen', 'tls', 'clientCa'],
  ['telemetry', 'accessLog', 'file'],
];

const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

/** Makes them absolute, in place. URLs and absolute paths stay as they are. */
export function absolutePaths(root: Node): void {
  for (const [scalar, path] of scalars(root)) {
    if (typeof scalar.value !== 'string' || scalar.value === '' || SCHEME.test(scalar.value)) continue;
    const named = FILE_SETTINGS.some(
      (setting) =>
        setting.length === path.length && setting.every((key, i) => key === '*' || key === path[i]),
    );
    if (named) scalar.value = resolve(dirname(scalar.at.file), scalar.value);
  }
}
