/** A process as its supervisor sees it: started, heard, ended. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Child {
  readonly pid: number | undefined;
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Once, with what ended it: an exit code, a signal, or why it never began. */
  onEnd(listener: (reason: string) => void): void;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface StartedChild extends Child {
  /** The process of node behind it. */
  readonly node: ChildProcess;
}

export interface ChildOptions {
  /** The module that it runs. */
  readonly module: string;
  readonly args: readonly string[];
  /** Options of node. */
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** It writes where we write, and reads nothing. */
export function startChild({ module, args, execArgv, env, cwd }: ChildOptions): StartedChild {
  const node = spawn(process.execPath, [...execArgv, module, ...args], {
    cwd,
    env: { ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return {
    get pid() {
      return node.pid;
    },
    node,
    send: (message) => {
      // One that is ending takes no more; its end is told by itself.
      if (node.connected) node.send(message, () => {});
    },
    onMessage: (listener) => void node.on('message', listener),
    onEnd: (listener) => {
      node.once('error', (error) => listener(error.message));
      node.once('exit', (code, signal) => listener(signal ?? `exit code ${code}`));
    },
    kill: (signal) => void node.kill(signal),
  };
}
