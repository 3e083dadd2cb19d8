/**
 * All generated files of a BFF's package, from what its `frontdesk.types.yaml` names. Nothing is written here; what is
 * wrong comes as lines, each with its place.
 */
import { readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { formatFault } from '../config/fault.ts';
import { validate } from '../config/issues.ts';
import { readFromDisk } from '../config/load.ts';
import { toPlain } from '../config/tree.ts';
import { readYaml } from '../config/yaml-source.ts';
import { readApiSchema } from './api-schema.ts';
import { type TypesConfig, typesConfig } from './config.ts';
import { openapiTypes, type SourceName } from './openapi-types.ts';
import { operationTypes } from './operation-types.ts';
import { protoTypes } from './proto-types.ts';
import { schemaTypes } from './schema-types.ts';
import { locate, operationFiles, TYPES_FILE } from './sources.ts';
import { fileHead, type GeneratedFile, memberName, quoted, valueName } from './ts-text.ts';
import { TypesError } from './types-error.ts';

export interface Generated {
  /** The folder of the files, absolute. */
  readonly output: string;
  readonly files: readonly GeneratedFile[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** Rejects with a `TypesError` that has every fault of the first step that fails. */
export async function generateTypes(folder: string): Promise<Generated> {
  const config = readTypesConfig(folder);
  const files: GeneratedFile[] = [];
  const notes: string[] = [];
  const faults: string[] = [];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof TypesError)) throw error;
      faults.push(...error.faults);
    }
  };
  await attempt(() => addUpstreams(folder, config, files, notes));
  await attempt(async () => {
    const operations = await operationFiles(folder, config);
    if (operations.length === 0) return;
    if (config.supergraph === undefined) {
      const [first] = operations;
      throw new TypesError([`${first?.shown}: ${TYPES_FILE} names no supergraph that it could be held to`]);
    }
    const api = await readApiSchema(locate(folder, config.supergraph, 'supergraph').file, config.supergraph);
    files.push({ path: 'operations.ts', text: operationTypes(operations, api, config.scalars) });
  });
  await attempt(async () => {
    const text = await readFile(resolve(folder, config.schema), 'utf8').catch(() => {
      throw new TypesError([`${config.schema}: cannot be read; schema in ${TYPES_FILE} says where it is`]);
    });
    files.push({ path: 'schema.ts', text: schemaTypes(text, config.schema, config) });
  });
  if (faults.length > 0) throw new TypesError(faults);
  return { output: resolve(folder, config.output), files, notes };
}

/** Throws a `TypesError`, also where there is none. */
export function readTypesConfig(folder: string): TypesConfig {
  const file = join(folder, TYPES_FILE);
  const found = readFromDisk(file);
  if (!found.ok) {
    throw new TypesError([`${file}: cannot be read (${found.reason}): it says what the types are made from`]);
  }
  const { root, faults } = readYaml(file, found.text);
  const { output, faults: invalid } = validate(typesConfig, root, toPlain(root));
  const all = [...faults, ...invalid].map(formatFault);
  if (all.length > 0 || output === undefined) throw new TypesError(all);
  return output;
}

async function addUpstreams(
  folder: string,
  config: TypesConfig,
  files: GeneratedFile[],
  notes: string[],
): Promise<void> {
  const faults: string[] = [];
  const made: { readonly upstream: string; readonly value: string }[] = [];
  for (const [upstream, settings] of Object.entries(config.upstreams)) {
    try {
      const { file, isPackage } = locate(folder, settings.schema, `upstreams.${upstream}`);
      const source: SourceName = {
        upstream,
        file,
        written: settings.schema,
        value: `${valueName(upstream)}Backend`,
      };
      const output = resolve(folder, config.output, 'upstreams');
      const types = file.endsWith('.proto')
        ? await protoTypes(source, settings, addressOf(settings.schema, isPackage, output, file))
        : await openapiTypes(source, settings);
      files.push({ path: `upstreams/${upstream}.ts`, text: types.text });
      notes.push(...types.notes);
      made.push({ upstream, value: types.value });
    } catch (error) {
      if (!(error instanceof TypesError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new TypesError(faults);
  const imports = made
    .toSorted((a, b) => (a.upstream < b.upstream ? -1 : 1))
    .map(({ upstream, value }) => `import { ${value} } from './upstreams/${upstream}.ts';\n`);
  const members = made.map(({ upstream, value }) => `  ${memberName(upstream)}: ${value},\n`);
  files.push({
    path: 'upstreams.ts',
    text: `${fileHead(TYPES_FILE)}\n${imports.join('')}\nexport const upstreams = {\n${members.join('')}};\n`,
  });
}

/** The code that gives the address of a .proto file where the generated file runs. */
function addressOf(written: string, isPackage: boolean, output: string, file: string): string {
  if (isPackage) return `import.meta.resolve(${quoted(written)})`;
  const path = relative(output, file).split(sep).join('/');
  return `new URL(${quoted(path)}, import.meta.url).href`;
}
