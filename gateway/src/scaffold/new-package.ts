/**
 * Makes a BFF's package: all of it beside its place first, with its types, and then into its place in one step. What
 * is there already is never touched, and nothing is left of a package that could not be made.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { generateTypes } from '../codegen/generate.ts';
import { TypesError } from '../codegen/types-error.ts';
import { DescriptionError } from '../validation/description-error.ts';
import { EXAMPLE_DOCUMENT, EXAMPLE_UPSTREAM } from './example-backend.ts';
import { backendUrl, type GivenDocument, givenDocument, NewPackageError } from './new-upstream.ts';
import { type NewUpstream, packageFiles } from './package-files.ts';
import { firstParts } from './parts.ts';
import { type DescribedBackend, describedBackend } from './reads.ts';
import { exampleTarget } from './screen-text.ts';

export interface NewPackageOptions {
  readonly name: string;
  /** Where the package goes: a folder that is not there yet, or is empty. */
  readonly folder: string;
  /** What `npm install` is told of the gateway. */
  readonly gateway: string;
  /** `name=document` each; an example where there are none. */
  readonly upstreams: readonly string[];
}

export interface MadePackage {
  /** The files, in order. */
  readonly files: readonly string[];
  /** A request that works: path and query. */
  readonly target: string;
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** As `defineBff` takes it, and npm. */
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** Rejects with a `NewPackageError`. */
export async function makePackage(options: NewPackageOptions): Promise<MadePackage> {
  const { name, upstreams } = options;
  const folder = resolve(options.folder);
  if (!NAME.test(name) || name.endsWith('-')) {
    throw new NewPackageError(`"${name}" is no name of a BFF: small letters, digits and -, such as mobile`);
  }
  await refuseTaken(folder);
  const documents =
    upstreams.length > 0 ? await Promise.all(upstreams.map(givenDocument)) : [exampleDocument()];
  refuseTwice(documents);
  const above = await existingAbove(folder);
  const draft = await mkdtemp(join(above, `.${basename(folder)}-`)).catch((error: unknown) => {
    throw new NewPackageError(`${above}: nothing can be written there (${String(error)})`);
  });
  try {
    const made = await writeDraft(draft, documents, options);
    await mkdir(dirname(folder), { recursive: true });
    if (existsSync(folder)) await rmdir(folder);
    // A temporary folder is for its owner alone; a package is as any other folder is.
    await chmod(draft, 0o777 & ~process.umask());
    await rename(draft, folder);
    return made;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (error instanceof TypesError) throw new NewPackageError(error.faults.join('\n'));
    if (error instanceof DescriptionError) throw new NewPackageError(error.message);
    throw error;
  }
}

async function writeDraft(
  draft: string,
  documents: readonly GivenDocument[],
  { name, gateway }: NewPackageOptions,
): Promise<MadePackage> {
  for (const { path, text } of documents) await write(draft, path, text);
  const described = new Map<string, DescribedBackend>();
  for (const { name: upstream, path } of documents) {
    if (!path.endsWith('.proto')) described.set(upstream, await describedBackend(join(draft, path)));
  }
  const parts = firstParts(described);
  if (parts.length === 0) {
    throw new NewPackageError(
      'no document has a GET that answers with an object or a list in JSON: there is nothing that a first screen could show',
    );
  }
  const upstreams = documents.map(
    (one, i): NewUpstream => ({ ...one, url: backendUrl(one, described.get(one.name)?.server, i) }),
  );
  const files = packageFiles({ name, gateway, upstreams, parts });
  for (const { path, text } of files) await write(draft, path, text);
  const { output, files: types, notes } = await generateTypes(draft);
  for (const { path, text } of types) await write(output, path, text);
  const written = [...files.map(({ path }) => path), ...types.map(({ path }) => `src/generated/${path}`)];
  return { files: written, target: `/${name}${exampleTarget(parts)}`, notes };
}

async function write(folder: string, path: string, text: string): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

function exampleDocument(): GivenDocument {
  const name = EXAMPLE_UPSTREAM;
  return { name, path: `backends/${name}.openapi.yaml`, text: EXAMPLE_DOCUMENT, source: '' };
}

async function refuseTaken(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new NewPackageError(`${folder} is there already, and is no folder: nothing was changed`);
  });
  if (there.length > 0) {
    throw new NewPackageError(`${folder} is there already, and is not empty: nothing was changed`);
  }
}

function refuseTwice(documents: readonly GivenDocument[]): void {
  const names = documents.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new NewPackageError(`--upstream ${twice}: is given twice`);
}

/** The nearest folder above that is there: on the same disk, so that a rename is one step. */
async function existingAbove(folder: string): Promise<string> {
  let at = dirname(folder);
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  return at;
}
