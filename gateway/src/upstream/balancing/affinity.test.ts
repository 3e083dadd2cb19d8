import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { UpstreamCall } from '../call.ts';
import { context, identity, request } from '../testing/harness.ts';
import { affinity, affinityKey } from './affinity.ts';
import { hashText } from './stable-hash.ts';

async function keyOf(
  key: string,
  headers: readonly string[] = [],
  path = '/a/b?c=d',
): Promise<number | undefined> {
  const caller = context({ identity: identity() });
  const call = new UpstreamCall(request({ context: caller, path, headers: new HeaderFields([...headers]) }));
  const stop = new Error('stop');
  await assert.rejects(
    affinity(affinityKey.parse(key))(call, () => Promise.reject(stop)),
    stop,
  );
  assert.equal(call.again().affinity, call.affinity, 'a further attempt sticks by the same');
  return call.affinity;
}

test('who asks, where from, what for, or what the client said', async () => {
  for (const [key, value] of [
    ['consumer', 'acme'],
    ['subject', 'u42'],
    ['tenant', 't1'],
    ['address', '203.0.113.9'],
    ['path', '/a/b'],
  ] as const) {
    assert.equal(await keyOf(key), hashText(value), key);
  }
  assert.equal(await keyOf('path', [], '/plain'), hashText('/plain'));
  assert.equal(await keyOf('header:X-Session', ['x-session', 'ada']), hashText('ada'));
});

test('a cookie by its name, wherever it stands; the case of the name counts', async () => {
  const cookies = ['cookie', 'a=1; sid=zzz==; sidecar=2', 'cookie', 'last=x'];
  assert.equal(await keyOf('cookie:sid', cookies), hashText('zzz=='));
  assert.equal(await keyOf('cookie:last', cookies), hashText('x'));
  assert.equal(await keyOf('cookie:SID', cookies), undefined);
});

test('a call without it sticks by nothing', async () => {
  assert.equal(await keyOf('header:x-session'), undefined);
  assert.equal(await keyOf('header:x-session', ['x-session', '']), undefined);
  const call = new UpstreamCall(request());
  affinity(affinityKey.parse('tenant'))(call, () => Promise.reject(new Error('stop'))).catch(() => {});
  assert.equal(call.affinity, undefined);
});

test('a header that is taken from requests before they come here is refused: nobody would have a key', () => {
  for (const name of ['X-User', 'x_user_id', 'X-Forwarded-For']) {
    const { error } = affinityKey.safeParse(`header:${name}`);
    assert.match(error?.issues[0]?.message ?? '', /taken from requests at the door.*expected subject/);
  }
});

test('what is no key is refused with what would be one', () => {
  for (const bad of ['ip', 'header:', 'header:a b', 'cookie', 'Header:x', 7]) {
    const result = affinityKey.safeParse(bad);
    assert.equal(result.success, false, String(bad));
    assert.match(result.error?.issues[0]?.message ?? '', /expected consumer, subject, tenant, address, path/);
  }
});
