import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { it } from 'node:test';
import { defineBackends, document, json } from '../bff/index.ts';
import { checkRecording, recordingBackends, replayBackends, testScreen } from './index.ts';

const kit = defineBackends({ users: { get: { '/users/{id}': json<{ readonly name: string }>() } } });
const Orders = document<{ orders: readonly string[] }, { user: string }>(
  'query Orders($user: ID!) { orders }',
);
const { part, screen } = kit;
const home = screen({
  path: '/h',
  field: 'h',
  parts: {
    user: part(({ rest, identity }) => rest.users.get('/users/{id}', { path: { id: identity.subject } })),
    orders: part(({ graph, identity }) => graph(Orders, { user: identity.subject })),
  },
});

it('records real backends, replays them strictly, and tells where they have drifted', async (t) => {
  let user: object = { id: '42', name: 'Ada', password_hash: 'secret' };
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const answer = request.url === '/graphql' ? { data: { orders: ['o1'] } } : user;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const live = {
    upstreams: { users: `http://127.0.0.1:${port}` },
    graph: { url: `http://127.0.0.1:${port}/graphql`, documents: [Orders] },
    headers: { authorization: 'Bearer t' },
    identities: { '42': 'user-1' },
  };
  const recorder = recordingBackends(kit, live);
  await testScreen(home, { fakes: recorder, identity: { subject: '42' } });
  assert.deepEqual(asked.sort(), ['GET /users/42 Bearer t', 'POST /graphql Bearer t']);
  const recording = recorder.recording();
  assert.ok(!JSON.stringify(recording).match(/Bearer|secret|"42"/));

  const fakes = replayBackends(kit, recording);
  const { values } = await testScreen(home, { fakes, identity: { subject: 'user-1' } });
  assert.deepEqual(values.orders, { orders: ['o1'] });
  assert.equal(asked.length, 2);
  await assert.rejects(testScreen(home, { fakes, identity: { subject: '8' } }), {
    name: 'MissingFakeError',
    message: /the recording has no users GET \/users\/\{id\} .*"id":"8".*of it are recorded:\n {2}.*user-1/,
  });

  assert.deepEqual(await checkRecording(recording, live), []);
  user = { id: '42', name: 7 };
  assert.deepEqual(await checkRecording(recording, live), [
    'users GET /users/{id} /name: string, now number',
    'users GET /users/{id} /password_hash: string, now absent',
  ]);
});
