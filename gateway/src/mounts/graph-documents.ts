/**
 * The documents that clients may ask for by name: manifests, read from their files, and what clients registered
 * themselves, which outlives a configuration that leaves its settings alone.
 */
import { readFile } from 'node:fs/promises';
import type { DocumentStore } from '../core/document-store.ts';
import { FrontdeskError } from '../core/errors.ts';
import { AutomaticDocuments } from '../graph/persisted/automatic.ts';
import { automaticSettingsOf, type DocumentsConfig, manifestsOf } from '../graph/persisted/config.ts';
import { parseManifest, type RegisteredDocument } from '../graph/persisted/manifest.ts';
import type { Residents } from '../residents/residents.ts';
import { isScriptStore } from '../state/store.ts';

export interface GraphDocuments {
  readonly registered: readonly RegisteredDocument[];
  readonly automatic: AutomaticDocuments | undefined;
}

/** Rejects with `FrontdeskError('internal')` where a manifest cannot be read; its detail says where. */
export async function openDocuments(
  config: DocumentsConfig,
  { automaticDocuments, store }: Pick<Residents, 'automaticDocuments' | 'store'>,
): Promise<GraphDocuments> {
  const manifests = await Promise.all(manifestsOf(config).map(readManifest));
  const settings = automaticSettingsOf(config);
  // What one process keeps for itself needs no second copy.
  const shared: DocumentStore | undefined = isScriptStore(store) ? store : undefined;
  const automatic =
    settings &&
    automaticDocuments.once(JSON.stringify(settings), () => new AutomaticDocuments(settings, shared));
  return { registered: manifests.flat(), automatic };
}

async function readManifest(file: string): Promise<readonly RegisteredDocument[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  }
  const manifest = parseManifest(text);
  if (manifest.ok) return manifest.documents;
  const { line, column, message } = manifest.fault;
  throw unreadable(`${file}:${line}:${column}`, message);
}

function unreadable(place: string, why: string): FrontdeskError {
  return new FrontdeskError('internal', { detail: `${place}: ${why}` });
}
