/**
 * The last configuration that served, in a file: for a start on a day on which its source is gone. It is written whole, beside
 * the old one, and takes its place by a rename; what does not match its own digest is not believed. Only its owner can read it.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { bundleDigest, type ConfigBundle } from '../config/bundle.ts';
import type { ConfigVersion } from './change.ts';
import { bundleSchema, versionSchema } from './handed.ts';

/** A larger one is neither written nor read. */
const MAX_BYTES = 32 * 1024 * 1024;
const FORMAT = 'frontdesk-last-good/1';
const OWNER_ONLY = 0o600;
const FOLDER_OF_OWNER = 0o700;

const keptSchema = z.strictObject({
  format: z.literal(FORMAT, `expected the format ${FORMAT}`),
  version: versionSchema,
  bundle: bundleSchema,
});

export interface Kept {
  readonly version: ConfigVersion;
  readonly bundle: ConfigBundle;
}

export class LastGood {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** Throws an `Error` in plain words where it cannot be written; what stood there stays. */
  keep(kept: Kept): void {
    const text = JSON.stringify({ format: FORMAT, version: kept.version, bundle: kept.bundle });
    if (Buffer.byteLength(text) > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    const folder = dirname(this.file);
    mkdirSync(folder, { recursive: true, mode: FOLDER_OF_OWNER });
    const beside = `${this.file}.${process.pid}.new`;
    try {
      writeWhole(beside, text);
      renameSync(beside, this.file);
    } catch (error) {
      rmSync(beside, { force: true });
      throw error;
    }
    syncFolder(folder);
  }

  /** What was kept; `undefined` where nothing was. Throws an `Error` in plain words where it is not to be believed. */
  read(): Kept | undefined {
    let text: string;
    try {
      if (statSync(this.file).size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
      text = readFileSync(this.file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    const parsed = keptSchema.safeParse(jsonOf(text));
    if (!parsed.success) throw new Error(parsed.error.issues[0]?.message ?? 'it is not what was written');
    const { version, bundle } = parsed.data;
    if (bundleDigest(bundle) !== version.digest) throw new Error('its digest is not that of its texts');
    return { version, bundle };
  }
}

function writeWhole(file: string, text: string): void {
  rmSync(file, { force: true });
  const descriptor = openSync(file, 'wx', OWNER_ONLY);
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** So that the rename is on the disk, too; not every file system can. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // The file itself is on the disk: after a crash the old or the new one stands there, each whole.
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
