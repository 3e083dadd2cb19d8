// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text under test is this very syntax
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyOf, NOBODY_ASKED } from '../auth/route-auth.ts';
import { formatFault } from './fault.ts';
import { parseConfig, readFromDisk } from './load.ts';

function load(files: Record<string, string>, environment: Record<string, string> = {}) {
  return parseConfig(
    {
      file: 'main.yaml',
      read: (path) => {
        const text = files[path];
        return text === undefined ? { ok: false, reason: 'there is no such file' } : { ok: true, text };
      },
    },
    environment,
  );
}

const GOOD = `
listen: { host: 127.0.0.1, port: 4000 }
admin: { host: 127.0.0.1, port: 4001, token: "\${TOKEN}" }
state: memory
auth:
  jwt: { issuer: "http://127.0.0.1:4100", audience: frontdesk, jwksUri: "http://127.0.0.1:4100/jwks" }
  apiKey: { header: x-api-key }
plans:
  free: { limit: { capacity: 100, refill: 100/min } }
  internal: { limit: unlimited }
consumers:
  - { id: acme, plan: free, apiKeys: [{ id: k1, sha256: "${'0a'.repeat(32)}" }], clients: [acme-backend] }
upstreams:
  users: { url: "http://127.0.0.1:4101" }
routes:
  - match: { path: "/api/users/*", methods: [GET] }
    to: { upstream: users, rewrite: "/users/*" }
    auth: [apiKey]
    scopes: ["users:read"]
    response: { strip: [internal_score] }
  - { match: { path: /hello }, to: { fixed: { body: hi } }, auth: none, limit: unlimited, deadline: 2s }
`;

test('a whole configuration becomes one frozen value with every default in it', () => {
  const loaded = load({ 'main.yaml': GOOD }, { TOKEN: 'a-token-of-sixteen' });
  assert.ok(loaded.ok, JSON.stringify(loaded, null, 1));
  const { config } = loaded;
  assert.equal(config.admin?.token, 'a-token-of-sixteen');
  assert.equal(config.workers, 1);
  assert.equal(config.listen.limits.headerCount, 100);
  assert.deepEqual(config.routes[0]?.auth, anyOf(['apiKey']));
  assert.deepEqual(config.routes[1]?.auth, NOBODY_ASKED);
  assert.equal(config.routes[1]?.deadline, 2_000);
  assert.equal(config.routes[0]?.request.maxBody, 1024 * 1024);
  assert.equal(config.graph, undefined);
  assert.deepEqual(loaded.warnings, []);
  assert.throws(() => Object.assign(config.listen, { port: 1 }), TypeError);
  assert.throws(() => Object.assign(config.routes, { 0: undefined }), TypeError);
});

test('five faults of five kinds in two files come together, each in its place', () => {
  const loaded = load({
    'main.yaml':
      'include: more.yaml\nlisten: { prot: 4000 }\nworkers: many\nadmin: { token: "${MISSING}" }\n',
    'more.yaml':
      'plans:\n  free: { limit: { capacity: 5, refill: 5 } }\nroutes:\n  - { match: { path: /a }, to: { upstream: none-such } }\n',
  });
  assert.ok(!loaded.ok);
  assert.deepEqual(
    loaded.faults.map((fault) => formatFault(fault).split(': ').slice(0, 2).join(' ')),
    [
      'main.yaml:2:11 listen.prot',
      'main.yaml:3:10 workers',
      'main.yaml:4:17 admin.token',
      'more.yaml:2:41 plans.free.limit.refill',
      'more.yaml:4:44 routes[0].to.upstream',
    ],
  );
  assert.deepEqual(loaded.files, ['main.yaml', 'more.yaml']);
});

test('a file that is not there is one fault, and says so', () => {
  const loaded = load({});
  assert.ok(!loaded.ok);
  assert.deepEqual(loaded.faults.map(formatFault), [
    'main.yaml:1:1: the file "main.yaml" cannot be read: there is no such file',
  ]);
});

test('a secret never shows in a fault', () => {
  const loaded = load(
    {
      'main.yaml':
        'state: { redis: "${REDIS}" }\nadmin: { token: "${T}" }\nupstreams: { u: { url: "${URL}" } }\n',
    },
    { REDIS: 'http://CANARY-1', T: 'CANARY-2', URL: 'ftp://CANARY-3' },
  );
  assert.ok(!loaded.ok);
  assert.equal(loaded.faults.length, 3);
  assert.ok(!loaded.faults.map(formatFault).join('\n').includes('CANARY'));
});

test('the disk: a folder, a missing file', () => {
  assert.deepEqual(readFromDisk(import.meta.dirname), { ok: false, reason: 'it is a folder' });
  assert.deepEqual(readFromDisk(`${import.meta.dirname}/none`), {
    ok: false,
    reason: 'there is no such file',
  });
  assert.equal(readFromDisk(import.meta.filename).ok, true);
});
