/** What answers WebSockets on a route to the graph: their handshake, and each operation that comes over one. */
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import type { Config } from '../config/schema.ts';
import type { Handler } from '../core/exchange.ts';
import type { Graph } from '../graph/graph.ts';
import { clientFields } from '../graph/headers/request-headers.ts';
import { graphOperationHandler } from '../handlers/graph/graph-operation.ts';
import { graphUpgradeHandler } from '../handlers/graph/graph-upgrade.ts';
import type { StreamKeeper } from '../handlers/proxy/stream-keeper.ts';

export interface GraphSockets {
  readonly operation: Handler;
  /** Knows who asks only by what the route accepts; `undefined` on one that asks nobody. */
  upgradeHandler(authenticator: RouteAuthenticator | undefined): Handler;
}

export interface GraphSocketsParts {
  readonly config: Config;
  readonly graph: Graph | undefined;
  readonly keeper: StreamKeeper | undefined;
}

/** `undefined` where none are spoken. */
export function graphSockets({ config, graph, keeper }: GraphSocketsParts): GraphSockets | undefined {
  if (!config.graph || !graph || !keeper?.config.webSocket.enabled) return undefined;
  const forward = clientFields(config.graph.headers);
  return socketsOf(graphOperationHandler({ graph, forward }), keeper, forward);
}

/** Of a BFF, by what answers an operation; `undefined` where none are spoken. */
export function bffSockets(operation: Handler | undefined, keeper: StreamKeeper): GraphSockets | undefined {
  return operation && keeper.config.webSocket.enabled ? socketsOf(operation, keeper, []) : undefined;
}

function socketsOf(operation: Handler, keeper: StreamKeeper, forward: readonly string[]): GraphSockets {
  return {
    operation,
    upgradeHandler: (authenticator) =>
      graphUpgradeHandler({
        keeper,
        identify: authenticator && ((request) => authenticator.identify(request)),
        payloadFields: new Set([...(authenticator?.credentialHeaders ?? []), ...forward]),
      }),
  };
}
