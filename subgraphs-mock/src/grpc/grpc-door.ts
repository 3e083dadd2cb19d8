/**
 * The gRPC side of a service: calls are counted and go wrong on request, as HTTP requests do. It gets its connections
 * from the service's own port (those that begin with HTTP/2's preface), so that steering stays where it is.
 */
import type { Socket } from 'node:net';
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type StatusObject,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { FaultRule } from '../http/fault-rule.ts';
import type { Faults } from '../http/faults.ts';
import type { Stats } from '../http/stats.ts';

/** What every kind of call has. */
interface AnyCall {
  readonly metadata: Metadata;
  getPath(): string;
  getPeer(): string;
  on(event: 'cancelled', listener: () => void): unknown;
}

export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** Thrown by a handler to refuse a call. */
export class GrpcRefusal extends Error {
  readonly code: status;
  readonly metadata: Metadata | undefined;

  constructor(code: status, message: string, metadata?: Metadata) {
    super(message);
    this.code = code;
    this.metadata = metadata;
  }
}

export class GrpcDoor {
  readonly #faults: Faults;
  readonly #stats: Stats;
  readonly #server = new Server();
  readonly #sockets = new Map<string, Socket>();
  readonly #inject: (socket: Socket) => void;

  constructor(services: readonly GrpcService[], faults: Faults, stats: Stats) {
    this.#faults = faults;
    this.#stats = stats;
    for (const { definition, implementation } of services)
      this.#server.addService(definition, implementation);
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#inject = (socket) => injector.injectConnection(socket);
  }

  take(socket: Socket): void {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#sockets.set(peer, socket);
    socket.once('close', () => this.#sockets.delete(peer));
    this.#inject(socket);
  }

  close(): void {
    this.#server.forceShutdown();
  }

  /**
   * Does the work of a call and delivers what came of it, unless a fault says otherwise; `fail` ends the call with what
   * went wrong. Counted under `POST /package.Service/Method`.
   */
  async answer<T>(
    call: AnyCall,
    work: () => T | Promise<T>,
    deliver: (outcome: T) => void,
    fail: (error: Partial<StatusObject>) => void,
  ): Promise<void> {
    const path = call.getPath();
    const rawHeaders = Object.entries(call.metadata.getMap()).flatMap(([name, value]) => [
      name,
      String(value),
    ]);
    this.#stats.began('POST', path, { url: path, rawHeaders });
    let isOver = false;
    const end = (): void => {
      if (!isOver) this.#stats.ended();
      isOver = true;
    };
    call.on('cancelled', end);
    try {
      const rule = this.#faults.take('POST', path);
      if (rule && !rule.after && !(await this.#spared(call, rule))) return;
      const outcome = await work();
      if (rule?.after && !(await this.#spared(call, rule))) return;
      deliver(outcome);
    } catch (error) {
      fail(statusOf(error));
    } finally {
      end();
    }
  }

  /** Whether the call shall still be answered. */
  async #spared(call: AnyCall, rule: FaultRule): Promise<boolean> {
    this.#faults.bite();
    const delayMs = this.#faults.delayOf(rule);
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (rule.hang) return new Promise(() => {});
    if (rule.reset) {
      this.#sockets.get(call.getPeer())?.resetAndDestroy();
      return false;
    }
    if (!this.#faults.fails(rule)) return true;
    throw new GrpcRefusal(rule.grpcStatus ?? status.UNAVAILABLE, rule.body ?? 'injected fault');
  }
}

function statusOf(error: unknown): Partial<StatusObject> {
  if (error instanceof GrpcRefusal) {
    const { code, message, metadata } = error;
    return { code, details: message, ...(metadata ? { metadata } : {}) };
  }
  return { code: status.INTERNAL, details: error instanceof Error ? error.message : String(error) };
}
