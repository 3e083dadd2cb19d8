import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { shownConfig } from './shown-config.ts';

const CANARY = 'canary-0123456789-0123456789-0123456789';

test('no secret is shown, wherever it stands: marked, in a URL, in a header field, inside another text', () => {
  const config = configSchema.parse({
    admin: { token: CANARY },
    state: { redis: `redis://user:${CANARY}@127.0.0.1:1`, password: CANARY },
    auth: {
      apiKey: { pepper: CANARY },
      dpop: { nonce: { secret: CANARY } },
      introspection: { issuer: 'https://idp.example', client: { id: 'gateway', secret: CANARY } },
    },
    consumers: [{ id: 'acme', plan: 'free', apiKeys: [{ id: 'k1', sha256: 'ab'.repeat(32) }] }],
    upstreams: {
      a: { url: 'http://127.0.0.1:1', credentials: { bearer: CANARY } },
      b: { url: 'http://127.0.0.1:1', credentials: { basic: { user: 'u', password: CANARY } } },
      c: { url: 'http://127.0.0.1:1', credentials: { header: { name: 'x-key', value: CANARY } } },
      d: { discover: { consul: { service: 's', token: CANARY } } },
    },
    routes: [
      { match: { path: '/a' }, to: { fixed: { headers: { authorization: 'Bearer other-canary' } } } },
      { match: { path: '/b' }, to: { fixed: { body: `it is ${CANARY}!` } } },
    ],
  });
  const text = JSON.stringify(shownConfig({ config, written: new Map() }));
  assert.ok(!text.includes(CANARY), text);
  for (const hidden of ['other-canary', 'ab'.repeat(32)]) assert.ok(!text.includes(hidden));
  assert.match(text, /"token":"\[secret\]"/);
  assert.match(text, /redis:\/\/\[secret\]@127\.0\.0\.1:1/);
  assert.match(text, /it is \[secret\]!/);
});

test('what came from elsewhere is shown as it is written', () => {
  const config = configSchema.parse({ zone: 'a' });
  assert.equal(shownConfig({ config, written: new Map([['zone', `\${ZONE}`]]) }).zone, `\${ZONE}`);
});
