/** Makes the source of supergraphs that a configuration names. */
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import type { SubgraphsSourceConfig } from '../graph/supergraph/source-config.ts';
import type { Residents } from '../residents/residents.ts';
import { FileSource } from '../supergraph/file-source.ts';
import { requestText } from '../supergraph/http-text.ts';
import type { SupergraphSource } from '../supergraph/source.ts';
import { SubgraphsSource } from '../supergraph/subgraphs-source.ts';
import { UrlSource } from '../supergraph/url-source.ts';
import { openIntrospection } from './subgraph-introspection.ts';

const ONCE = { poll: undefined, headers: {}, timeout: 10_000, startWithin: 0 };

/** Reads a supergraph's SDL by file name or URL. Rejects with an `Error` in plain words. */
export function readSupergraph(location: string): Promise<string> {
  return openText(location, { clock: systemClock, random: Math.random }).read();
}

/**
 * The source of `graph.supergraph`. Throws a `FrontdeskError` where a subgraph to compose has no address. Two
 * configurations with the same `sourceKey` have the same source.
 */
export function openSource(config: Config, residents: Residents): SupergraphSource | undefined {
  const supergraph = config.graph?.supergraph;
  if (supergraph === undefined) return undefined;
  const { clock, random } = residents;
  if (typeof supergraph === 'string') return openText(supergraph, residents);
  if ('file' in supergraph) return new FileSource({ ...supergraph, clock });
  if ('url' in supergraph) {
    return new UrlSource({ config: supergraph, fetchText: requestText, clock, random });
  }
  return openSubgraphs(supergraph, config, residents);
}

/** What a source depends on, as text. */
export function sourceKey({ graph, upstreams }: Config): string {
  const supergraph = graph?.supergraph;
  const composed = typeof supergraph === 'object' && 'subgraphs' in supergraph;
  const joined = composed
    ? Object.entries(upstreams).filter(([, { subgraph }]) => subgraph !== undefined)
    : [];
  return JSON.stringify([supergraph, joined]);
}

function openText(
  location: string,
  { clock, random }: Pick<Residents, 'clock' | 'random'>,
): SupergraphSource {
  if (!/^https?:\/\//.test(location)) return new FileSource({ file: location, watch: false, clock });
  return new UrlSource({ config: { url: location, ...ONCE }, fetchText: requestText, clock, random });
}

function openSubgraphs(
  source: SubgraphsSourceConfig,
  config: Config,
  residents: Residents,
): SupergraphSource {
  const { subgraphs, ask, close } = openIntrospection(source, config, residents);
  return new SubgraphsSource({
    subgraphs,
    pollMs: source.poll,
    startWithinMs: source.startWithin,
    clock: residents.clock,
    ask,
    close,
  });
}
