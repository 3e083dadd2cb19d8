/** Who asks, as far as a cache must tell them apart (RFC 9111 §3.5). */
import type { Asker } from '../../wire/http-cache/storing.ts';
import type { UpstreamCall } from '../call.ts';

const CREDENTIAL_FIELDS: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'dpop',
  'x-api-key',
];

/** `own`: fields by which the gateway proves itself, which is the same whoever asks, or the identity. */
export function makeAsker(further: readonly string[], own: readonly string[]): (call: UpstreamCall) => Asker {
  const names = new Set([...CREDENTIAL_FIELDS, ...further.map((name) => name.toLowerCase())]);
  for (const name of own) names.delete(name.toLowerCase());
  return ({ context, headers }) => {
    if (context.identity) return 'identity';
    const { flat } = headers;
    for (let i = 0; i < flat.length; i += 2) if (names.has(flat[i] ?? '')) return 'credentials';
    return 'anyone';
  };
}
