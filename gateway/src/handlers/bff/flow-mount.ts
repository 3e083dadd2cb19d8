/** What the flows of a mounted BFF run on: an engine, and clients that call nobody for a run that is lost. */
import type { Bff } from '../../bff/definition.ts';
import type { FlowEngine } from '../../bff/flow/flow-engine.ts';
import { engineInMemory } from '../../bff/flow/flow-engine-memory.ts';
import type { GraphClient } from '../../bff/graph-client.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { BffClients, type BffClientsOptions } from './clients.ts';
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
  readonly openGrpc: (bff: Bff, callUpstream: CallUpstream) => Promise<BffClientsOptions['grpc']>;
}

export interface OpenedFlows {
  readonly engine: FlowEngine;
  /** Lets the engine work with this mount's flows and clients, until what is returned takes them back. */
  offer(): () => void;
}

/** `undefined` for a BFF without flows. */
export async function openFlows(
  bff: Bff,
  { callUpstream, graph, flows, clock, logger, meter, openGrpc }: OpenFlowsOptions,
): Promise<OpenedFlows | undefined> {
  if (bff.flows.length === 0) return undefined;
  const held = heldCalls(callUpstream);
  const clients = new BffClients(bff.backends, {
    callUpstream: held,
    graph: graph && heldGraph(graph),
    grpc: await openGrpc(bff, held),
  });
  const engine = flows?.(bff.name) ?? engineInMemory(bff.name, { clock, logger, meter });
  // A step reads what is so now, not what another one read before it.
  return { engine, offer: () => engine.use(bff.flows, (scope) => clients.forStep()(scope)) };
}
