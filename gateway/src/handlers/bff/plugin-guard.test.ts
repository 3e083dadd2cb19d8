import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { defineBackends, defineBff } from '../../bff/definition.ts';
import type { GraphqlContext } from '../../bff/graphql-plugin.ts';
import { WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { bffGraphqlConfig } from './graphql-config.ts';
import { exchangeOf, read } from './mount.fixture.ts';
import { mountBff } from './mount.ts';

const { part, screen } = defineBackends({});
const home = screen({ path: '/home', field: 'home', parts: { a: part(() => 1) } });
const disposals: (() => Promise<void>)[] = [];
after(async () => {
  for (const dispose of disposals) await dispose();
});

type Plugin = ApolloServerPlugin<GraphqlContext>;

async function face(plugins: readonly Plugin[]) {
  const logged: string[] = [];
  const error = (fields: object) => {
    logged.push(['plugin', 'hook', 'detail'].map((name) => String(Reflect.get(fields, name))).join(': '));
  };
  const schema = 'type Query { home: Home } type Home { a: Int }';
  const { routes, dispose } = await mountBff(defineBff({ name: 'test', schema, screens: [home], plugins }), {
    mount: '/m',
    clock: systemClock,
    callUpstream: async () => assert.fail(),
    logger: { ...noLogger, error },
    graphql: bffGraphqlConfig.parse({ pluginTimeout: '20ms' }),
  });
  disposals.push(dispose);
  const handler = routes.find(({ path }) => path === '/m/graphql')?.handler ?? assert.fail();
  const ask = async () => {
    const body = new WholeBody('{"query":"{ home { a } }"}');
    const headers = HeaderFields.of({ 'content-type': 'application/json' });
    return read(await handler(exchangeOf({ method: 'POST', headers, body }, [])));
  };
  return { ask, logged };
}

describe('plugins of a BFF', () => {
  it('are called through the whole of a request, and see who asks', async () => {
    const seen: string[] = [];
    const { ask } = await face([
      {
        async serverWillStart() {
          seen.push('start');
        },
        async requestDidStart({ contextValue }) {
          seen.push(`request of ${contextValue.exchange.identity?.subject}`);
          return {
            async parsingDidStart() {
              seen.push('parse');
              return async () => void seen.push('parsed');
            },
            async executionDidStart() {
              return {
                willResolveField({ info }) {
                  return () => seen.push(`resolved ${info.fieldName}`);
                },
                async executionDidEnd() {
                  seen.push('executed');
                },
              };
            },
            async willSendResponse({ response }) {
              response.http.headers.set('x-plugin', 'here');
            },
          };
        },
      },
    ]);
    const { json, headers } = await ask();
    assert.deepEqual(json.data, { home: { a: 1 } });
    assert.equal(headers.get('x-plugin'), 'here');
    assert.deepEqual(seen, [
      'start',
      'request of u1',
      'parse',
      'parsed',
      'resolved home',
      'resolved a',
      'executed',
    ]);
  });

  it('may refuse a request in words of their own', async () => {
    const { ask, logged } = await face([
      {
        async requestDidStart() {
          return {
            async didResolveOperation() {
              throw new GraphQLError('Too complex', { extensions: { code: 'TOO_COMPLEX' } });
            },
          };
        },
      },
    ]);
    const { json } = await ask();
    assert.deepEqual(json.errors, [{ message: 'Too complex', extensions: { code: 'TOO_COMPLEX' } }]);
    assert.deepEqual(logged, []);
  });

  it('are named when they fail: the answer goes out where they only look on, and not where they may refuse', async () => {
    class Observer implements Plugin {
      async requestDidStart() {
        return {
          async willSendResponse() {
            throw new TypeError('of undefined');
          },
        };
      }
    }
    const looksOn = await face([new Observer()]);
    assert.deepEqual((await looksOn.ask()).json, { data: { home: { a: 1 } } });
    assert.deepEqual(looksOn.logged, ['Observer: willSendResponse: TypeError: of undefined']);
    const guards = await face([
      {},
      {
        async requestDidStart() {
          throw new TypeError('secret-host');
        },
      },
    ]);
    const { json, text } = await guards.ask();
    assert.equal(json.errors[0].extensions.code, 'INTERNAL');
    assert.doesNotMatch(text, /secret-host/);
    assert.match(guards.logged[0] ?? '', /^plugins\[1\]: requestDidStart: TypeError: secret-host/);
  });

  it('are not waited for longer than they may take', async () => {
    const stuck = new Promise<never>(() => {});
    const { ask, logged } = await face([
      { requestDidStart: async () => ({ willSendResponse: () => stuck }) },
    ]);
    assert.deepEqual((await ask()).json, { data: { home: { a: 1 } } });
    assert.deepEqual(logged, ['plugins[0]: willSendResponse: took longer than 20 ms']);
  });

  it('that cannot start are a fault of the BFF', async () => {
    const broken = face([
      {
        async serverWillStart() {
          throw new Error('no licence');
        },
      },
    ]);
    await assert.rejects(broken, /plugins\[0\]/);
  });
});
