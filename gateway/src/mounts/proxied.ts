/** What answers on a proxied route: ordinary requests, streams, WebSockets, as the route says. */
import type { Handler } from '../core/exchange.ts';
import { type ProxyOptions, proxyHandler } from '../handlers/proxy/proxy.ts';
import { proxySocketHandler } from '../handlers/proxy/proxy-socket.ts';
import { streamedCalls } from '../handlers/proxy/proxy-stream.ts';
import type { StreamBounds } from '../handlers/proxy/stream-bounds.ts';
import { makeJsonStripper } from '../wire/json/json-strip.ts';
import type { PlannedMount } from './mount-plan.ts';

type ProxyTarget = Extract<PlannedMount['answer'], { kind: 'proxy' }>['to'];
type Common = Pick<ProxyOptions, 'callUpstream' | 'template' | 'strip' | 'timeoutMs' | 'elsewhere'>;

/** Largest reply that is no event stream from which a route's members can be stripped. */
const MAX_STRIP_BYTES = 10 * 1024 * 1024;

/** A feature that a route does not ask for is not in its way. */
export function proxied(to: ProxyTarget, common: Common, bounds: StreamBounds): Handler {
  const { upstream, rewrite, query, websocket, stream, redirectHosts } = to;
  const options: ProxyOptions = {
    ...common,
    upstream,
    query,
    redirectHosts,
    ...(rewrite === undefined ? {} : { rewrite }),
  };
  const ordinary = (): Handler => {
    if (!stream) return proxyHandler(options);
    const { callUpstream, template, strip = [] } = common;
    const streamed = streamedCalls({
      callUpstream,
      stream,
      bounds,
      route: template,
      strip: strip.length > 0 ? makeJsonStripper(strip) : undefined,
      maxStripBytes: MAX_STRIP_BYTES,
    });
    return proxyHandler({ ...options, strip: [], callUpstream: streamed });
  };
  if (!websocket) return ordinary();
  const plain = websocket.http ? ordinary() : undefined;
  return proxySocketHandler({ ...options, webSocket: websocket, bounds, plain });
}
