import assert from 'node:assert/strict';
import { it } from 'node:test';
import { grpc } from '../bff/grpc-backend.ts';
import { defineBackends, GrpcStatusError } from '../bff/index.ts';
import { fakeBackends, grpcStatus, testScreen } from './index.ts';

interface Dispatch {
  readonly findDriver: {
    readonly request: { readonly near: string };
    readonly response: { readonly id: string };
    readonly streams: false;
  };
  readonly track: {
    readonly request: { readonly id: string };
    readonly response: { readonly percent: number };
    readonly streams: true;
  };
}
const kit = defineBackends({
  dispatch: grpc<Dispatch>({ service: 'x.Dispatch', proto: 'file:///none.proto' }),
});
const { part, screen } = kit;
const find = part(({ grpc: { dispatch } }) => dispatch.findDriver({ near: 'home' }, { idempotent: true }));
const nobody = part(async ({ grpc: { dispatch } }) => {
  try {
    return await dispatch.findDriver({ near: 'sea' });
  } catch (error) {
    if (error instanceof GrpcStatusError && error.grpcStatus === 'NOT_FOUND') return error.detail;
    throw error;
  }
});
const percents = part(async ({ grpc: { dispatch } }) => {
  const found: number[] = [];
  for await (const { percent } of dispatch.track({ id: 't1' })) found.push(percent);
  return found;
});
const home = screen({ path: '/h', field: 'h', parts: { find, twin: find, nobody, percents } });

it('answers calls and streams; one that may be made twice is made once', async () => {
  const fakes = fakeBackends(kit, {
    dispatch: {
      findDriver: ({ near }) => {
        if (near === 'sea') throw grpcStatus('NOT_FOUND', 'fish only');
        return { id: 'd1' };
      },
      track: () => [{ percent: 1 }, { percent: 2 }],
    },
  });
  const { values, sent } = await testScreen(home, { fakes });
  assert.deepEqual([values.find, values.twin, values.percents], [{ id: 'd1' }, { id: 'd1' }, [1, 2]]);
  assert.equal(values.nobody, 'dispatch: findDriver ended with NOT_FOUND: fish only');
  assert.equal(sent.filter(({ to }) => to === 'dispatch findDriver').length, 2);
  const down = await testScreen(home, {
    fakes,
    faults: { nobody: 'status 503', percents: 'status UNAVAILABLE' },
  });
  assert.deepEqual(down.incomplete, ['nobody', 'percents']);
});
