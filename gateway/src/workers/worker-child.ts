/** A worker's process as the primary started it: it can be given connections, and what it said last is heard. */
import type { Socket } from 'node:net';
import { type Child, type StartedChild, startChild } from '../processes/child.ts';
import { WORKER_VARIABLE } from './link.ts';

/** How a worker's process is started. */
export interface Program {
  readonly module: string;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface WorkerChild extends Child {
  /** Sends a connection with the message that names it. It stays open here as well. */
  give(message: object, socket: Socket): void;
  /** Calls back when nothing more can come from it; it may have ended before. */
  onSilence(listener: () => void): void;
}

export interface WorkerChildOptions {
  readonly program: Program;
  readonly number: number;
  /** Most megabytes of its heap; `undefined` for V8's own limit. */
  readonly memoryMb: number | undefined;
  /** Serves what it asks of the primary's state. */
  readonly adopt: (child: StartedChild['node']) => void;
}

export function startWorkerChild({ program, number, memoryMb, adopt }: WorkerChildOptions): WorkerChild {
  const { module, args, execArgv, env } = program;
  const memory = memoryMb === undefined ? [] : [`--max-old-space-size=${memoryMb}`];
  const child = startChild({
    module,
    args,
    execArgv: [...execArgv, ...memory],
    env: { ...env, [WORKER_VARIABLE]: String(number) },
    cwd: process.cwd(),
  });
  const { node } = child;
  adopt(node);
  return {
    get pid() {
      return child.pid;
    },
    send: (message) => child.send(message),
    onMessage: (listener) => child.onMessage(listener),
    onEnd: (listener) => child.onEnd(listener),
    kill: (signal) => child.kill(signal),
    // Kept open here until it is taken there: should the worker be gone, another gets it.
    give: (message, socket) => void node.send(message, socket, { keepOpen: true }, () => {}),
    onSilence: (listener) => {
      if (node.connected) node.once('disconnect', listener);
      else listener();
    },
  };
}
