/** `--upstream name=document`: a backend of a new package, from a file or an address. */
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { NewUpstream } from './package-files.ts';

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;
const FETCH_WITHIN_MS = 10_000;
/** Where a backend is thought to be of which nobody says it. */
const FIRST_PORT = 4101;

/** Why there is no new package, in words for whoever asked for one. */
export class NewPackageError extends Error {
  override readonly name = 'NewPackageError';
}

export interface GivenDocument extends Omit<NewUpstream, 'url'> {
  /** Where the document came from, for what it says relative to that. */
  readonly source: string;
}

/** Reads what `text` names. Rejects with a `NewPackageError`. */
export async function givenDocument(text: string): Promise<GivenDocument> {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(0, at));
  const source = text.slice(at + 1);
  if (!NAME.test(name) || name === 'graph' || source === '') {
    throw new NewPackageError(
      `--upstream ${text}: expected a name and where its OpenAPI document is, as in users=./users.openapi.yaml; ` +
        'a name has small letters, digits and _, and graph is taken',
    );
  }
  const document = /^https?:\/\//i.test(source) ? await fetched(source) : await readDocument(source);
  if (Buffer.byteLength(document) > MAX_DOCUMENT_BYTES) {
    throw new NewPackageError(`--upstream ${name}: the document has more than 4 MiB`);
  }
  const isProto = extname(source) === '.proto';
  const isJson = !isProto && document.trimStart().startsWith('{');
  const path = `backends/${name}.${isProto ? 'proto' : isJson ? 'openapi.json' : 'openapi.yaml'}`;
  return { name, path, text: document, source };
}

async function readDocument(source: string): Promise<string> {
  try {
    return await readFile(resolve(source), 'utf8');
  } catch (error) {
    throw new NewPackageError(`${source}: cannot be read (${reasonFor(error)})`);
  }
}

async function fetched(source: string): Promise<string> {
  try {
    const response = await fetch(source, { signal: AbortSignal.timeout(FETCH_WITHIN_MS) });
    if (!response.ok) throw new Error(`it is answered ${response.status}`);
    return await response.text();
  } catch (error) {
    throw new NewPackageError(`${source}: cannot be had (${reasonFor(error)})`);
  }
}

/** By the document's `servers`, which may be relative to where it is (OpenAPI §4.8.5), else a port of this machine. */
export function backendUrl({ source }: GivenDocument, server: string | undefined, index: number): string {
  const base = /^https?:/i.test(source) ? source : undefined;
  const fallback = base === undefined ? `http://127.0.0.1:${FIRST_PORT + index}` : new URL(base).origin;
  if (server === undefined || server.includes('{')) return fallback;
  const url = URL.parse(server, base);
  if (!url || !/^https?:$/.test(url.protocol)) return fallback;
  return url.href.replace(/\/$/, '');
}

function reasonFor(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
