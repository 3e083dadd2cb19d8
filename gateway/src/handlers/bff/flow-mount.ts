/** What the flows of a mounted BFF run on: an engine, and clients that call nobody for a run that is lost. */
import type { Bff } from '../../bff/definition.ts';
import { engineInMemory, type FlowEngine } from '../../bff/flow-engine.ts';
import type { GraphClient } from '../../bff/graph-client.ts';
import type { PartScope } from '../../bff/part-run.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { BffClients } from './clients.ts';
import { heldCalls, heldGraph } from './flow-runs.ts';

/** The engine of a BFF by its name; it outlives mounts. */
export type FlowEngines = (bff: string) => FlowEngine;

export interface OpenFlowsOptions {
  readonly callUpstream: CallUpstream;
  readonly graph?: GraphClient | undefined;
  /** Default: an engine that this mount alone knows, in memory. */
  readonly flows?: FlowEngines | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly openGrpc: (
    bff: Bff,
    callUpstream: CallUpstream,
  ) => Promise<((scope: PartScope) => object) | undefined>;
}

/** `undefined` for a BFF without flows. */
export async function openFlows(
  bff: Bff,
  { callUpstream, graph, flows, clock, logger, meter, openGrpc }: OpenFlowsOptions,
): Promise<FlowEngine | undefined> {
  if (bff.flows.length === 0) return undefined;
  const held = heldCalls(callUpstream);
  const clients = new BffClients(bff.backends, {
    callUpstream: held,
    graph: graph && heldGraph(graph),
    grpc: await openGrpc(bff, held),
  });
  const engine = flows?.(bff.name) ?? engineInMemory(bff.name, { clock, logger, meter });
  // A step reads what is so now, not what another one read before it.
  engine.use(bff.flows, (scope) => clients.forRequest()(scope));
  return engine;
}
