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

  /** What its files say now. Never throws. */
  fromFiles(): Reading | FailedReading {
    const { file, environment } = this.#options;
    return file === undefined ? this.#made() : this.#judged(loadConfig(file, environment));
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
    const sources = { files, inputs, fingerprints: fingerprints(bundle, files, inputs) };
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

function fingerprints(
  bundle: ConfigBundle,
  files: readonly string[],
  inputs: readonly string[],
): Map<string, string> {
  const all = new Map<string, string>();
  for (const path of files) {
    const text = bundle.texts[path];
    all.set(path, text === undefined ? MISSING : hashed(text));
  }
  for (const path of inputs) all.set(path, fingerprintOf(path));
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
