/** Fetches an issuer's key set, from where the configuration or the issuer's metadata says it is. */

import type { IssuerMetadata } from './issuer-metadata.ts';
import { type DocumentSource, fetchDocument } from './json-document.ts';
import type { FetchJwks } from './jwks.ts';

const MAX_BYTES = 262_144;
const TIMEOUT_MS = 2000;

export interface JwksPlace {
  /** The upstream that stands for where the keys are, by its name in the configuration. */
  readonly upstream: string;
  /** Origin-form path and query of the key set there. */
  readonly path: string;
}

export function fetchJwksFrom(source: DocumentSource, { upstream, path }: JwksPlace): FetchJwks {
  return () =>
    fetchDocument(source, {
      upstream,
      path,
      what: 'key set',
      label: 'jwks',
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      headers: { accept: 'application/jwk-set+json, application/json' },
    });
}

/** By discovery: `upstreamOf` gives the upstream for an origin that the metadata may name. */
export function discoverJwks(
  source: DocumentSource,
  metadata: IssuerMetadata,
  upstreamOf: (origin: string) => string,
): FetchJwks {
  return async () => {
    const { origin, pathname, search } = await metadata.endpoint('jwks_uri');
    try {
      return await fetchJwksFrom(source, { upstream: upstreamOf(origin), path: pathname + search })();
    } catch (error) {
      metadata.doubt();
      throw error;
    }
  };
}
