/**
 * The last configuration that served, in a file: for a start on a day on which its source is gone. It is written whole, beside
 * the old one, and takes its place by a rename; what does not match its own digest is not believed. Only its owner can read it,
 * and what anybody else could have written is not read: who writes it says what a gateway does.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { bundleDigest, type ConfigBundle } from '../config/bundle.ts';
import type { ConfigVersion } from './change.ts';
import { bundleSchema, versionSchema } from './handed.ts';

/** A larger one is neither written nor read. */
const MAX_BYTES = 32 * 1024 * 1024;
const FORMAT = 'frontdesk-last-good/1';
const OWNER_ONLY = 0o600;
const FOLDER_OF_OWNER = 0o700;
const WRITABLE_BY_OTHERS = 0o022;
const ROOT = 0;
/** Writing takes no longer: what is older was left by a process that was killed. */
const LEFT_AFTER_MS = 60_000;
/** A pipe in its place keeps nobody waiting, and a link leads nowhere. */
const NO_DETOUR = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

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
  readonly #user: number | undefined;

  /** `user`: whose process this is; where the system knows no users, nobody is asked for. */
  constructor(file: string, user = process.geteuid?.()) {
    this.file = file;
    this.#user = user;
  }

  /** Throws an `Error` in plain words where it cannot be written; what stood there stays. */
  keep(kept: Kept): void {
    const text = JSON.stringify({ format: FORMAT, version: kept.version, bundle: kept.bundle });
    if (Buffer.byteLength(text) > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    const folder = dirname(this.file);
    mkdirSync(folder, { recursive: true, mode: FOLDER_OF_OWNER });
    this.#removeLeft(folder);
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
    const text = this.#text();
    if (text === undefined) return undefined;
    const parsed = keptSchema.safeParse(jsonOf(text));
    if (!parsed.success) throw new Error(parsed.error.issues[0]?.message ?? 'it is not what was written');
    const { version, bundle } = parsed.data;
    if (bundleDigest(bundle) !== version.digest) throw new Error('its digest is not that of its texts');
    return { version, bundle };
  }

  #text(): string | undefined {
    let descriptor: number;
    try {
      descriptor = openSync(this.file, NO_DETOUR);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      if (codeOf(error) === 'ELOOP') throw new Error('it is a symbolic link: name the file itself');
      throw error;
    }
    try {
      const stats = fstatSync(descriptor);
      this.#check(stats);
      // Of the very file that was looked at.
      return readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  }

  #check(stats: Stats): void {
    if (!stats.isFile()) throw new Error('it is no file');
    if (stats.size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    if (this.#user === undefined) return;
    if (stats.uid !== this.#user && stats.uid !== ROOT) {
      throw new Error(`it belongs to user ${stats.uid}, and this process is user ${this.#user}`);
    }
    if ((stats.mode & WRITABLE_BY_OTHERS) === 0) return;
    const mode = (stats.mode & 0o777).toString(8);
    throw new Error(
      `others than its owner may write it (mode ${mode}): chmod 600, where you know what it says`,
    );
  }

  /** What processes left that were killed while they wrote. */
  #removeLeft(folder: string): void {
    const begins = `${basename(this.file)}.`;
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(begins) || !/^\d+\.new$/.test(name.slice(begins.length))) continue;
      const left = join(folder, name);
      const stats = statSync(left, { throwIfNoEntry: false });
      if (stats && Date.now() - stats.mtimeMs > LEFT_AFTER_MS) rmSync(left, { force: true });
    }
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
    throw new Error(text === '' ? 'it is empty' : 'it is cut off, or damaged: what stands in it is no JSON');
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
