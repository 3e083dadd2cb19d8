import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, WholeBody } from '../../core/body.ts';
import { makeExchange } from '../../core/testing/exchange.ts';
import { type AdminConfig, answerConfig } from './admin-config.ts';

function setUp(closedBecause?: string) {
  const put: unknown[] = [];
  const config: AdminConfig = {
    view: () => ({ version: 1 }),
    effective: () => ({ zone: 'a' }),
    digest: 'd1',
    version: 1,
    closedBecause,
    put: async (...args) => {
      put.push(args);
      return { outcome: 'applied' };
    },
  };
  const ask = async (
    method: string,
    target: string,
    type?: string,
    body = '',
    more = {},
  ): Promise<string> => {
    const headers = { ...(type === undefined ? {} : { 'content-type': type }), ...more };
    const { exchange } = makeExchange({ method, target, headers, body: new WholeBody(body) });
    const reply = await answerConfig(config, exchange);
    const text = Buffer.from(await collect(reply.body, 10_000, () => new Error('large'))).toString();
    return `${reply.status} ${reply.headers.get('etag')} ${text}`;
  };
  return { put, ask };
}

test('what serves is shown with its entity tag, and all that it says where that is asked for', async () => {
  const { ask } = setUp();
  assert.equal(await ask('GET', '/admin/config'), '200 "d1" {"version":1}');
  assert.equal(await ask('GET', '/admin/config?effective=true'), '200 "d1" {"zone":"a"}');
  await assert.rejects(ask('POST', '/admin/config'), { code: 'method_not_allowed' });
});

test('YAML, JSON and several files are put, on a condition and as a trial', async () => {
  const { put, ask } = setUp();
  assert.equal(
    await ask('PUT', '/admin/config', 'application/yaml', 'zone: b\n'),
    '200 "d1" {"outcome":"applied"}',
  );
  await ask('PUT', '/admin/config?dry-run', 'application/json', '{}', { 'if-match': '"d1", "d2"' });
  await ask(
    'PUT',
    '/admin/config',
    'application/vnd.frontdesk.bundle+json',
    '{"files":{"a.yaml":"zone: c"}}',
  );
  assert.deepEqual(put, [
    [{ text: 'zone: b\n' }, { expected: undefined, isTrial: false }],
    [{ text: '{}' }, { expected: ['d1', 'd2'], isTrial: true }],
    [{ files: { 'a.yaml': 'zone: c' } }, { expected: undefined, isTrial: false }],
  ]);
});

test('other types and bodies are refused, and all where nothing may be put', async () => {
  const { put, ask } = setUp();
  await assert.rejects(ask('PUT', '/admin/config', 'text/plain', 'x'), { code: 'unsupported_media_type' });
  for (const body of ['', '[]', '{"files":[]}', '{"files":{"a":1}}'])
    await assert.rejects(ask('PUT', '/admin/config', 'application/vnd.frontdesk.bundle+json', body), {
      code: 'bad_request',
    });
  const huge = 'x'.repeat(8 * 1024 * 1024 + 1);
  await assert.rejects(ask('PUT', '/admin/config', 'application/yaml', huge), { code: 'payload_too_large' });
  assert.deepEqual(put, []);
  await assert.rejects(setUp('PUT needs admin.token').ask('PUT', '/admin/config', 'application/yaml', ''), {
    code: 'forbidden',
    members: { reasons: ['PUT needs admin.token'] },
  });
});
