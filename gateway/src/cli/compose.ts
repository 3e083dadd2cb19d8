/**
 * `frontdesk compose`: subgraph SDL files into a supergraph, by `--subgraph name=url=file` for each, or from a file
 * of YAML: `subgraphs: { name: { url, schema } }`, its paths relative to it. The supergraph goes to standard
 * output or to `--output`; composition faults go to standard error, each with its federation code.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { type Fault, formatFault } from '../config/fault.ts';
import { validate } from '../config/issues.ts';
import { readFromDisk } from '../config/load.ts';
import { substitute } from '../config/substitution.ts';
import { toPlain } from '../config/tree.ts';
import { readYaml } from '../config/yaml-source.ts';
import { composeSupergraph, type SubgraphSource } from '../graph/supergraph/compose.ts';
import { httpUrl, name } from '../settings/settings.ts';
import { reasonOf } from './reason.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface ComposeOptions {
  readonly subgraph?: readonly string[];
  readonly file?: string;
  readonly output?: string;
}

interface Named {
  readonly name: string;
  readonly url: string;
  readonly file: string;
}

const compositionFile = z.strictObject({
  subgraphs: z.record(name, z.strictObject({ url: httpUrl, schema: z.string().min(1) })),
});

export async function compose(options: ComposeOptions, terminal: Terminal): Promise<number> {
  const named = [...(options.subgraph ?? []).map(parseNamed)];
  const wrong = (options.subgraph ?? []).filter((_, i) => named[i] === undefined);
  for (const text of wrong) {
    terminal.err(
      `--subgraph ${text}: expected name=url=file, such as users=http://localhost:4111/graphql=users.graphql\n`,
    );
  }
  const listed = options.file === undefined ? [] : readList(options.file, terminal);
  if (wrong.length > 0 || listed === undefined) return EXIT_FAILED;
  const subgraphs = [...listed, ...named.filter((entry) => entry !== undefined)];
  if (subgraphs.length === 0) {
    terminal.err('expected --subgraph name=url=file for each subgraph, or --file with a list of them\n');
    return EXIT_FAILED;
  }
  const sources: SubgraphSource[] = [];
  for (const { name: subgraph, url, file } of subgraphs) {
    try {
      sources.push({ name: subgraph, url, sdl: await readFile(file, 'utf8') });
    } catch (error) {
      terminal.err(`${subgraph}: ${reasonOf(error)}\n`);
    }
  }
  if (sources.length < subgraphs.length) return EXIT_FAILED;
  const composed = await composeSupergraph(sources);
  if ('errors' in composed) {
    for (const { code, message } of composed.errors) terminal.err(`${code ?? 'COMPOSITION'}: ${message}\n`);
    return EXIT_FAILED;
  }
  if (options.output === undefined) terminal.out(composed.supergraphSdl);
  else await writeFile(options.output, composed.supergraphSdl);
  return EXIT_OK;
}

/** The URL may hold `=` itself, the name and the file name may not. */
function parseNamed(text: string): Named | undefined {
  const first = text.indexOf('=');
  const last = text.lastIndexOf('=');
  if (first <= 0 || last === first || last === text.length - 1) return undefined;
  const url = text.slice(first + 1, last);
  const named = { name: text.slice(0, first), url, file: text.slice(last + 1) };
  return name.safeParse(named.name).success && httpUrl.safeParse(url).success ? named : undefined;
}

function readList(file: string, terminal: Terminal): Named[] | undefined {
  const found = readFromDisk(file);
  if (!found.ok) {
    terminal.err(`the file "${file}" cannot be read: ${found.reason}\n`);
    return undefined;
  }
  const { root, faults: unreadable } = readYaml(file, found.text);
  const missing = substitute(root, terminal.env, readFromDisk);
  const { output, faults: invalid } = validate(compositionFile, root, toPlain(root));
  const faults: Fault[] = [...unreadable, ...missing, ...invalid];
  for (const fault of faults) terminal.err(`${formatFault(fault)}\n`);
  if (faults.length > 0 || output === undefined) return undefined;
  return Object.entries(output.subgraphs).map(([subgraph, { url, schema }]) => ({
    name: subgraph,
    url,
    file: resolve(dirname(file), schema),
  }));
}
