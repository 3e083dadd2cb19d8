/**
 * The thread that composes running subgraphs: `IntrospectAndCompose` of `@apollo/gateway` (Elastic licence 2.0), driven
 * directly. It stands apart because composition takes from tens of milliseconds to seconds of CPU, and a hundred MB
 * that no other gateway needs. It opens no connection: what it wants to know of a subgraph it asks the gateway for.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { IntrospectAndCompose } from '@apollo/gateway';
import { type ComposeReport, type ComposeStart, isComposeOrder, isComposeStart } from './compose-protocol.ts';

interface Asked {
  readonly resolve: (sdl: string) => void;
  readonly reject: (error: Error) => void;
}

const asked = new Map<number, Asked>();
let nextId = 0;
/** A subgraph did not tell its schema since the last word on a poll. */
let untold = false;
let endPolling: (() => Promise<void>) | undefined;

function report(message: ComposeReport): void {
  parentPort?.postMessage(message);
}

function ask(subgraph: string, query: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const id = nextId++;
  asked.set(id, { resolve, reject });
  report({ kind: 'ask', id, subgraph, query });
  return promise;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const ignore = (): void => {};

async function read(id: number, { subgraphs, pollMs }: ComposeStart): Promise<void> {
  let polling = false;
  const manager = new IntrospectAndCompose({
    subgraphs: [...subgraphs],
    pollIntervalInMs: pollMs,
    logger: {
      debug: ignore,
      info: ignore,
      warn: ignore,
      // Its only word on a poll that failed.
      error: (message: unknown) => {
        const kind = untold ? 'failed' : 'refused';
        untold = false;
        if (polling) report({ kind, reason: String(message).replace(/^Intro.*?error: /, '') });
      },
    },
  });
  try {
    const { supergraphSdl, cleanup } = await manager.initialize({
      update: (sdl) => report({ kind: 'changed', sdl }),
      healthCheck: async () => {},
      getDataSource: ({ name }) => ({
        process: async ({ request }) => ({
          data: { _service: { sdl: await ask(name, request.query ?? '') } },
        }),
      }),
    });
    polling = true;
    const endOther = endPolling;
    endPolling = cleanup;
    report({ kind: 'read', id, sdl: supergraphSdl });
    await endOther?.();
  } catch (error) {
    report({ kind: 'unread', id, reason: reasonOf(error) });
  }
}

if (isComposeStart(workerData)) {
  const start = workerData;
  parentPort?.on('message', (message: unknown) => {
    if (!isComposeOrder(message)) return;
    if (message.kind === 'read') {
      void read(message.id, start);
      return;
    }
    const waiting = asked.get(message.id);
    asked.delete(message.id);
    if (message.kind === 'told') waiting?.resolve(message.sdl);
    else {
      untold = true;
      waiting?.reject(new Error(message.reason));
    }
  });
}
