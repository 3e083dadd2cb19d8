import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { upstreamMetrics } from '../breaker/observation.ts';
import { upstreamConfig } from '../config.ts';
import { EndpointRegistry } from '../endpoints/endpoint-registry.ts';
import { systemContext } from '../outgoing/system-context.ts';
import { backend, deadUrl } from '../testing/harness.ts';
import { httpProbe } from './health-http.ts';

async function ask(url: string, settings: object = {}, deadlineMs = 2000): Promise<string> {
  const metrics = upstreamMetrics(noMeter);
  const registry = new EndpointRegistry({ clock: systemClock, metrics, logger: noLogger });
  const config = upstreamConfig.parse({ url, health: { http: settings } });
  const { value: endpoint, release } = registry.endpoint('users', upstreamConfig.parse({ url }), url);
  assert.ok(config.health?.http);
  const context = systemContext({ clock: systemClock, deadlineMs });
  try {
    await httpProbe('users', endpoint, config.health.http, 1000)(context);
    assert.equal(endpoint.inFlight, 0);
    return 'well';
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  } finally {
    context.deadline.end();
    await release();
  }
}

describe('by HTTP', () => {
  test('it asks the path, says who it is, and goes by the status', async (t) => {
    const seen: string[] = [];
    let status = 204;
    const url = await backend(t, (req, res) => {
      seen.push(`${req.method} ${req.url} ${req.headers['user-agent']}`);
      res.writeHead(status).end(status === 204 ? undefined : 'x');
    });
    assert.equal(await ask(`${url}/base`, { path: '/healthz?deep' }), 'well');
    assert.deepEqual(seen, ['GET /base/healthz?deep frontdesk-health']);
    status = 503;
    assert.equal(await ask(url), 'status 503');
    assert.equal(await ask(url, { status: [200, '5xx'] }), 'well');
    status = 201;
    assert.equal(await ask(url, { status: [200] }), 'status 201');
  });

  test('nobody there, a body that breaks and one without end are no answer', async (t) => {
    assert.notEqual(await ask(await deadUrl()), 'well');
    const broken = await backend(t, (_req, res) => {
      res.writeHead(200, { 'content-length': '10' });
      res.write('half');
      setImmediate(() => res.destroy());
    });
    assert.notEqual(await ask(broken), 'well');
    const endless = await backend(t, (_req, res) => {
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (!res.destroyed && res.write(chunk));
      };
      res.on('drain', more);
      more();
    });
    assert.equal(await ask(endless), 'the answer is too long');
  });

  test('it ends with its deadline', async (t) => {
    const url = await backend(t, () => {});
    assert.notEqual(await ask(url, {}, 30), 'well');
  });
});
