/** Messages of a child process that a test waits for: one that dies first fails the test at once. */
import type { ChildProcess } from 'node:child_process';

export function messageOf<T>(child: ChildProcess, isWanted: (message: unknown) => message is T): Promise<T> {
  return new Promise((resolve, reject) => {
    const settled = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onError);
    };
    const onMessage = (message: unknown): void => {
      if (!isWanted(message)) return;
      settled();
      resolve(message);
    };
    const onExit = (code: number | null, signal: string | null): void => {
      settled();
      reject(new Error(`the process ended (${code ?? signal}) before it said anything`));
    };
    const onError = (error: Error): void => {
      settled();
      reject(error);
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.on('error', onError);
    if (child.exitCode !== null || child.signalCode !== null) onExit(child.exitCode, child.signalCode);
  });
}

export function isReady(message: unknown): message is { ready: true } {
  return typeof message === 'object' && message !== null && 'ready' in message;
}
