/** The REST backends of a test, as the clients of a BFF call them: paths, queries, fields and bytes. */
import {
  type Backends,
  type CompiledEndpoint,
  type CompiledStream,
  compileBackend,
  compileStreams,
} from '../bff/backend.ts';
import { BackendStatusError } from '../bff/backend-failure.ts';
import { isGrpcBackend } from '../bff/grpc-backend.ts';
import type { PathTemplate } from '../bff/path-template.ts';
import { type Body, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import type { CallUpstream, UpstreamReply, UpstreamRequest } from '../core/upstream-call.ts';
import { StatusAnswer } from './fake-answer.ts';
import { messagesOf } from './messages.ts';
import { streamedBody } from './streamed-body.ts';
import type { Wire, WireCall } from './wire.ts';

interface Located {
  readonly call: string;
  readonly path: Readonly<Record<string, string>>;
  readonly batch?: { readonly keys: readonly string[]; readonly how: NonNullable<CompiledEndpoint['batch']> };
}

interface RestBackends {
  readonly endpoints: ReadonlyMap<string, readonly CompiledEndpoint[]>;
  readonly streams: ReadonlyMap<string, readonly CompiledStream[]>;
}

export function fakeUpstream(wire: Wire, backends: Backends): CallUpstream {
  const rest = restOf(backends);
  return async (request) => {
    const { upstream, context, label = '', timeoutMs } = request;
    const query = queryOf(request.path);
    const located = locate(rest, request, query);
    const body = bodyOf(request.body);
    const headers = Object.fromEntries(request.headers);
    const key = headers['idempotency-key'];
    const call: WireCall = {
      kind: request.stream ? 'stream' : 'rest',
      upstream,
      call: located.call,
      to: `${upstream} ${located.call}`,
      parts: label.split(','),
      input: { path: located.path, query, headers, body },
      keys: located.batch?.keys,
      ...(key === undefined ? {} : { idempotencyKey: key }),
      cancellation: context.cancellation,
      limitMs: timeoutMs,
    };
    return replyTo(wire, call, located);
  };
}

async function replyTo(wire: Wire, call: WireCall, { batch }: Located): Promise<UpstreamReply> {
  let answer: unknown;
  try {
    answer = await wire.ask(call);
  } catch (error) {
    if (error instanceof BackendStatusError) return replyOf(error.backendStatus, '{}');
    if (error instanceof FrontdeskError && error.code === 'upstream_invalid') return replyOf(200, '{"broken');
    throw error;
  }
  if (call.kind === 'stream' && !(answer instanceof StatusAnswer)) return eventsOf(answer, call);
  if (batch && Array.isArray(answer)) return replyOf(200, JSON.stringify(listOf(answer, batch)));
  if (answer instanceof StatusAnswer) {
    return replyOf(answer.status, JSON.stringify(answer.body), answer.headers);
  }
  const text = JSON.stringify(answer);
  return text === undefined ? replyOf(204, '') : replyOf(200, text);
}

/** What the list answers that stands for many single reads. */
function listOf(answers: readonly unknown[], { keys, how }: NonNullable<Located['batch']>): unknown {
  const items = answers.flatMap((answer, index) => {
    if (!(answer instanceof StatusAnswer)) return [{ [how.key]: keys[index], ...objectOf(answer) }];
    if (answer.status === 404) return [];
    return answer.status < 300 ? [{ [how.key]: keys[index], ...objectOf(answer.body) }] : [];
  });
  return how.items === undefined ? items : { [how.items]: items };
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function replyOf(
  status: number,
  body: Body | string,
  more: Readonly<Record<string, string>> = {},
): UpstreamReply {
  const headers = HeaderFields.of({ 'content-type': 'application/json', ...more });
  const bytes = typeof body === 'string' ? new WholeBody(body) : body;
  return { status, headers, body: bytes, settled: new Promise(() => {}) };
}

function eventsOf(answer: unknown, { to, cancellation }: WireCall): UpstreamReply {
  const messages = messagesOf(answer, to, cancellation);
  const body = streamedBody(messages, (message) => Buffer.from(`data: ${JSON.stringify(message)}\n\n`));
  return replyOf(200, body, { 'content-type': 'text/event-stream' });
}

function restOf(backends: Backends): RestBackends {
  const endpoints = new Map<string, readonly CompiledEndpoint[]>();
  const streams = new Map<string, readonly CompiledStream[]>();
  for (const [name, backend] of Object.entries(backends)) {
    if (isGrpcBackend(backend)) continue;
    endpoints.set(name, compileBackend(name, backend));
    streams.set(name, compileStreams(name, backend));
  }
  return { endpoints, streams };
}

type Query = Readonly<Record<string, string | readonly string[]>>;

function locate({ endpoints, streams }: RestBackends, request: UpstreamRequest, query: Query): Located {
  const { upstream, method, stream } = request;
  const [path = ''] = request.path.split('?', 1);
  if (stream) {
    for (const { template } of streams.get(upstream) ?? []) {
      const values = valuesOf(template, path);
      if (values) return { call: `STREAM ${template.source}`, path: values };
    }
  }
  const mine = (endpoints.get(upstream) ?? []).filter((one) => one.method.toUpperCase() === method);
  for (const { batch, template } of mine) {
    const keys = batch && batch.path === path ? query[batch.param] : undefined;
    if (batch && typeof keys === 'string' && Object.keys(query).length === 1 && keys.includes(',')) {
      const listed = { keys: keys.split(','), how: batch };
      return { call: `${method} ${template.source}`, path: {}, batch: listed };
    }
  }
  for (const { template } of mine) {
    const values = valuesOf(template, path);
    if (values) return { call: `${method} ${template.source}`, path: values };
  }
  throw new FrontdeskError('internal', { detail: `${upstream} declares no ${method} that ${path} fits` });
}

/** The parameters of a path that a client filled in. */
function valuesOf(template: PathTemplate, path: string): Record<string, string> | undefined {
  const parts = path === '/' ? [] : path.slice(1).split('/');
  if (parts.length !== template.segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, { kind, text }] of template.segments.entries()) {
    const part = parts[index] ?? '';
    if (kind === 'parameter') values[text] = decodeURIComponent(part);
    else if (part !== text) return undefined;
  }
  return values;
}

function queryOf(target: string): Query {
  const at = target.indexOf('?');
  const query: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(at < 0 ? '' : target.slice(at))) {
    const known = query[name];
    query[name] = known === undefined ? value : [known, value].flat();
  }
  return query;
}

function bodyOf(body: Body): unknown {
  if (!(body instanceof WholeBody) || body.length === 0) return undefined;
  const text = Buffer.from(body.bytes).toString();
  const sent: unknown = JSON.parse(text);
  return sent;
}
