import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { schemaFolder } from '../protobuf/testing/schemas.ts';
import { planMounts } from './mount-plan.ts';
import { protobufOf } from './protobuf-routes.ts';

test('only a route that asks for it has protobuf bodies', async (t) => {
  const proto = join(await schemaFolder(t), 'a.proto');
  await writeFile(proto, 'syntax = "proto3"; message B {}');
  const made = async (route: object) => {
    const config = configSchema.parse({
      upstreams: { a: { url: 'http://127.0.0.1:1' } },
      routes: [{ match: { path: '/x' }, ...route }],
    });
    const plan = planMounts(config, []).find(({ match }) => match.path === '/x');
    assert.ok(plan);
    return protobufOf(plan);
  };
  const to = { upstream: 'a' };
  assert.equal(await made({ to }), undefined);
  assert.equal(await made({ to: { fixed: {} } }), undefined);
  assert.ok(await made({ to, request: { protobuf: { proto, message: 'B' } } }));
  await assert.rejects(
    made({ to, response: { protobuf: { proto, message: 'C' } } }),
    /no message is called C/,
  );
});
