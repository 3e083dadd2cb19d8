import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { NOBODY_ASKED } from '../auth/route-auth.ts';
import { openPolicies } from '../chains/policies.ts';
import { configSchema } from '../config/schema.ts';
import { IdentityWatch } from '../handlers/identity-watch.ts';
import { StreamBounds } from '../handlers/proxy/stream-bounds.ts';
import { StreamKeeper } from '../handlers/proxy/stream-keeper.ts';
import { openResidents, type Residents } from '../residents/residents.ts';
import { gatherMounts } from './mounts.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-mounts-'));
after(() => rmSync(folder, { recursive: true }));
const door = pathToFileURL(join(import.meta.dirname, '../bff/index.ts')).href;
writeFileSync(
  join(folder, 'greeter.mjs'),
  `import { defineBackends, defineBff } from ${JSON.stringify(door)};
   const { part, screen } = defineBackends({});
   export default defineBff({
     name: 'greeter',
     schema: 'type Query { greeting: Greeting } type Greeting { text: String }',
     screens: [screen({ path: '/greeting', field: 'greeting', scopes: ['greet'], deadline: '500ms',
       parts: { text: part(() => 'hello') } })],
   });`,
);

function boundsOf({ clock, metrics, streams, streamCounts }: Residents) {
  return {
    clock,
    meter: metrics,
    watch: new IdentityWatch(clock, () => true),
    counts: streamCounts,
    generation: streams,
    process: streams,
  };
}

async function mounts(more: Record<string, unknown>) {
  const config = configSchema.parse({
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    ...more,
  });
  const residents = await openResidents(config);
  try {
    return await gatherMounts({
      config,
      folder,
      callUpstream: () => assert.fail('nothing is called'),
      upstreams: new Set(Object.keys(config.upstreams)),
      graph: undefined,
      keeper: undefined,
      keeperOf: (own) => new StreamKeeper({ ...boundsOf(residents), config: own }),
      bounds: new StreamBounds(boundsOf(residents)),
      readiness: () => [],
      residents,
      policies: openPolicies(config, residents, () => assert.fail('nothing is called')),
    });
  } finally {
    await residents.close();
  }
}

test('health is open to all and limited to none', async () => {
  const { list } = await mounts({});
  assert.deepEqual(
    list.map(({ match, answer, auth, limit }) => [match.path, answer.kind, auth, limit]),
    [
      ['/healthz', 'health', NOBODY_ASKED, 'unlimited'],
      ['/readyz', 'health', NOBODY_ASKED, 'unlimited'],
    ],
  );
});

test("a BFF's screens ask for the scopes of the screen and of its mount, within the shorter deadline", async () => {
  const { list, bffs } = await mounts({
    bffs: [{ package: './greeter.mjs', mount: '/hi', scopes: ['app'], deadline: '200ms' }],
  });
  const screen = list.find(({ match }) => match.path === '/hi/greeting');
  assert.deepEqual(screen?.grants.scopes, [{ require: 'all', names: ['app', 'greet'] }]);
  assert.equal(screen?.deadlineMs, 200);
  assert.ok(list.some(({ match }) => match.path === '/hi/graphql'));
  for (const bff of bffs) await bff.dispose();
});

test('a BFF that cannot be loaded is an error that names it', async () => {
  await assert.rejects(mounts({ bffs: [{ package: './missing.mjs', mount: '/x' }] }), /missing\.mjs/);
});

test('a configured route keeps its guards, and says where it is written', async () => {
  const { list } = await mounts({
    upstreams: { a: { url: 'http://127.0.0.1:1' } },
    routes: [
      {
        match: { path: '/a' },
        to: { upstream: 'a' },
        scopes: ['s'],
        deadline: '1s',
        request: { maxBody: '2KiB' },
      },
      { match: { path: '/gone' }, to: { fixed: { status: 410 } }, auth: 'none' },
    ],
  });
  const [route, fixed] = list.slice(-2);
  assert.deepEqual(
    [
      route?.answer.kind,
      route?.grants.scopes[0]?.names,
      route?.deadlineMs,
      route?.maxBodyBytes,
      route?.source,
    ],
    ['proxy', ['s'], 1_000, 2_048, 'routes[0]'],
  );
  assert.deepEqual([fixed?.answer.kind, fixed?.auth, fixed?.source], ['fixed', NOBODY_ASKED, 'routes[1]']);
});
