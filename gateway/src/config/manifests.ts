/**
 * Manifests of registered documents that a configuration names, looked into while it is loaded: what is wrong with one
 * is a fault with its own file and line, beside all others.
 */
import { MAX_MANIFEST_BYTES } from '../graph/persisted/config.ts';
import { parseManifest } from '../graph/persisted/manifest.ts';
import { readBounded, whyUnread } from './bounded-file.ts';
import { type Fault, faultAt, type Path } from './fault.ts';
import type { ReadText } from './substitution.ts';
import { child, type MapNode, type Node, type ScalarNode } from './tree.ts';

/** The faults of the manifests of the graph and of BFFs, whose paths are absolute by now. */
export function manifestFaults(root: MapNode, read: ReadText): Fault[] {
  const bffs = child(root, 'bffs');
  return [
    ...faultsBelow(child(root, 'graph'), ['graph'], read),
    ...(bffs?.kind === 'list' ? bffs.items : []).flatMap((bff, i) =>
      faultsBelow(child(bff, 'graphql'), ['bffs', i, 'graphql'], read),
    ),
  ];
}

/** Those of a section with `documents.manifest`. */
function faultsBelow(section: Node | undefined, path: Path, read: ReadText): Fault[] {
  const node = child(child(section, 'documents'), 'manifest');
  const files = node?.kind === 'list' ? node.items : node ? [node] : [];
  const place = [...path, 'documents', 'manifest'];
  return files.flatMap((file) => (file.kind === 'scalar' ? faultsOf(file, place, read) : []));
}

const MISSING = 'there is no such file';

function faultsOf(scalar: ScalarNode, path: Path, read: ReadText): Fault[] {
  if (typeof scalar.value !== 'string' || scalar.value === '' || scalar.faulty) return [];
  const found = read(scalar.value);
  // That there is no such file is said of every setting that names one, in one place.
  if (!found.ok && found.reason === MISSING) return [];
  if (!found.ok) return [faultAt(scalar.at, path, `"${scalar.value}" cannot be read: ${found.reason}`)];
  const manifest = parseManifest(found.text);
  if (manifest.ok) return [];
  const { line, column, message } = manifest.fault;
  return [faultAt({ file: scalar.value, line, column }, [], message)];
}

/** Reads a manifest from the disk up to its bound. */
export const readManifestFile: ReadText = (path) => {
  try {
    const found = readBounded(path, { maxBytes: MAX_MANIFEST_BYTES });
    return found ? { ok: true, text: found.toString() } : { ok: false, reason: 'it is larger than 32 MiB' };
  } catch (error) {
    return { ok: false, reason: whyUnread(error) };
  }
};
