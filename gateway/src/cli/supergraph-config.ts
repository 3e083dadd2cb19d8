/**
 * What `serve --supergraph` without `--config` means: the federated graph and health on one port, for a look at a
 * supergraph or a comparison. No authentication, no rate or demand limits, introspection and GraphiQL on, the client's
 * `authorization` forwarded, no admin port. Limits that protect the process itself stay.
 */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { deepFreeze } from '../config/freeze.ts';
import { type Config, configSchema } from '../config/schema.ts';
import { type SupergraphSourceConfig, supergraphSourceConfig } from '../graph/supergraph/source-config.ts';

/** As good as none, and still a number. */
const UNBOUNDED = 1_000_000;
/** The parser and the planner recurse: past these a document could overflow the stack. */
const MAX_TOKENS = 15_000;
const MAX_DEPTH = 500;

/** `supergraph` is a file, relative to the current folder, or a URL. */
export function supergraphConfig(supergraph: string): Config {
  // For its words on what is wrong.
  supergraphSource(supergraph);
  return deepFreeze(
    configSchema.parse({
      graph: {
        supergraph: settingOf(supergraph),
        introspection: true,
        graphiql: true,
        auth: 'none',
        limit: 'unlimited',
        limits: {
          tokens: MAX_TOKENS,
          depth: MAX_DEPTH,
          aliases: UNBOUNDED,
          rootFields: UNBOUNDED,
          directives: UNBOUNDED,
          selections: UNBOUNDED,
          cost: 'unlimited',
          listSize: 'unlimited',
          listItems: 'unlimited',
        },
        extensions: { cost: true, plan: true, timeline: true },
        headers: { forward: ['authorization'] },
      },
    }),
  );
}

/**
 * What follows a supergraph that the command line names: a file is watched, a URL polled. A URL that cannot be reached
 * at the start is told at once, to whoever waits at the terminal. Throws an `Error` where it is no URL that can be asked.
 */
export function supergraphSource(supergraph: string): SupergraphSourceConfig {
  const parsed = supergraphSourceConfig.safeParse(settingOf(supergraph));
  if (parsed.success) return parsed.data;
  const [shown] = supergraph.split('?', 1);
  throw new Error(`--supergraph ${shown}: expected a file, or a URL without credentials or fragment`);
}

function settingOf(supergraph: string): z.input<typeof supergraphSourceConfig> {
  if (/^https?:\/\//.test(supergraph)) return { url: supergraph, startWithin: '0s' };
  return { file: resolve(supergraph) };
}
