/**
 * Opens subscriptions at subgraphs by the protocol that each speaks. Where that is not configured, SSE is tried first
 * (it needs no second handshake and any HTTP server may speak it), and `graphql-transport-ws` where the subgraph
 * says, in whatever words, that this is not the way; what worked is remembered for as long as the graph lives.
 */
import { FrontdeskError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import type { UpstreamOf } from '../execute/fetch.ts';
import type { RequestFields } from '../headers/request-headers.ts';
import { type SourcesConfig, subgraphConfig } from './config.ts';
import type { OpenSource, Source, SourceEvent, SourceRequest } from './source.ts';
import { openSse, type PlainAnswer } from './sse-source.ts';
import { openWebSocket, type WebSocketPlace } from './websocket-source.ts';

export interface OpenSourceOptions {
  readonly callUpstream: CallUpstream;
  readonly upstreamOf: UpstreamOf;
  readonly config: SourcesConfig;
  readonly logger: Logger;
  /** Those of the supergraph: configuration that names others is told. */
  readonly subgraphs: readonly { readonly name: string }[];
  /** As for fetches: what a subgraph receives of the client's fields. */
  readonly requestFields?: ((subgraph: string) => RequestFields | undefined) | undefined;
}

type Protocol = 'sse' | 'websocket';

/** How servers say that a POST which accepts an event stream is not their way. */
const NOT_THIS_WAY: ReadonlySet<number> = new Set([200, 400, 404, 405, 406, 415, 422, 426, 501]);

export function openSources(options: OpenSourceOptions): OpenSource {
  const { callUpstream, upstreamOf, config, logger } = options;
  const remembered = new Map<string, Protocol>();
  for (const name of Object.keys(config.subgraphs)) {
    if (options.subgraphs.some((subgraph) => subgraph.name === name)) continue;
    logger.warn(
      { subgraph: name },
      'graph.subscriptions.subgraphs names a subgraph that the supergraph has not',
    );
  }

  function placeOf(subgraph: string): WebSocketPlace {
    const { upstream, path } = upstreamOf(subgraph);
    const own = subgraphConfig(config, subgraph);
    return {
      callUpstream,
      upstream,
      path: own.path ?? path,
      label: `graph:${subgraph}`,
      idleMs: config.subgraphIdle,
      maxEventBytes: config.maxEvent,
      connectionInit: own.connectionInit,
    };
  }

  async function openEither(
    subgraph: string,
    place: WebSocketPlace,
    request: SourceRequest,
  ): Promise<Source> {
    const first = await openSse(place, request);
    if ('next' in first) {
      remembered.set(subgraph, 'sse');
      return first;
    }
    if (NOT_THIS_WAY.has(first.status)) {
      try {
        const second = await openWebSocket(place, request);
        if ('next' in second) {
          remembered.set(subgraph, 'websocket');
          logger.info({ subgraph }, 'subscriptions of this subgraph go by WebSocket');
          return second;
        }
      } catch (error) {
        // Who speaks neither has said more by the first.
        if (request.context.cancellation.cancelled) throw error;
      }
    }
    return answered(first);
  }

  return async (subgraph, asked) => {
    const place = placeOf(subgraph);
    const fields = options.requestFields?.(subgraph);
    const request = fields ? { ...asked, forwarded: fields(asked.forwarded) } : asked;
    const { protocol } = subgraphConfig(config, subgraph);
    const known = protocol === 'auto' ? remembered.get(subgraph) : protocol;
    if (!known) return openEither(subgraph, place, request);
    const opened = await (known === 'sse' ? openSse(place, request) : openWebSocket(place, request));
    return 'next' in opened ? opened : answered(opened);
  };
}

/** The source of a subgraph that refused: its one answer, where it gave one. */
function answered({ status, event }: PlainAnswer): Source {
  if (!event) {
    const code = status >= 500 ? 'upstream_error' : 'upstream_invalid';
    throw new FrontdeskError(code, { detail: `a subscription was answered with status ${status}` });
  }
  let left: SourceEvent | undefined = event;
  return {
    next: async () => {
      const only = left;
      left = undefined;
      return only;
    },
    close: () => {
      left = undefined;
    },
  };
}
