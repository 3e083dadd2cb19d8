/** `frontdesk openapi`: the OpenAPI document of the graph's named operations, without serving anything. */
import type { Config } from '../config/schema.ts';
import { operationsDocument } from '../mounts/graph-operations.ts';
import { planMounts } from '../mounts/mount-plan.ts';
import { readConfiguration } from './configuration.ts';
import { reasonOf } from './reason.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface OpenapiOptions {
  readonly config: string;
  /** A file or URL, in place of what the configuration says. */
  readonly supergraph?: string;
}

export async function openapi(
  { config: file, supergraph }: OpenapiOptions,
  terminal: Terminal,
): Promise<number> {
  const config = readConfiguration(file, terminal);
  if (!config) return EXIT_FAILED;
  const { graph, bffs } = config;
  const where = supergraph ?? (graph && placeOf(graph.supergraph));
  if (!graph?.operations || where === undefined) {
    terminal.err(
      graph?.operations
        ? 'the supergraph is composed of running subgraphs: name one with --supergraph (frontdesk compose writes it)\n'
        : 'the configuration has no graph.operations\n',
    );
    return EXIT_FAILED;
  }
  const mounts = planMounts(
    config,
    bffs.map(() => undefined),
  );
  const auth = mounts.find(({ answer }) => answer.kind === 'operation')?.auth;
  const [{ readSupergraph }, { loadSupergraph }] = await Promise.all([
    import('../graph-feed/supergraph-source.ts'),
    import('../graph/supergraph/supergraph.ts'),
  ]);
  try {
    const { schema, planner } = await loadSupergraph(await readSupergraph(where));
    planner.close();
    const document = auth && operationsDocument(config, auth, schema);
    terminal.out(`${JSON.stringify(document ?? {}, undefined, 2)}\n`);
    return EXIT_OK;
  } catch (error) {
    terminal.err(`${where}: ${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
}

function placeOf(source: NonNullable<Config['graph']>['supergraph']): string | undefined {
  if (typeof source === 'string') return source;
  return 'file' in source ? source.file : 'url' in source ? source.url : undefined;
}
