/** Priorities and a limit that follows the latency, through the whole chain and over real sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noMeter } from '../core/meter.ts';
import type { Priority } from '../core/priority.ts';
import { coded } from '../core/testing/errors.ts';
import { upstreamMetrics } from './breaker/observation.ts';
import { backend, context, request, rig, text } from './testing/harness.ts';

test('where all endpoints are full, the more important call takes a lesser one’s place in a queue', async (t) => {
  const paths: string[] = [];
  const opened = Promise.withResolvers<void>();
  const serve = () =>
    backend(t, (req, res) => {
      paths.push(req.url ?? '');
      if (paths.length === 2) opened.resolve();
      go.promise.then(() => res.end(req.url));
    });
  const go = Promise.withResolvers<void>();
  const targets = [{ url: await serve() }, { url: await serve() }];
  const bulkhead = { maxInFlight: 1, maxQueue: 1, queueFor: '10s' };
  const { call } = rig(t, { users: { targets, bulkhead, retry: { max: 0 } } });
  const ask = async (path: string, priority?: Priority) =>
    text(await call(request({ path, context: { ...context(), priority } })));
  const first = [ask('/1'), ask('/2')];
  await opened.promise;
  const waiting = [ask('/low-1', 2), ask('/low-2', 2)].map((one) => one.catch((error: unknown) => error));
  const refused = ask('/low-3', 2);
  await assert.rejects(refused, coded('bulkhead_full'));
  const high = ask('/high', 0);
  go.resolve();
  assert.deepEqual(await Promise.all(first), ['/1', '/2']);
  assert.equal(await high, '/high');
  const outcomes = await Promise.all(waiting);
  assert.equal(
    outcomes.filter((one) => typeof one === 'string').length,
    1,
    'one has made way, one was served',
  );
});

test('an adaptive limit is moved by the replies’ latency, and shown', async (t) => {
  const shown: [number, string, string][] = [];
  const url = await backend(t, (_req, res) => res.end('ok'));
  const { call, measure, view } = rig(
    t,
    { users: { url, bulkhead: { concurrency: { minSamples: 1, window: '1ms', initial: 1, min: 1 } } } },
    {
      metrics: {
        ...upstreamMetrics(noMeter),
        concurrencyLimit: (value, upstream = '', endpoint = '') =>
          void shown.push([value, upstream, endpoint]),
      },
    },
  );
  for (let i = 0; i < 50; i += 1) await text(await call(request()));
  measure();
  const [endpoint] = view();
  assert.deepEqual(shown, [[shown[0]?.[0], 'users', endpoint?.endpoint]]);
  assert.ok((shown[0]?.[0] ?? 0) >= 1);
});
