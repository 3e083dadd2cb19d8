import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { CallContext } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { UpstreamCall } from '../call.ts';
import { context, identity, request } from '../testing/harness.ts';
import { type ForwardingOptions, forwardConfig, forwarding } from './forwarding.ts';
import { identityHeadersConfig } from './identity-headers.ts';

const clock = new ManualClock();

const defaults: ForwardingOptions = {
  identityHeaders: identityHeadersConfig.parse({}),
  forward: forwardConfig.parse({}),
  tellsIdentity: true,
  credential: undefined,
  ownFields: [],
  credentialFields: [],
  readsReplies: false,
};

/** The fields that are sent for these. */
async function sent(
  flat: string[],
  more: Partial<ForwardingOptions> = {},
  caller: CallContext = context({ clock }),
) {
  const call = new UpstreamCall(request({ context: caller, headers: new HeaderFields(flat) }));
  const reached = new Error('reached');
  await assert.rejects(
    forwarding({ ...defaults, ...more })(call, () => Promise.reject(reached)),
    (error) => {
      if (error !== reached) throw error;
      return true;
    },
  );
  return call.headers;
}

describe('what a client says of itself', () => {
  const twins = [
    'x-user-id',
    'x_user_id',
    'x.user.id',
    'xuserid',
    'x-userid',
    'x-user-role',
    'x-roles',
    'x-user-roles',
    'x-user-scopes',
    'x-tenant-id',
    'x_tenant_id',
    'x-consumer-id',
    'x-consumer-username',
    'x-forwarded-client-cert',
    'x_forwarded_client_cert',
    'remote-user',
  ];
  for (const name of twins) {
    test(`${name} never goes on, with an identity or without`, async () => {
      assert.equal((await sent([name, 'forged'])).getAll(name).includes('forged'), false);
      const known = context({ clock, identity: identity() });
      assert.equal((await sent([name, 'forged'], {}, known)).flat.includes('forged'), false);
    });
  }

  test('configured names are guarded like the usual ones', async () => {
    const identityHeaders = identityHeadersConfig.parse({ user: 'X-Acme-Subject' });
    const headers = await sent(['x_acme_subject', 'forged', 'x-user-id', 'forged'], { identityHeaders });
    assert.equal(headers.flat.includes('forged'), false);
  });

  test('credentials stay here, unless the upstream may see them', async () => {
    const flat = ['authorization', 'Bearer t', 'cookie', 'a=b', 'x-api-key', 'k', 'x-partner-key', 'p'];
    const headers = await sent(flat, { credentialFields: ['x-partner-key'] });
    for (const name of ['authorization', 'cookie', 'x-api-key', 'x-partner-key'])
      assert.equal(headers.has(name), false, name);
    const forward = forwardConfig.parse({ fields: ['Authorization', 'Cookie'] });
    const open = await sent(flat, { forward, credentialFields: ['x-partner-key'] });
    assert.equal(open.get('authorization'), 'Bearer t');
    assert.equal(open.get('cookie'), 'a=b');
    assert.equal(open.has('x-api-key'), false);
  });

  test("a session's cookie stays here even where cookies go on", async () => {
    const forward = forwardConfig.parse({ fields: ['cookie'] });
    const cookies = 'a=b; __Host-fd=secret; __Host-fd-login-abcdefgh=x; c=d';
    const some = await sent(['cookie', cookies], { forward, sessionCookie: '__Host-fd' });
    assert.equal(some.get('cookie'), 'a=b; c=d');
    const none = await sent(['cookie', '__Host-fd=secret'], { forward, sessionCookie: '__Host-fd' });
    assert.equal(none.has('cookie'), false);
  });

  test('forwarding and trace fields are ours alone', async () => {
    const headers = await sent([
      ...[
        'x-forwarded-for',
        '1.1.1.1',
        'forwarded',
        'for=1.1.1.1',
        'x-real-ip',
        '1.1.1.1',
        'x-original-url',
        '/admin',
      ],
      ...[
        'x-forwarded-host',
        'evil',
        'x-request-id',
        'forged',
        'traceparent',
        'forged',
        'host',
        'evil',
        'expect',
        '100-continue',
      ],
    ]);
    assert.equal(headers.get('x-forwarded-for'), '203.0.113.9');
    assert.equal(headers.get('x-forwarded-proto'), 'https');
    assert.equal(headers.get('x-forwarded-host'), 'api.example.com');
    assert.equal(headers.get('x-request-id'), 'request-1');
    assert.equal(headers.get('x-trace-id'), 'a'.repeat(32));
    assert.equal(headers.get('traceparent'), `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
    for (const name of ['forwarded', 'x-real-ip', 'x-original-url', 'host', 'expect'])
      assert.equal(headers.has(name), false, name);
  });

  test('everything else goes on, in order, and Via grows', async () => {
    const headers = await sent([
      'accept',
      '*/*',
      'via',
      '1.1 edge',
      'x-shop',
      '1',
      'x-shop',
      '2',
      '__proto__',
      'x',
    ]);
    assert.deepEqual(headers.flat.slice(0, 10), [
      'accept',
      '*/*',
      'x-shop',
      '1',
      'x-shop',
      '2',
      '__proto__',
      'x',
      'via',
      '1.1 edge, 1.1 frontdesk',
    ]);
  });
});

describe('hop-by-hop fields (RFC 9110 §7.6.1)', () => {
  test('what Connection nominates goes first, but never what we say ourselves', async () => {
    const known = context({ clock, identity: identity() });
    const headers = await sent(
      [
        'connection',
        'close, X-Once, X-User-Id, Via',
        'x-once',
        '1',
        'te',
        'trailers',
        'proxy-authorization',
        'x',
      ],
      {},
      known,
    );
    assert.equal(headers.has('x-once'), false);
    assert.equal(headers.get('x-user-id'), 'u42');
    assert.equal(headers.get('via'), '1.1 frontdesk');
    for (const name of ['connection', 'te', 'proxy-authorization'])
      assert.equal(headers.has(name), false, name);
  });

  test('a nomination of what frames or authorises is a bad request', async () => {
    for (const name of ['content-length', 'host', 'authorization', 'transfer-encoding']) {
      await assert.rejects(sent(['connection', name]), coded('bad_request'), name);
    }
    const flood = Array.from({ length: 1000 }, (_, i) => `x${i}`).join(',');
    await assert.rejects(sent(['connection', flood]), coded('bad_request'));
  });
});

test('the gateway’s own credential stands alone under its name', async () => {
  const credential = { name: 'authorization', value: 'Basic eA==' };
  const headers = await sent(['authorization', 'Bearer client'], {
    credential,
    forward: forwardConfig.parse({ fields: ['authorization'] }),
  });
  assert.deepEqual(headers.getAll('authorization'), ['Basic eA==']);
});

test('a backend need not be told who asks, and what a later step says nobody else does', async () => {
  const caller = context({ clock, identity: identity() });
  const headers = await sent(
    ['x-user-id', 'forged', 'x_identity_token', 'forged', 'Authorization', 'Bearer client'].map((text) =>
      text.toLowerCase(),
    ),
    {
      tellsIdentity: false,
      ownFields: ['x-identity-token', 'authorization'],
      forward: forwardConfig.parse({ fields: ['authorization'] }),
    },
    caller,
  );
  const told = [...headers].filter(([name]) => /user|identity|scopes|tenant|authorization/.test(name));
  assert.deepEqual(told, []);
});

test('the field of identity tokens never comes from a client, however it is spelt', async () => {
  const separators = fc.constantFrom('-', '_', '.', '', '--', '~', "'");
  const spelling = fc
    .tuple(separators, separators, separators, separators)
    .map(([a, b, c, d]) => `${d}x${a}identity${b}token${c}`);
  await fc.assert(
    fc.asyncProperty(spelling, fc.boolean(), async (name, isConfigured) => {
      const headers = await sent([name, 'forged', 'x-other', 'kept'], {
        ownFields: isConfigured ? ['x-identity-token'] : [],
      });
      assert.equal(headers.flat.includes('forged'), false, name);
      assert.equal(headers.get('x-other'), 'kept');
    }),
    { numRuns: 200 },
  );
});

test('where replies are read here, no coding and no part is asked for', async () => {
  const headers = await sent(['accept-encoding', 'gzip, br', 'range', 'bytes=0-1'], { readsReplies: true });
  assert.deepEqual(headers.getAll('accept-encoding'), ['identity']);
  assert.equal(headers.has('range'), false);
  assert.equal((await sent(['accept-encoding', 'gzip'])).get('accept-encoding'), 'gzip');
});

test('the field that tells the deadline cannot be forged', async () => {
  const forward = forwardConfig.parse({ deadline: 'X-Deadline-Ms' });
  assert.equal((await sent(['x_deadline_ms', '9'], { forward })).flat.includes('9'), false);
});

test('an identity that fits no field is refused', async () => {
  const odd = context({ clock, identity: identity({ subject: '\ud800' }) });
  await assert.rejects(sent([], {}, odd), coded('invalid_credentials'));
});

test('a flood of new names is still judged rightly', async () => {
  const flat = Array.from({ length: 5000 }, (_, i) => [`x-n${i}`, '1']).flat();
  const step = forwarding(defaults);
  const call = new UpstreamCall(
    request({ context: context({ clock }), headers: new HeaderFields([...flat, 'x.tenant_id', 'forged']) }),
  );
  await assert.rejects(step(call, () => Promise.reject(new Error('reached'))));
  assert.equal(call.headers.flat.includes('forged'), false);
  assert.equal(call.headers.has('x-n4999'), true);
});
