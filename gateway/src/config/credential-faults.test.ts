/** What is wrong with a secret is told without the secret: output of `check` ends in logs of pipelines. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { loadConfig } from './load.ts';

const CONFIG = `
auth:
  dpop: { nonce: { secret: canary-nonce } }
  basic: {}
  identityTokens: { keys: [canary-signing-key] }
consumers:
  - { id: acme, passwords: [{ scrypt: "scrypt$1$canary-hash" }] }
upstreams:
  header: { url: "http://a.test", credentials: { header: { name: x-key, value: "canary-header\\u0001" } } }
  bearer: { url: "http://a.test", credentials: { bearer: "canary bearer" } }
  basic: { url: "http://a.test", credentials: { basic: { user: "u:x", password: "canary-password\\u0001" } } }
  oauth:
    url: "http://a.test"
    credentials: { oauth: { client: { id: gw, secret: [canary-oauth] } } }
  exchange:
    url: "http://a.test"
    credentials: { exchange: { client: { id: gw, secret: { canary-exchange: 1 } } } }
`;

test('no fault shows a secret of credentials, proofs, passwords or signing keys', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-faults-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'frontdesk.yaml');
  writeFileSync(file, CONFIG);
  const loaded = loadConfig(file, {});
  assert.ok(!loaded.ok);
  const told = loaded.faults.map((fault) => formatFault(fault)).join('\n');
  for (const place of [
    'nonce',
    'identityTokens',
    'scrypt',
    'header.value',
    'bearer',
    'password',
    'oauth',
    'exchange',
  ])
    assert.ok(told.includes(place), `${place} in ${told}`);
  assert.doesNotMatch(told, /canary/);
});
