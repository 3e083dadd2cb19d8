/** What tests of transports share: one over undici, closed when its test ends, and calls to send by it. */
import type { TestContext } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { UpstreamCall } from '../call.ts';
import { parseEndpointUrl } from '../endpoints/endpoint-url.ts';
import { request } from '../testing/harness.ts';
import { type UndiciOptions, UndiciTransport } from './undici.ts';

export function transport(t: TestContext, url: string, more: Partial<UndiciOptions> = {}): UndiciTransport {
  const one = new UndiciTransport({
    clock: systemClock,
    destination: { address: parseEndpointUrl(url), tls: undefined },
    connectMs: 1000,
    idleMs: 5000,
    keepAliveMs: 4000,
    connections: 4,
    maxHeaderBytes: 16_384,
    maxReplyBytes: undefined,
    ...more,
  });
  t.after(() => {
    void one.close();
  });
  return one;
}

export function call(more: Parameters<typeof request>[0] = {}): UpstreamCall {
  return new UpstreamCall(request(more));
}
