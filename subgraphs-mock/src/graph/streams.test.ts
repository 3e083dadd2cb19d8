import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type RunningService, startService } from '../index.ts';

let trips: RunningService;

before(async () => {
  trips = await startService('trips', { port: 0 });
});
after(() => trips.close());

const query = 'subscription { tripUpdated(id: "t1") { id status rider { id } } }';

async function tell(status: string, id = 't1'): Promise<unknown> {
  const response = await fetch(`${trips.url}/__trips`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ id, status }),
  });
  return response.json();
}

async function statusOf(events: AsyncIterator<unknown>): Promise<unknown> {
  const { value } = await events.next();
  return value?.data?.tripUpdated?.status;
}

describe('the trips tell what happens to them', () => {
  test('by server-sent events', async () => {
    const events = createSseClient({ url: `${trips.url}/graphql` }).iterate({ query });
    assert.equal(await statusOf(events), 'COMPLETED');
    assert.deepEqual(await tell('CANCELLED'), { watchers: 1 });
    assert.equal(await statusOf(events), 'CANCELLED');
    await events.return?.();
  });

  test('by WebSocket', async () => {
    const url = `${trips.url.replace('http', 'ws')}/graphql`;
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    const events = client.iterate({ query });
    assert.equal(await statusOf(events), 'COMPLETED');
    await tell('UNDER_WAY');
    assert.equal(await statusOf(events), 'UNDER_WAY');
    await events.return?.();
    await client.dispose();
  });

  test('what is no trip is refused', async () => {
    const events = createSseClient({ url: `${trips.url}/graphql` }).iterate({
      query: query.replace('t1', 'nothing'),
    });
    assert.match(JSON.stringify(await events.next()), /there is no trip nothing/);
    assert.match(JSON.stringify(await tell('CANCELLED', 'nothing')), /known trip/);
  });

  test('a service that is closed cuts them off', async () => {
    const other = await startService('trips', { port: 0 });
    const url = `${other.url.replace('http', 'ws')}/graphql`;
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    const events = client.iterate({ query });
    await events.next();
    const broken = assert.rejects(events.next());
    await other.close();
    await broken;
  });
});
