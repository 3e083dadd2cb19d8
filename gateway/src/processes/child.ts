/** A process as its supervisor sees it: started, heard, ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

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
  /** Told of each line that it writes. Default: it writes where we write. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** It reads nothing. */
export function startChild({ module, args, execArgv, env, cwd, onLine }: ChildOptions): StartedChild {
  const output = onLine ? 'pipe' : 'inherit';
  const node = spawn(process.execPath, [...execArgv, module, ...args], {
    cwd,
    env: { ...env },
    stdio: ['ignore', output, output, 'ipc'],
  });
  for (const stream of [node.stdout, node.stderr]) {
    if (stream && onLine) createInterface({ input: stream }).on('line', onLine);
  }
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
      // It comes for a signal or a message that did not arrive, too: that is no end.
      node.on('error', (error) => {
        if (node.pid === undefined) listener(error.message);
      });
      node.once('exit', (code, signal) => listener(signal ?? `exit code ${code}`));
    },
    kill: (signal) => void node.kill(signal),
  };
}
