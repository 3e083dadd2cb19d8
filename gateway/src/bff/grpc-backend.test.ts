import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fakeBackends, testScreen } from '../bff-testing/index.ts';
import { defineBackends } from './definition.ts';
import { grpc, isGrpcBackend } from './grpc-backend.ts';

interface Dispatch {
  readonly find: {
    readonly request: { readonly near?: number };
    readonly response: { readonly id: string };
    readonly streams: false;
  };
  readonly track: { readonly request: object; readonly response: number; readonly streams: true };
}

it('is told from a REST backend, and stands under grpc alone', async () => {
  const kit = defineBackends({
    dispatch: grpc<Dispatch>({ service: 'a.B', proto: 'file:///b.proto' }),
    users: {},
  });
  assert.ok(isGrpcBackend(kit.backends.dispatch));
  assert.ok(!isGrpcBackend(kit.backends.users));
  const driver = kit.part(async ({ grpc: { dispatch } }) => (await dispatch.find({ near: 1 })).id);
  const way = kit.part(async ({ grpc: { dispatch } }) => {
    let sum = 0;
    for await (const place of dispatch.track({})) sum += place;
    return sum;
  });
  const screen = kit.screen({ path: '/s', field: 's', parts: { driver, way } });
  const fakes = fakeBackends(kit, {
    dispatch: { find: ({ near }) => ({ id: `d${near}` }), track: () => [1, 2, 3] },
  });
  const { values, sent } = await testScreen(screen, { fakes });
  assert.deepEqual(values, { driver: 'd1', way: 6 });
  assert.deepEqual(sent.map(({ to }) => to).sort(), ['dispatch find', 'dispatch track']);
});
