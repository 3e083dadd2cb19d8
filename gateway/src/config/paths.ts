/**
 * Settings that name files. Written relative to the file they stand in, they are made absolute before validation,
 * so that neither the current folder nor an `include` changes what they mean.
 */
import { dirname, resolve } from 'node:path';
import type { Path } from './fault.ts';
import { type Node, type ScalarNode, scalars } from './tree.ts';

/** `*` stands for any key and for a place in a list. */
const FILE_SETTINGS: readonly (readonly string[])[] = [
  ['graph', 'supergraph'],
  ['graph', 'supergraph', 'file'],
  ['graph', 'documents', 'manifest'],
  ['graph', 'operations', 'folder'],
  ['bffs', '*', 'graphql', 'documents', 'manifest'],
  ['listen', 'tls', 'cert'],
  ['listen', 'tls', 'key'],
  ['listen', 'tls', 'clientCa'],
  ['listen', 'tls', 'crl'],
  ['listen', 'tls', 'others', '*', 'cert'],
  ['listen', 'tls', 'others', '*', 'key'],
  ['state', 'file'],
  ['flows', 'journal', 'file'],
  ['state', 'tls', 'ca'],
  ['upstreams', '*', 'tls', 'ca'],
  ['upstreams', '*', 'tls', 'cert'],
  ['upstreams', '*', 'tls', 'key'],
  ['upstreams', '*', 'discover', 'file', 'path'],
  ['upstreams', '*', 'discover', 'kubernetes', 'tokenFile'],
  ['upstreams', '*', 'discover', 'kubernetes', 'caFile'],
  ['upstreams', '*', 'discover', 'etcd', 'caFile'],
  ['routes', '*', 'to', 'transcode', 'proto'],
  ['routes', '*', 'to', 'transcode', 'importPaths'],
  ['routes', '*', 'request', 'protobuf', 'proto'],
  ['routes', '*', 'request', 'protobuf', 'importPaths'],
  ['routes', '*', 'response', 'protobuf', 'proto'],
  ['routes', '*', 'response', 'protobuf', 'importPaths'],
  ['routes', '*', 'validate', 'openapi'],
  ['routes', '*', 'validate', 'params'],
  ['routes', '*', 'validate', 'query'],
  ['routes', '*', 'validate', 'headers'],
  ['routes', '*', 'validate', 'body'],
  ['listen', 'ip', 'allowFile'],
  ['listen', 'ip', 'denyFile'],
  ['graph', 'ip', 'allowFile'],
  ['graph', 'ip', 'denyFile'],
  ['routes', '*', 'ip', 'allowFile'],
  ['routes', '*', 'ip', 'denyFile'],
  ['bffs', '*', 'process', 'config'],
  ['bffs', '*', 'ip', 'allowFile'],
  ['bffs', '*', 'ip', 'denyFile'],
  ['telemetry', 'accessLog', 'file'],
];

const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

/** Makes them absolute, in place. URLs and absolute paths stay as they are. */
export function absolutePaths(root: Node): void {
  for (const [scalar] of fileSettings(root)) {
    scalar.value = resolve(dirname(scalar.at.file), String(scalar.value));
  }
}

/** The settings that name a file, and not a URL. */
export function* fileSettings(root: Node): Generator<[ScalarNode, Path]> {
  for (const [scalar, path] of scalars(root)) {
    if (typeof scalar.value !== 'string' || scalar.value === '' || SCHEME.test(scalar.value)) continue;
    // A list of files is one setting.
    const bare = typeof path.at(-1) === 'number' ? path.slice(0, -1) : path;
    const named = FILE_SETTINGS.some(
      (setting) =>
        setting.length === bare.length && setting.every((key, i) => key === '*' || key === bare[i]),
    );
    if (named) yield [scalar, path];
  }
}
