/** For tests: a gateway with a route for WebSockets, and a backend behind it. */
import type { TestContext } from 'node:test';
import {
  client,
  gateway,
  type SocketBackendOptions,
  socketBackend,
} from '../../whole-gateway/proxied.fixture.ts';

export function configFor(url: string, websocket: unknown = true, more: Record<string, unknown> = {}) {
  const { route, upstream, ...rest } = more;
  return {
    upstreams: { feed: { url, retry: { max: 0 }, ...(typeof upstream === 'object' ? upstream : {}) } },
    routes: [
      {
        match: { path: '/live/*' },
        to: { upstream: 'feed', rewrite: '/feed/*', websocket },
        ...(typeof route === 'object' ? route : {}),
      },
    ],
    ...rest,
  };
}

export async function stage(
  t: TestContext,
  websocket: unknown = true,
  more: Record<string, unknown> = {},
  backendOptions: SocketBackendOptions = {},
) {
  const backend = await socketBackend(t, backendOptions);
  const frontdesk = await gateway(t, configFor(backend.url, websocket, more));
  return { backend, frontdesk, url: `ws://${frontdesk.host}/live/a?b=1` };
}

export async function joined(t: TestContext, websocket: unknown = true, more: Record<string, unknown> = {}) {
  const { backend, frontdesk, url } = await stage(t, websocket, more);
  const near = await client(t, url);
  const far = await backend.next();
  return { backend, frontdesk, url, near, far: far.socket };
}
