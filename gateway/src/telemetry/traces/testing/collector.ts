/** For tests: a collector on a real socket, which takes spans by OTLP/HTTP as JSON or protobuf and may be made to fail. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { readTraceRequest } from './trace-protobuf.ts';

const value = z.union([
  z.object({ stringValue: z.string() }).transform(({ stringValue }): unknown => stringValue),
  z
    .object({ intValue: z.union([z.string(), z.number()]) })
    .transform(({ intValue }): unknown => Number(intValue)),
  z.object({ doubleValue: z.number() }).transform(({ doubleValue }): unknown => doubleValue),
  z.object({ boolValue: z.boolean() }).transform(({ boolValue }): unknown => boolValue),
  z
    .object({ arrayValue: z.object({ values: z.array(z.object({ stringValue: z.string() })) }) })
    .transform(({ arrayValue }): unknown => arrayValue.values.map(({ stringValue }) => stringValue)),
]);
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((list) => Object.fromEntries(list.map((one) => [one.key, one.value])));
const nanos = z.union([z.string(), z.number()]).transform((text) => Number(BigInt(text) / 1_000n) / 1_000);
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  traceState: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  flags: z.number().default(0),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
  events: z.array(z.object({ name: z.string(), attributes })).default([]),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
  status: z.object({ code: z.number().default(0) }).default({ code: 0 }),
});
const traceRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});

export type CollectedSpan = z.output<typeof span>;

export interface Collector {
  readonly url: string;
  readonly spans: CollectedSpan[];
  /** Of the last batch. */
  resource: Readonly<Record<string, unknown>>;
  /** All that came, as it came. */
  readonly bodies: Buffer[];
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  /** What it answers in place of taking a batch; `undefined` takes it. */
  behave: ((response: ServerResponse) => void) | undefined;
  /** Resolves when so many spans have come in all that `matches` finds. */
  until(count: number, matches?: (span: CollectedSpan) => boolean): Promise<CollectedSpan[]>;
  /** Resolves when so many requests have come. */
  asked(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startCollector(port = 0): Promise<Collector> {
  let wake = Promise.withResolvers<void>();
  const changed = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      collector.requests.push({ path: request.url ?? '', headers: request.headers });
      const body = Buffer.concat(chunks);
      if (collector.behave) collector.behave(response);
      else {
        const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        take(plain, request.headers['content-type'] ?? '');
        response.writeHead(200, { 'content-type': request.headers['content-type'] ?? '' }).end();
      }
      changed();
    });
  });
  const take = (body: Buffer, type: string): void => {
    collector.bodies.push(body);
    const read: unknown =
      type === 'application/json' ? JSON.parse(body.toString('utf8')) : readTraceRequest(body);
    for (const { resource, scopeSpans } of traceRequest.parse(read).resourceSpans) {
      collector.resource = resource.attributes;
      for (const { spans } of scopeSpans) collector.spans.push(...spans);
    }
  };
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  const collector: Collector = {
    url: `http://127.0.0.1:${address.port}`,
    spans: [],
    resource: {},
    bodies: [],
    requests: [],
    behave: undefined,
    async until(count, matches = () => true) {
      for (;;) {
        const found = collector.spans.filter(matches);
        if (found.length >= count) return found;
        await wake.promise;
      }
    },
    async asked(count) {
      while (collector.requests.length < count) await wake.promise;
    },
    async close() {
      const closed = once(server, 'close');
      server.closeAllConnections();
      server.close();
      await closed;
    },
  };
  return collector;
}

/** A trace as an outline: each span's name below its parent's, siblings in the order in which they began. */
export function outline(spans: readonly CollectedSpan[], root: CollectedSpan, depth = 0): string[] {
  const below = spans
    .filter(({ parentSpanId, traceId }) => parentSpanId === root.spanId && traceId === root.traceId)
    .sort((a, b) => a.startTimeUnixNano - b.startTimeUnixNano);
  return [`${'  '.repeat(depth)}${root.name}`, ...below.flatMap((one) => outline(spans, one, depth + 1))];
}
