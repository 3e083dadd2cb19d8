import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authenticator } from '../auth/authenticator.ts';
import { configSchema } from '../config/schema.ts';
import { emptyBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noMeter } from '../core/meter.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { planMounts } from '../mounts/mount-plan.ts';
import { openResidents } from '../residents/residents.ts';
import { openPolicies, policyGuard } from './policies.ts';

test('a route is guarded by the policies that it names and by its own; one that names none is not', async (t) => {
  const config = configSchema.parse({
    auth: { apiKey: { header: 'x-my-key' } },
    policies: { open: { allow: '!request.headers.exists(name, name == "x-my-key")' } },
    routes: [
      {
        match: { path: '/a' },
        to: { fixed: {} },
        auth: 'none',
        policies: ['open'],
        allow: 'request.path == "/a"',
      },
      { match: { path: '/b' }, to: { fixed: {} }, auth: 'none' },
    ],
  });
  const residents = await openResidents(config);
  t.after(() => residents.close());
  const policies = openPolicies(config, residents, () => Promise.reject(new Error('nobody is called')));
  const authenticator = new Authenticator({ schemes: [], meter: noMeter });
  const mounts = planMounts(config, []).filter(({ answer }) => answer.kind === 'fixed');
  const [guard, none] = mounts.map((mount) => policyGuard(mount, policies, authenticator));
  assert.ok(guard);
  assert.equal(none, undefined);
  const reply = makeReply(200, new HeaderFields(), emptyBody);
  const ask = (target: string) =>
    guard(makeExchange({ target, headers: { 'x-my-key': 'secret' } }).exchange, async () => reply);
  assert.equal(await ask('/a'), reply);
  await assert.rejects(ask('/b'), { code: 'forbidden', members: { policy: 'inline' } });
});
