/**
 * Fetches the key set by `callUpstream`, so that the identity provider is guarded like every backend: its own
 * breaker, pool and timeline. A redirect is refused (it could lead anywhere), and so is what is no JSON or too large.
 */
import { collect, emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { FetchJwks } from './jwks.ts';

const MAX_BYTES = 262_144;
const TIMEOUT_MS = 2000;

export interface JwksFetchOptions {
  readonly callUpstream: CallUpstream;
  /** The upstream that stands for the issuer, by its name in the configuration. */
  readonly upstream: string;
  /** Origin-form path and query of the key set there. */
  readonly path: string;
  /** A context without a client, anew for each fetch. */
  readonly context: () => CallContext;
}

export function fetchJwksFrom(options: JwksFetchOptions): FetchJwks {
  return async () => {
    const context = options.context();
    try {
      return parsed(await fetchBytes(options, context));
    } finally {
      context.deadline.end();
    }
  };
}

async function fetchBytes(
  { callUpstream, upstream, path }: JwksFetchOptions,
  context: CallContext,
): Promise<Uint8Array> {
  const reply = await callUpstream({
    upstream,
    context,
    method: 'GET',
    path,
    headers: HeaderFields.of({ accept: 'application/jwk-set+json, application/json' }),
    body: emptyBody,
    timeoutMs: TIMEOUT_MS,
    label: 'jwks',
  });
  const encoding = reply.headers.get('content-encoding');
  if (reply.status !== 200 || (encoding !== undefined && encoding !== 'identity')) {
    const error = unusable(reply.status === 200 ? 'is encoded' : `has status ${reply.status}`);
    reply.body.discard(error);
    throw error;
  }
  return collect(reply.body, MAX_BYTES, () => unusable('is too large'));
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw unusable('is no JSON');
  }
}

function unusable(what: string): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail: `the key set ${what}` });
}
