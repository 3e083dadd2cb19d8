/**
 * What a configuration reads beside its own texts: secrets in files (`file:`), certificates, schemas and manifests. A change
 * of one of them is a change of the configuration, though no text of it changed.
 */
import { fileSettings } from './paths.ts';
import type { ReadText } from './substitution.ts';
import type { Node } from './tree.ts';

/**
 * The last key of settings whose file is read when a configuration is made. Others follow their files themselves (lists of
 * addresses, endpoints, the supergraph), or write into them.
 */
const READ_ONCE: ReadonlySet<string> = new Set([
  'manifest',
  'cert',
  'key',
  'clientCa',
  'crl',
  'ca',
  'proto',
  'openapi',
  'params',
  'query',
  'headers',
  'body',
]);

/** Made at the start, and so again only there. */
const START_ONLY: ReadonlySet<string> = new Set(['state', 'flows', 'telemetry']);

/** Reads as `read` does, and keeps what was read by its path; `undefined` for what was not there. */
export function recordInputs(read: ReadText): {
  readonly read: ReadText;
  readonly asked: ReadonlyMap<string, string | undefined>;
} {
  const asked = new Map<string, string | undefined>();
  return {
    asked,
    read: (path) => {
      const found = read(path);
      asked.set(path, found.ok ? found.text : undefined);
      return found;
    },
  };
}

/** The files of settings, absolute by now, whose change asks for a new configuration. */
export function inputFiles(root: Node): string[] {
  const files: string[] = [];
  for (const [scalar, path] of fileSettings(root)) {
    const key = path.findLast((part) => typeof part === 'string');
    if (typeof key !== 'string' || !READ_ONCE.has(key) || START_ONLY.has(String(path[0]))) continue;
    files.push(String(scalar.value));
  }
  return files;
}
