/**
 * Asks an endpoint by HTTP, over its own transport, beside its breaker and its bulkhead: an ill endpoint must be asked
 * although nothing else goes there, and a busy one although it is full.
 */
import { collect, emptyBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { UpstreamCall } from '../call.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { Probe } from './health-check.ts';
import type { HttpProbeConfig } from './health-config.ts';

/** What a status page may weigh. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export function httpProbe(
  upstream: string,
  endpoint: Pick<Endpoint, 'send'>,
  { path, status: expected }: HttpProbeConfig,
  idleMs: number,
): Probe {
  return async (context) => {
    const headers = new HeaderFields([
      'user-agent',
      'frontdesk-health',
      'accept',
      '*/*',
      'x-request-id',
      context.id,
    ]);
    // As a stream it has connections of its own: calls that take all others must not make their endpoint look ill.
    const stream = { idleMs };
    const call = new UpstreamCall({
      upstream,
      context,
      method: 'GET',
      path,
      headers,
      body: emptyBody,
      stream,
    });
    const { status, body } = await endpoint.send(call);
    await collect(body, MAX_ANSWER_BYTES, () => new Error('the answer is too long'));
    if (expected.some((one) => (one < 10 ? one === Math.floor(status / 100) : one === status))) return;
    throw new Error(`status ${status}`);
  };
}
