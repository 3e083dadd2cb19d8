/**
 * The files that the page loads: React and GraphiQL (libraries.ts), and our own. A closed list of names;
 * nothing of a request's path ever becomes a path on the disk. They are read when the first browser comes, and kept
 * compressed: 0.7 MB, which a gateway that no browser visits never takes.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { libraryPaths } from './libraries.ts';

export interface PageFiles {
  /** Changes with any byte of any file, so that what carries it may be kept for ever. */
  readonly version: string;
  /** `undefined` where no file has that name. */
  find(name: string): PageFile | undefined;
}

export interface PageFile {
  readonly contentType: string;
  readonly gzipped: Uint8Array;
  plain(): Promise<Uint8Array>;
}

const COMPRESSED_LEVEL = 9;
const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** In `browser/`, beside this file. */
const OURS = [
  'page.css',
  'page.js',
  'account.js',
  'calls.js',
  'event-stream.js',
  'fetcher.js',
  'indent.js',
  'libraries.js',
  'measures.js',
  'memory.js',
  'panel.js',
  'plan.js',
];

/** Rejects where a file is not there: the installation is not whole. */
export async function readPageFiles(): Promise<PageFiles> {
  const paths = new Map(libraryPaths());
  for (const name of OURS) paths.set(name, join(import.meta.dirname, 'browser', name));
  const read = await Promise.all(
    [...paths].map(async ([name, path]) => [name, await readFile(path)] as const),
  );
  const hash = createHash('sha256');
  for (const [name, bytes] of read) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  const files = new Map(
    await Promise.all(read.map(async ([name, bytes]) => [name, await packed(name, bytes)] as const)),
  );
  return { version: hash.digest('base64url').slice(0, 16), find: (name) => files.get(name) };
}

async function packed(name: string, bytes: Uint8Array): Promise<PageFile> {
  const contentType = name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
  const gzipped = await compress(bytes, { level: COMPRESSED_LEVEL });
  return { contentType, gzipped, plain: () => decompress(gzipped) };
}
