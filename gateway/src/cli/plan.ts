/** `frontdesk plan --supergraph F 'QUERY'`: the query plan as a tree, with its cost. Nothing is fetched. */
import { systemClock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { graphConfig } from '../graph/config.ts';
import { createGraph } from '../graph/graph.ts';
import { printPlan } from '../graph/plan/plan-print.ts';
import { readSupergraph } from '../graph-feed/supergraph-source.ts';
import { reasonOf } from './reason.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface PlanOptions {
  readonly supergraph: string;
  readonly operation?: string;
  readonly variables?: string;
  /** Plans for somebody with these scopes, separated by commas, and no more; an empty text for one with none. */
  readonly scopes?: string;
  /** Who plans; as in the configuration, `auto`. */
  readonly planner?: 'auto' | 'hive' | 'apollo';
  /** Plans for somebody unknown. */
  readonly anonymous?: boolean;
}

export async function plan(query: string, options: PlanOptions, terminal: Terminal): Promise<number> {
  let variables: Record<string, unknown> = {};
  if (options.variables !== undefined) {
    const given = parseObject(options.variables);
    if (!given) {
      terminal.err(`--variables: expected a JSON object such as '{"first": 5}'\n`);
      return EXIT_FAILED;
    }
    variables = given;
  }
  try {
    const supergraphSdl = await readSupergraph(options.supergraph);
    const graph = await createGraph({
      config: graphConfig.parse({
        supergraph: options.supergraph,
        introspection: true,
        planner: options.planner,
        planBudget: '30s',
        apolloPlanBudget: '30s',
      }),
      supergraphSdl,
      callUpstream: () =>
        Promise.reject(new FrontdeskError('internal', { detail: 'a plan fetches nothing' })),
      upstreamOf: (subgraph) => ({ upstream: subgraph, path: '/' }),
      clock: systemClock,
      meter: noMeter,
      logger: noLogger,
    });
    try {
      terminal.out(printPlan(await graph.plan(query, options.operation, variables, plannedFor(options))));
    } finally {
      graph.close();
    }
    return EXIT_OK;
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
}

function plannedFor({ scopes, anonymous }: PlanOptions): Pick<CallContext, 'identity'> | undefined {
  if (anonymous) return { identity: undefined };
  if (scopes === undefined) return undefined;
  const identity: Identity = {
    subject: 'somebody',
    consumer: undefined,
    tenant: undefined,
    plan: undefined,
    scopes: new Set(scopes.split(',').filter((scope) => scope !== '')),
    roles: [],
    scheme: 'command line',
    claims: {},
    expiresAt: Number.POSITIVE_INFINITY,
  };
  return { identity };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
