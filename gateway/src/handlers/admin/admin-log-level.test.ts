import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, WholeBody } from '../../core/body.ts';
import { makeExchange } from '../../core/testing/exchange.ts';
import { type AdminLogLevel, logLevelHandler } from './admin-log-level.ts';

function rig() {
  const asked: [string, number][] = [];
  const log: AdminLogLevel = {
    view: () => ({ level: 'info', configured: 'info', until: asked.length > 0 ? 0 : undefined }),
    set: (level, forMs) => void asked.push([level, forMs]),
  };
  const handler = logLevelHandler(log);
  const put = (value: unknown) =>
    handler(
      makeExchange({
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: new WholeBody(JSON.stringify(value)),
      }).exchange,
    );
  return { asked, handler, put };
}

test('a level is shown, and changed for a time', async () => {
  const { asked, handler, put } = rig();
  const read = async (reply: Awaited<ReturnType<typeof put>>): Promise<unknown> =>
    JSON.parse(Buffer.from(await collect(reply.body, 10_000, () => new Error('large'))).toString());
  assert.deepEqual(await read(await handler(makeExchange({}).exchange)), {
    level: 'info',
    configured: 'info',
  });
  const changed = await read(await put({ level: 'debug', for: '30s' }));
  assert.deepEqual(changed, { level: 'info', configured: 'info', until: '1970-01-01T00:00:00.000Z' });
  await put({ level: 'silent' });
  assert.deepEqual(asked, [
    ['debug', 30_000],
    ['silent', 600_000],
  ]);
});

test('what is no level, or no time, is refused', async () => {
  const { asked, handler, put } = rig();
  for (const bad of [
    {},
    { level: 'loud' },
    { level: 'debug', for: '0s' },
    { level: 'debug', for: '2d' },
    { level: 'debug', x: 1 },
  ])
    await assert.rejects(put(bad), { code: 'bad_request' }, JSON.stringify(bad));
  await assert.rejects(handler(makeExchange({ method: 'DELETE' }).exchange), { code: 'method_not_allowed' });
  assert.deepEqual(asked, []);
});
