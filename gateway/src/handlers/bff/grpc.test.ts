/** Parts that call a real gRPC server by the door `grpc`. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { GrpcStatusError } from '../../bff/backend-failure.ts';
import { defineBackends } from '../../bff/definition.ts';
import { grpc } from '../../bff/grpc-backend.ts';
import { ScreenRun } from '../../bff/screen/engine.ts';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { shop } from '../grpc/grpc.fixture.ts';
import { BffClients } from './clients.ts';
import { loadGrpcClients } from './grpc.ts';

interface Item {
  readonly name: string;
  readonly price: string;
  readonly kind: string;
}
interface Shop {
  readonly get: {
    readonly request: { readonly name?: string };
    readonly response: Item;
    readonly streams: false;
  };
  readonly watch: {
    readonly request: { readonly name?: string };
    readonly response: Item;
    readonly streams: true;
  };
}
type Answer = (error: object | null, value?: object) => void;

async function kitOf(t: TestContext, methods: UntypedServiceImplementation) {
  const { proto, callUpstream } = await shop(t, methods);
  const kit = defineBackends({ shop: grpc<Shop>({ service: 'shop.v1.Shop', proto }) });
  const clients = await loadGrpcClients(kit.backends, callUpstream);
  const rest = new BffClients(kit.backends, {
    callUpstream,
    graph: undefined,
    grpc: (scope) => clients.open(scope),
  });
  const run = (parts: Parameters<typeof kit.screen>[0]['parts']) =>
    new ScreenRun(kit.screen({ path: '/s', field: 's', parts }), {
      context: contextOn(systemClock),
      clock: systemClock,
      openClients: rest.forRequest(),
    });
  return { kit, run, callUpstream };
}

describe('the door grpc', () => {
  it('calls by name, and gives the message with its defaults', async (t) => {
    const { kit, run } = await kitOf(t, {
      Get: (call: ServerUnaryCall<Item, object>, answer: Answer) =>
        answer(null, { name: call.request.name + String(call.metadata.get('x-why')[0]), price: '5' }),
    });
    const item = kit.part(({ grpc: { shop } }) => shop.get({ name: 'a' }, { metadata: { 'X-Why': '!' } }));
    const { values } = await run({ item }).all();
    assert.deepEqual(values, { item: { name: 'a!', shelf: '', price: '5', kind: 'KIND_UNSPECIFIED' } });
  });

  it('gives another status as an error that a part may catch', async (t) => {
    const { kit, run } = await kitOf(t, {
      Get: (_call: unknown, answer: Answer) => answer({ code: status.NOT_FOUND, details: 'nobody' }),
    });
    const item = kit.part(async ({ grpc: { shop } }) => {
      try {
        return (await shop.get({})).name;
      } catch (error) {
        if (error instanceof GrpcStatusError) return `${error.grpcCode} ${error.grpcStatus}`;
        throw error;
      }
    });
    assert.deepEqual((await run({ item }).all()).values, { item: '5 NOT_FOUND' });
  });

  it('reads streams, as far as somebody reads; a stream that fails throws', async (t) => {
    const cancelled = Promise.withResolvers<void>();
    const { kit, run } = await kitOf(t, {
      Watch: (call: ServerWritableStream<Item, object>) => {
        if (call.request.name === 'bad') {
          call.emit('error', { code: status.ABORTED, details: 'x' });
          return;
        }
        call.on('cancelled', () => cancelled.resolve());
        for (let i = 1; i <= 3; i += 1) call.write({ name: `${i}` });
      },
    });
    const names = kit.part(async ({ grpc: { shop } }) => {
      const seen: string[] = [];
      for await (const { name } of shop.watch({})) {
        seen.push(name);
        if (seen.length === 2) break;
      }
      return seen;
    });
    const bad = kit.part(async ({ grpc: { shop } }) => {
      for await (const _item of shop.watch({ name: 'bad' })) return 'something came';
      return 'nothing came';
    });
    const { values, incomplete } = await run({ names, bad }).all();
    assert.deepEqual([values, incomplete], [{ names: ['1', '2'], bad: null }, ['bad']]);
    await cancelled.promise;
  });

  it('keeps to the timeout of the call and of the part, and the server hears of it', async (t) => {
    const cancelled = Promise.withResolvers<void>();
    const { kit, run } = await kitOf(t, {
      Get: (call: ServerUnaryCall<Item, object>) => call.on('cancelled', () => cancelled.resolve()),
    });
    const item = kit.part(({ grpc: { shop } }) => shop.get({}, { timeout: '500ms' }));
    const part = await run({ item }).part('item');
    assert.ok(part.failure instanceof FrontdeskError);
    assert.equal(part.failure.status, 504);
    await cancelled.promise;
  });

  it('a request that does not fit its type is a fault of ours', async (t) => {
    const { kit, run } = await kitOf(t, {});
    const wrong: object = { nobody: 1 };
    const item = kit.part(({ grpc: { shop } }) => shop.get(wrong));
    const { failure } = await run({ item }).part('item');
    assert.deepEqual(
      [failure?.code, failure?.detail],
      ['internal', 'shop: /shop.v1.Shop/Get: nobody is not a member of this message'],
    );
  });

  it('a service that the schema does not have is found at the start', async (t) => {
    const { proto, callUpstream } = await shop(t, {});
    const backends = { shop: grpc<Shop>({ service: 'shop.v1.Nobody', proto }) };
    await assert.rejects(
      loadGrpcClients(backends, callUpstream),
      /backend shop: .*has no service shop\.v1\.Nobody/,
    );
  });
});
