/**
 * A process that is succeeded by another of the same program: the successor starts beside it, asks for the sockets that it
 * listens on when it is about to serve, and says when it does; then the old one goes. No connection waits in a queue that
 * is lost: both have the same socket.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Server } from 'node:net';
import type { Clock } from '../core/clock.ts';

/** In a successor's environment. */
export const SUCCESSOR_VARIABLE = 'FRONTDESK_SUCCESSOR';

export type Listening = 'public' | 'admin';

type Message =
  /** The successor asks for what the other listens on. */
  | { readonly kind: 'want'; readonly listener: Listening }
  /** It goes with the message, where there is one. */
  | { readonly kind: 'socket'; readonly listener: Listening; readonly isThere: boolean }
  /** The successor asks what is in force, to go on with it. */
  | { readonly kind: 'configure' }
  | { readonly kind: 'configuration'; readonly handed: object | undefined }
  | { readonly kind: 'serving' };

export interface SuccessorOptions {
  readonly execArgv: readonly string[];
  /** The module and its arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly listening: (listener: Listening) => Server | undefined;
  /** What is in force, as plain data that the successor knows; nothing by default. */
  readonly handed?: (() => object | undefined) | undefined;
  readonly startWithinMs: number;
  /** Ends it while it starts. */
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
}

/** Resolves with the successor's process id when it serves. Rejects where it does not; then it is gone. */
export async function startSuccessor(options: SuccessorOptions): Promise<number> {
  const { execArgv, args, env, listening, handed, startWithinMs, signal, clock } = options;
  signal?.throwIfAborted();
  const child = spawn(process.execPath, [...execArgv, ...args], {
    env: { ...env, [SUCCESSOR_VARIABLE]: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const disarm = clock.after(startWithinMs, () =>
    reject(new Error(`it was not ready after ${startWithinMs} ms`)),
  );
  const onAbort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  child.once('error', reject);
  child.once('exit', (code, signal) => reject(new Error(`it ended: ${signal ?? `exit code ${code}`}`)));
  child.on('message', (message) => {
    if (!isOurs(message)) return;
    if (message.kind === 'serving') resolve(child.pid ?? 0);
    else if (message.kind === 'want') give(child, message.listener, listening(message.listener));
    else if (message.kind === 'configure') {
      child.send(ours({ kind: 'configuration', handed: handed?.() }), () => {});
    }
  });
  try {
    const pid = await promise;
    // It lives on without us.
    child.disconnect();
    child.unref();
    return pid;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    disarm();
    signal?.removeEventListener('abort', onAbort);
  }
}

function give(child: ChildProcess, listener: Listening, server: Server | undefined): void {
  const message = ours({ kind: 'socket', listener, isThere: server !== undefined });
  child.send(message, server, {}, () => {});
}

/** The successor's end of the channel: `process` itself. */
export interface SuccessorEnd {
  send?(message: object): boolean;
  on(event: 'message', listener: (message: unknown, handle: unknown) => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
  disconnect?(): void;
}

/** What a successor asks of the process before it. */
class Predecessor {
  readonly #end: SuccessorEnd;
  readonly #asked = new Map<Listening, (server: Server | undefined) => void>();
  readonly #configured = Promise.withResolvers<object | undefined>();
  #isGone = false;

  constructor(end: SuccessorEnd) {
    this.#end = end;
    end.on('message', (message, handle) => {
      if (!isOurs(message)) return;
      if (message.kind === 'configuration') this.#configured.resolve(message.handed);
      if (message.kind !== 'socket') return;
      this.#asked.get(message.listener)?.(handle instanceof Server ? handle : undefined);
    });
    end.once('disconnect', () => {
      this.#isGone = true;
      for (const resolve of this.#asked.values()) resolve(undefined);
      this.#configured.resolve(undefined);
    });
  }

  /** What it listens on, to go on with; `undefined` where it does not, or is gone. */
  socketOf(listener: Listening): Promise<Server | undefined> {
    const { promise, resolve } = Promise.withResolvers<Server | undefined>();
    if (this.#isGone) resolve(undefined);
    this.#asked.set(listener, resolve);
    this.#end.send?.(ours({ kind: 'want', listener }));
    return promise;
  }

  /** What it has in force; `undefined` where it hands nothing, or is gone. */
  handed(): Promise<object | undefined> {
    this.#end.send?.(ours({ kind: 'configure' }));
    return this.#configured.promise;
  }

  /** It may go. */
  succeed(): void {
    this.#end.send?.(ours({ kind: 'serving' }));
  }
}

/** Asked once: what a successor starts itself is none. */
export function predecessorOf(environment: NodeJS.ProcessEnv, end: SuccessorEnd): Predecessor | undefined {
  const isSuccessor = environment[SUCCESSOR_VARIABLE] !== undefined && end.send !== undefined;
  delete environment[SUCCESSOR_VARIABLE];
  return isSuccessor ? new Predecessor(end) : undefined;
}

function ours(message: Message): object {
  return { frontdesk: 'succession', ...message };
}

function isOurs(message: unknown): message is Message {
  return (
    typeof message === 'object' &&
    message !== null &&
    'frontdesk' in message &&
    message.frontdesk === 'succession'
  );
}
