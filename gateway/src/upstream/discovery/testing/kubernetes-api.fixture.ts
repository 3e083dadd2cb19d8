/**
 * The part of a Kubernetes API server that EndpointSlices are read by, faithful to its protocol: resource versions, pages,
 * label selectors, watches that go on from a version, bookmarks, 410 Gone for versions that were compacted away, and bearer
 * tokens. It is not Kubernetes.
 */
import http from 'node:http';
import https from 'node:https';
import type { TestContext } from 'node:test';

export interface Slice {
  readonly name: string;
  readonly service?: string;
  readonly addressType?: 'IPv4' | 'IPv6' | 'FQDN';
  readonly ports?: readonly { name?: string | null; port?: number; protocol?: string }[];
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
    readonly zone?: string;
  }[];
}

interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: object;
}

export interface KubernetesApi {
  readonly url: string;
  /** Path and query of each request so far. */
  readonly requests: string[];
  readonly tokens: (string | undefined)[];
  token: string | undefined;
  /** Most items of a page. */
  page: number;
  readonly watches: number;
  apply(slice: Slice): void;
  remove(name: string): void;
  bookmark(): void;
  /** Forgets all versions before the present one. */
  compact(): void;
  /** Breaks the connections of all watches, or ends them as at their time limit. */
  dropWatches(orderly?: boolean): void;
  /** Tells the watches that their version is gone. */
  expireWatches(): void;
  /** Answers every request with this status. */
  failing: number | undefined;
}

const PATH = '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices';

export async function kubernetesApi(
  t: TestContext,
  certificate?: { readonly key: string; readonly cert: string },
): Promise<KubernetesApi> {
  let version = 100;
  let oldest = 0;
  const slices = new Map<string, { readonly version: number; readonly object: object }>();
  const changes: Change[] = [];
  const open = new Set<http.ServerResponse>();

  const objectOf = (slice: Slice): object => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: slice.name,
      namespace: 'shop',
      resourceVersion: String(version),
      labels: { 'kubernetes.io/service-name': slice.service ?? 'users' },
    },
    addressType: slice.addressType ?? 'IPv4',
    ports: slice.ports ?? [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: slice.endpoints,
  });
  const status = (code: number, message: string): string =>
    JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message });
  const change = (type: Change['type'], object: object): void => {
    changes.push({ version, type, object });
    for (const watch of open) watch.write(`${JSON.stringify({ type, object })}\n`);
  };

  const list = (query: URLSearchParams, response: http.ServerResponse): void => {
    const from = Number(query.get('continue') ?? 0);
    const all = [...slices.values()].map(({ object }) => object);
    const end = from + Math.min(api.page, Number(query.get('limit') ?? all.length));
    const more = end < all.length ? { continue: String(end), remainingItemCount: all.length - end } : {};
    response.end(
      JSON.stringify({
        kind: 'EndpointSliceList',
        apiVersion: 'discovery.k8s.io/v1',
        metadata: { resourceVersion: String(version), ...more },
        items: all.slice(from, end),
      }),
    );
  };
  const watch = (query: URLSearchParams, response: http.ServerResponse): void => {
    const since = Number(query.get('resourceVersion'));
    if (since < oldest) {
      response.writeHead(410).end(status(410, `too old resource version: ${since} (${oldest})`));
      return;
    }
    response.flushHeaders();
    for (const { version: at, type, object } of changes) {
      if (at > since) response.write(`${JSON.stringify({ type, object })}\n`);
    }
    open.add(response);
    response.on('close', () => open.delete(response));
  };

  const handle: http.RequestListener = (request, response) => {
    const target = request.url ?? '';
    const { pathname, searchParams } = new URL(target, 'http://api');
    api.requests.push(target);
    api.tokens.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json');
    if (api.failing !== undefined) response.writeHead(api.failing).end(status(api.failing, 'ill'));
    else if (api.token !== undefined && request.headers.authorization !== `Bearer ${api.token}`) {
      response.writeHead(401).end(status(401, 'Unauthorized'));
    } else if (
      pathname !== PATH ||
      searchParams.get('labelSelector') !== 'kubernetes.io/service-name=users'
    ) {
      response.writeHead(404).end(status(404, 'not found'));
    } else if (searchParams.get('watch') === '1') watch(searchParams, response);
    else list(searchParams, response);
  };
  const server = certificate ? https.createServer(certificate, handle) : http.createServer(handle);
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;

  const api: KubernetesApi = {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests: [],
    tokens: [],
    token: undefined,
    page: 500,
    failing: undefined,
    get watches() {
      return open.size;
    },
    apply(slice) {
      version += 1;
      const type = slices.has(slice.name) ? 'MODIFIED' : 'ADDED';
      const object = objectOf(slice);
      slices.set(slice.name, { version, object });
      change(type, object);
    },
    remove(name) {
      version += 1;
      const gone = slices.get(name);
      slices.delete(name);
      if (gone && 'metadata' in gone.object) {
        change('DELETED', {
          ...gone.object,
          metadata: { ...Object(gone.object.metadata), resourceVersion: String(version) },
        });
      }
    },
    bookmark() {
      // Versions move on with every change in the cluster.
      version += 1;
      const object = { kind: 'EndpointSlice', metadata: { resourceVersion: String(version) } };
      for (const one of open) one.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    },
    compact() {
      oldest = version;
      changes.length = 0;
    },
    dropWatches(orderly = false) {
      for (const one of open) orderly ? one.end() : one.destroy();
    },
    expireWatches() {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      for (const one of open) one.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
    },
  };
  return api;
}
