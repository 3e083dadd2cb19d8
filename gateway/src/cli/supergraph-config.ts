/**
 * What `serve --supergraph` without `--config` means: the federated graph and health on one port, for a look at a
 * supergraph or a comparison. No authentication, no rate or demand limits, introspection on, the client's
 * `authorization` forwarded, no admin port. Limits that protect the process itself stay.
 */
import { resolve } from 'node:path';
import { deepFreeze } from '../config/load.ts';
import { type Config, configSchema } from '../config/schema.ts';

/** As good as none, and still a number. */
const UNBOUNDED = 1_000_000;
/** The parser and the planner recurse: past these a document could overflow the stack. */
const MAX_TOKENS = 15_000;
const MAX_DEPTH = 500;

/** `supergraph` is a file, relative to the current folder, or a URL. */
export function supergraphConfig(supergraph: string): Config {
  return deepFreeze(
    configSchema.parse({
      graph: {
        supergraph: supergraphLocation(supergraph),
        introspection: true,
        auth: 'none',
        limit: 'unlimited',
        limits: {
          tokens: MAX_TOKENS,
          depth: MAX_DEPTH,
          aliases: UNBOUNDED,
          rootFields: UNBOUNDED,
          directives: UNBOUNDED,
          selections: UNBOUNDED,
        },
        headers: { forward: ['authorization'] },
      },
    }),
  );
}

/** A URL as it is, a file's name absolute. */
export function supergraphLocation(supergraph: string): string {
  return /^https?:\/\//.test(supergraph) ? supergraph : resolve(supergraph);
}
