import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import type { UpstreamCall } from '../call.ts';
import { parseEndpointUrl } from '../endpoints/endpoint-url.ts';
import { systemContext } from '../outgoing/system-context.ts';
import { healthConfig } from './health-config.ts';
import { makeProbe } from './health-probe.ts';

test('the question is of the kind that is configured: over the endpoint’s transport, or over a connection of its own', async (t) => {
  const hellos: string[] = [];
  const server = net.createServer((socket) => {
    socket.once('data', (bytes) => {
      hellos.push(bytes.subarray(0, 3).toString());
      socket.destroy();
    });
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  const sent: UpstreamCall[] = [];
  const ask = async (settings: object): Promise<boolean> => {
    const context = systemContext({ clock: systemClock, deadlineMs: 2000 });
    const probe = makeProbe({
      upstream: 'users',
      endpoint: {
        send: (call) => {
          sent.push(call);
          return Promise.reject(new Error('sent'));
        },
      },
      health: healthConfig.parse(settings),
      destination: { address: parseEndpointUrl(`http://127.0.0.1:${address.port}`), tls: undefined },
    });
    const well = await probe(context).then(
      () => true,
      () => false,
    );
    context.deadline.end();
    return well;
  };
  assert.equal(await ask({ http: { path: '/up' } }), false);
  assert.deepEqual(
    sent.map(({ method, path, upstream }) => [method, path, upstream]),
    [['GET', '/up', 'users']],
  );
  assert.equal(await ask({ tcp: {} }), true);
  assert.equal(await ask({ grpc: {} }), false);
  assert.deepEqual(hellos, ['PRI'], 'the preface of HTTP/2');
  assert.equal(sent.length, 1);
});
