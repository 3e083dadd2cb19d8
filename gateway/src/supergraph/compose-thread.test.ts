/** The thread by itself, spoken to as the gateway does. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type ComposeReport, isComposeReport } from './compose-protocol.ts';

test('it asks for every schema, composes, and opens no connection of its own', async () => {
  const subgraphs = [{ name: 'a', url: 'http://192.0.2.1:9/nowhere' }];
  const thread = new Worker(new URL('./compose-thread.ts', import.meta.url), {
    workerData: { subgraphs, pollMs: 60_000 },
    env: { APOLLO_TELEMETRY_DISABLED: 'true' },
  });
  const next = async (): Promise<ComposeReport> => {
    const [message]: unknown[] = await once(thread, 'message');
    assert.ok(isComposeReport(message));
    return message;
  };
  try {
    thread.postMessage({ kind: 'read', id: 7 });
    const ask = await next();
    assert.ok(ask.kind === 'ask' && ask.subgraph === 'a' && ask.query.includes('_service { sdl }'));
    thread.postMessage({ kind: 'told', id: ask.id, sdl: 'type Query { a: Int }' });
    const read = await next();
    assert.ok(read.kind === 'read' && read.id === 7);
    assert.match(read.sdl, /@join__graph\(name: "a", url: "http:\/\/192\.0\.2\.1:9\/nowhere"\)/);
  } finally {
    await thread.terminate();
  }
});
