/**
 * The clients of a run: those that a BFF has in earnest, with a test's network below them. What two parts ask alike is asked
 * once, reads become batches, answers are held to their schemas; and each call that a part makes is noted.
 */
import {
  type Backends,
  type CompiledStream,
  compileBackend,
  compileStreams,
  type GraphDocument,
} from '../bff/backend.ts';
import type { TellDrift } from '../bff/drift.ts';
import { isGrpcBackend } from '../bff/grpc-backend.ts';
import { matchPath } from '../bff/path-template.ts';
import type { OpenClients, PartClients, PartScope } from '../bff/screen/part-run.ts';
import { BffClients } from '../handlers/bff/clients.ts';
import { fakeGraph, fakeSubscriber } from './fake-graph.ts';
import { everyName, fakeGrpc } from './fake-grpc.ts';
import { fakeUpstream } from './fake-upstream.ts';
import { operationName } from './operation-name.ts';
import type { Wire } from './wire.ts';

/** A call as a part or step made it. */
export interface FakeCall {
  readonly part: string;
  /** `users GET /users/{id}`, `graph RecentOrders`, or `dispatch findDriver`. */
  readonly to: string;
  /** The call's options, or the operation's variables. */
  readonly input: unknown;
}

export type NoteCall = (call: FakeCall) => void;

export interface TestClientsOptions {
  readonly backends: Backends;
  readonly wire: Wire;
  readonly note: NoteCall;
  readonly tellDrift: TellDrift;
}

/** For whom clients are opened: a request, whose parts share what they ask, or a step, which is answered anew each time. */
export type Opener = 'request' | 'step';

/** Opens clients, for each request or step its own. A part that has a fault asks by itself. */
export function testClients({
  backends,
  wire,
  note,
  tellDrift,
}: TestClientsOptions): (opener?: Opener) => OpenClients {
  const clients = new BffClients(backends, {
    callUpstream: fakeUpstream(wire, backends),
    tellDrift,
    graph: fakeGraph(wire),
    subscriber: fakeSubscriber(wire),
    grpc: fakeGrpc(wire),
  });
  const templates = templatesOf(backends);
  return (opener = 'request') => {
    const shared = opener === 'step' ? clients.forStep() : clients.forRequest();
    return (scope) => {
      const open = wire.faults.isOf(scope.name) && opener === 'request' ? clients.forRequest() : shared;
      return new NotedClients(open(scope), scope, templates, note);
    };
  };
}

type Templates = ReadonlyMap<string, readonly CompiledStream[]>;

class NotedClients implements PartClients {
  readonly rest: object;
  readonly grpc: object;
  readonly #inner: PartClients;
  readonly #part: string;
  readonly #note: NoteCall;

  constructor(inner: PartClients, { name: part }: PartScope, templates: Templates, note: NoteCall) {
    this.#inner = inner;
    this.#part = part;
    this.#note = note;
    const { rest, grpc } = inner;
    this.rest = everyName((upstream) =>
      through(Reflect.get(rest, upstream), (method, [written, options]) => {
        const name = method === 'stream' ? 'STREAM' : method.toUpperCase();
        const { template, path } = located(templates.get(`${upstream} ${name}`) ?? [], String(written));
        const input = path ? { path, ...(typeof options === 'object' ? options : {}) } : options;
        note({ part, to: `${upstream} ${name} ${template}`, input });
      }),
    );
    this.grpc = everyName((upstream) =>
      through(Reflect.get(grpc, upstream), (method, [input]) =>
        note({ part, to: `${upstream} ${method}`, input }),
      ),
    );
  }

  graph(document: GraphDocument<unknown, object>, variables: object = {}): Promise<unknown> {
    this.#note({ part: this.#part, to: `graph ${operationName(document.source)}`, input: variables });
    return this.#inner.graph(document, variables);
  }

  subscribe(document: GraphDocument<unknown, object>, variables: object = {}): AsyncIterable<unknown> {
    this.#note({ part: this.#part, to: `graph ${operationName(document.source)}`, input: variables });
    if (!this.#inner.subscribe) throw new TypeError('these clients cannot subscribe');
    return this.#inner.subscribe(document, variables);
  }
}

/** A client whose calls are told of before they are made; what it lacks is lacking. */
function through(client: unknown, tell: (method: string, given: readonly unknown[]) => void): unknown {
  if (typeof client !== 'object' || client === null) return undefined;
  return everyName((method) => {
    const call: unknown = Reflect.get(client, method);
    if (typeof call !== 'function') return undefined;
    return (...given: readonly unknown[]): unknown => {
      tell(method, given);
      return Reflect.apply(call, client, given);
    };
  });
}

/** By `users GET`. */
function templatesOf(backends: Backends): Templates {
  const templates = new Map<string, CompiledStream[]>();
  const add = (key: string, one: CompiledStream): void => {
    templates.set(key, [...(templates.get(key) ?? []), one]);
  };
  for (const [name, backend] of Object.entries(backends)) {
    if (isGrpcBackend(backend)) continue;
    for (const one of compileBackend(name, backend)) add(`${name} ${one.method.toUpperCase()}`, one);
    for (const one of compileStreams(name, backend)) add(`${name} STREAM`, one);
  }
  return templates;
}

/** The template of a path as a part wrote it, and its values where it was written out. */
function located(
  templates: readonly CompiledStream[],
  written: string,
): { readonly template: string; readonly path?: Readonly<Record<string, string>> } {
  if (templates.some(({ template }) => template.source === written)) return { template: written };
  for (const { template } of templates) {
    const path = matchPath(template, written);
    if (path) return { template: template.source, path };
  }
  return { template: written };
}
