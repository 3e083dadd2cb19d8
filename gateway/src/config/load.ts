/**
 * Configuration from files to one frozen, validated value, or every fault at once. Nothing is validated again
 * after this; nothing changes the value after this.
 */
import { existsSync, statSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readBounded, whyUnread } from './bounded-file.ts';
import { type ConfigBundle, recordTexts } from './bundle.ts';
import { checkCertificates } from './certificates.ts';
import { concealed } from './concealed.ts';
import { type Fault, sortFaults } from './fault.ts';
import { deepFreeze } from './freeze.ts';
import { readFiles } from './include.ts';
import { inputFiles, recordInputs } from './inputs.ts';
import { retype, validate } from './issues.ts';
import { manifestFaults, readManifestFile } from './manifests.ts';
import { operationFaults } from './operations.ts';
import { absolutePaths } from './paths.ts';
import { rememberPlaces } from './places.ts';
import { rememberPlugins } from './plugin-configs.ts';
import { checkReferences, type World } from './references.ts';
import { type Config, configSchema } from './schema.ts';
import { rememberSchemas } from './schema-faults.ts';
import { type Environment, type ReadText, substitute } from './substitution.ts';
import { toPlain } from './tree.ts';
import { type Written, writtenValues } from './written.ts';
import { MAX_FILE_BYTES } from './yaml-source.ts';

export type Loaded<T = Config> =
  | {
      readonly ok: true;
      readonly config: T;
      /** What is allowed but probably not meant. */
      readonly warnings: readonly Fault[];
      /** Every file that was read, the entry first. */
      readonly files: readonly string[];
      /** What it was made of. */
      readonly bundle: ConfigBundle;
      /** Files that it reads beside its own: secrets, certificates, schemas. A change of one is a change of it. */
      readonly inputs: readonly string[];
      /** Of those, what was read while this was made, which may stand there no more: by its path. */
      readonly inputTexts: ReadonlyMap<string, string | undefined>;
      /** How values that came from the environment and from files are written. */
      readonly written: Written;
    }
  | {
      readonly ok: false;
      readonly faults: readonly Fault[];
      readonly files: readonly string[];
      readonly bundle: ConfigBundle;
      readonly inputs: readonly string[];
      readonly inputTexts: ReadonlyMap<string, string | undefined>;
    };

/** What `parseConfig` reads from: the first file's name and a way to get any file's text. */
export interface Sources extends World {
  readonly file: string;
  readonly read: ReadText;
  /** How manifests of documents are read, which may be larger. Default: as `read`. */
  readonly readManifest?: ReadText;
}

/** Loads a configuration file and what it includes. Never throws for what a person wrote. */
export function loadConfig(file: string, environment: Environment = process.env): Loaded {
  // The entry may come through a pipe, from a command.
  return load(file, (path) => (path === file ? readEntry(path) : readFromDisk(path)), environment);
}

/**
 * The same configuration once more, whatever stands in its files by now: in another process, or when they are gone. What it
 * refers to (secrets in files, certificates, documents) is read anew.
 */
export function loadBundle({ file, texts }: ConfigBundle, environment: Environment = process.env): Loaded {
  const kept = new Map(Object.entries(texts));
  const read: ReadText = (path) => {
    const text = kept.get(path);
    return text === undefined ? readFromDisk(path) : { ok: true, text };
  };
  return load(file, read, environment);
}

function load(file: string, read: ReadText, environment: Environment): Loaded {
  const isProduction = environment.NODE_ENV === 'production';
  const world = { exists: isFileOrFolder, resolves, isProduction };
  return parseConfig({ file, read, readManifest: readManifestFile, ...world }, environment);
}

/** The same without touching the disk or the process: a function of its arguments. */
export function parseConfig(sources: Sources, environment: Environment): Loaded {
  const recorded = recordTexts(sources.read);
  const joined = readFiles(sources.file, recorded.read);
  const { root, files } = joined;
  const named = recordInputs(sources.read);
  const substitution = substitute(root, environment, named.read);
  absolutePaths(root);
  const written = writtenValues(root);
  if (retype(configSchema, root, toPlain(root))) {
    // A second look, because a wrong kind inside an alternative may have hidden another.
    retype(configSchema, root, toPlain(root));
  }
  const { output, faults: invalid } = validate(configSchema, root, toPlain(root));
  const references = checkReferences(root, sources);
  // Where both speak of one setting, the reference's word is the better one: it names what there is.
  const referred = new Set(references.faults.map((fault) => fault.path));
  const others = invalid.filter((fault) => !referred.has(fault.path));
  const manifests = manifestFaults(root, sources.readManifest ?? sources.read);
  const certificates = checkCertificates(root, sources.read, Date.now());
  const found = [
    ...joined.faults,
    ...substitution,
    ...others,
    ...references.faults,
    ...manifests,
    ...operationFaults(root, sources.exists),
    ...certificates.faults,
  ];
  const faults = concealed(found, root);
  const bundle = { file: sources.file, texts: recorded.texts() };
  const inputTexts = named.asked;
  const inputs = [...inputTexts.keys(), ...inputFiles(root)];
  if (faults.length > 0 || output === undefined)
    return { ok: false, faults: sortFaults(faults, files), files, bundle, inputs, inputTexts };
  const warnings = concealed([...references.warnings, ...certificates.warnings], root);
  rememberPlaces(output.routes, root, ['routes']);
  rememberSchemas(output.routes, root);
  rememberPlugins(output.plugins, root);
  return {
    ok: true,
    config: deepFreeze(output),
    warnings: sortFaults(warnings, files),
    files,
    bundle,
    inputs,
    inputTexts,
    written,
  };
}

/** Reads text from the disk up to 1 MiB, and waits for nothing. */
export const readFromDisk: ReadText = (path) => readText(path, false);

/** The same for what somebody hands to a command: that may be a pipe of its own, which is filled by and by. */
const readEntry: ReadText = (path) => readText(path, /^\/dev\/(?:stdin|fd\/\d+)$/.test(path));

function readText(path: string, waits: boolean): ReturnType<ReadText> {
  try {
    const found = readBounded(path, { maxBytes: MAX_FILE_BYTES, waits });
    return found ? { ok: true, text: found.toString() } : { ok: false, reason: 'it is larger than 1 MiB' };
  } catch (error) {
    return { ok: false, reason: whyUnread(error) };
  }
}

/** What stands there may also be a device, which has no end, or a pipe that nobody fills. */
function isFileOrFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.isFile() || found.isDirectory());
}

/** Whether a package is installed where the configuration file or the gateway can see it, or a module is there. */
function resolves(specifier: string, fromFile: string): boolean {
  if (/^(\.{0,2}\/|file:)/.test(specifier)) {
    const url = new URL(specifier, pathToFileURL(resolve(fromFile)));
    return existsSync(url);
  }
  return [pathToFileURL(resolve(fromFile)).href, import.meta.url].some((base) => {
    try {
      return findPackageJSON(specifier, base) !== undefined;
    } catch {
      return false;
    }
  });
}
