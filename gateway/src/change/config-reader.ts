/**
 * Reads configurations as they shall serve: from their files, or from texts that somebody sent or that were kept. Whatever the
 * command line says over them is applied to each alike.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readBounded } from '../config/bounded-file.ts';
import { bundleDigest, type ConfigBundle } from '../config/bundle.ts';
import { type Fault, formatFault } from '../config/fault.ts';
import { type Loaded, loadBundle, loadConfig, readFromDisk } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Environment } from '../config/substitution.ts';
import type { Written } from '../config/written.ts';

export interface ConfigReaderOptions {
  /** The entry; `undefined` where there is none, and `shape` makes the configuration. */
  readonly file: string | undefined;
  readonly environment: Environment;
  /** What the command line says over what was read. Throws an `Error` in plain words where the two do not fit. */
  readonly shape: (config: Config | undefined) => Config;
}

/** What is watched, and what tells its content from another without parsing it. */
interface Sources {
  /** The configuration's own files, the entry first. */
  readonly files: readonly string[];
  /** What it reads beside them: secrets, certificates, schemas. */
  readonly inputs: readonly string[];
  /** Of all of them, by path. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

export interface Reading extends Sources {
  readonly ok: true;
  readonly config: Config;
  readonly bundle: ConfigBundle;
  readonly digest: string;
  readonly written: Written;
  readonly warnings: readonly Fault[];
}

export interface FailedReading extends Sources {
  readonly ok: false;
  readonly faults: readonly Fault[];
  /** Where no place can be named. */
  readonly reason: string | undefined;
}

/** A file that is larger is told from another by its size alone. */
const MAX_FINGERPRINTED_BYTES = 64 * 1024 * 1024;
const MISSING = 'missing';
/** Then it is taken as it was read, and read anew when its files are at rest. */
const MOST_TIMES_AGAIN = 3;

export class ConfigReader {
  readonly #options: ConfigReaderOptions;

  constructor(options: ConfigReaderOptions) {
    this.#options = options;
  }

  /** The entry, absolute; `undefined` where there is none. */
  get file(): string | undefined {
    return this.#options.file;
  }

  /** What relative paths are relative to. */
  get folder(): string {
    const { file } = this.#options;
    return file === undefined ? process.cwd() : dirname(resolve(file));
  }

  /** Why the entry cannot be read at all; `undefined` where it can. */
  gone(): string | undefined {
    const { file } = this.#options;
    if (file === undefined) return undefined;
    const found = readFromDisk(file);
    return found.ok ? undefined : found.reason;
  }

  /**
   * What its files say now, all of them at one time: where they are exchanged while they are read, they are read once more. Never
   * throws.
   */
  fromFiles(): Reading | FailedReading {
    const { file, environment } = this.#options;
    if (file === undefined) return this.#made();
    let reading = this.#judged(loadConfig(file, environment));
    for (let again = 0; again < MOST_TIMES_AGAIN; again += 1) {
      // One file is of one time; and an entry that is a pipe can be read but once.
      if (reading.files.length === 1 || this.isAsRead(reading, 'files')) break;
      reading = this.#judged(loadConfig(file, environment));
    }
    return reading;
  }

  /** What these texts say, with what they refer to as it is now. Never throws. */
  fromBundle(bundle: ConfigBundle): Reading | FailedReading {
    return this.#judged(loadBundle(bundle, this.#options.environment));
  }

  /** Whether what was read for `before` is as it was then: the files it came from, those that it names, or all. */
  isAsRead(before: Sources, which: 'files' | 'inputs' | 'all'): boolean {
    const { files, inputs, fingerprints } = before;
    const paths = which === 'all' ? fingerprints.keys() : which === 'files' ? files : inputs;
    for (const path of paths) if (fingerprintOf(path) !== fingerprints.get(path)) return false;
    return true;
  }

  #judged(loaded: Loaded): Reading | FailedReading {
    const { files, inputs, bundle } = loaded;
    const sources = { files, inputs, fingerprints: fingerprints(loaded) };
    if (!loaded.ok) return { ok: false, faults: loaded.faults, reason: undefined, ...sources };
    try {
      const config = this.#options.shape(loaded.config);
      const { warnings, written } = loaded;
      return { ok: true, config, bundle, digest: bundleDigest(bundle), written, warnings, ...sources };
    } catch (error) {
      return { ok: false, faults: [], reason: reasonOf(error), ...sources };
    }
  }

  #made(): Reading {
    const bundle = { file: '', texts: {} };
    const config = this.#options.shape(undefined);
    const nothing = { files: [], inputs: [], fingerprints: new Map(), warnings: [], written: new Map() };
    return { ok: true, config, bundle, digest: bundleDigest(bundle), ...nothing };
  }
}

/** In one line a fault. */
export function faultLines({ faults, reason }: FailedReading): string[] {
  return reason === undefined ? faults.map(formatFault) : [reason];
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Of what was read, where it was; what is read only when it is built is as it stands there now, or newer. */
function fingerprints({ bundle, files, inputs, inputTexts }: Loaded): Map<string, string> {
  const all = new Map<string, string>();
  for (const path of files) {
    const text = bundle.texts[path];
    all.set(path, text === undefined ? MISSING : hashed(text));
  }
  for (const path of inputs) {
    const text = inputTexts.get(path);
    if (text !== undefined) all.set(path, hashed(text));
    else all.set(path, inputTexts.has(path) ? MISSING : fingerprintOf(path));
  }
  return all;
}

function fingerprintOf(path: string): string {
  try {
    const content = readBounded(path, { maxBytes: MAX_FINGERPRINTED_BYTES });
    return content ? hashed(content) : String(statSync(path).size);
  } catch {
    return MISSING;
  }
}

function hashed(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64');
}
