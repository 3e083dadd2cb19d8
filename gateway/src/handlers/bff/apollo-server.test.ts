import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { noLogger } from '../../core/log.ts';
import { startApolloServer } from './apollo-server.ts';
import { bffGraphqlConfig } from './graphql-config.ts';
import { bff, disposeAll, mounted, read } from './mount.fixture.ts';
import type { RequestRuns } from './request-runs.ts';
import { BffError, bindSchema } from './schema.ts';

const start = async (plugins: readonly ApolloServerPlugin<RequestRuns>[]) =>
  startApolloServer({
    bff: 'test',
    schema: await bindSchema(bff),
    config: bffGraphqlConfig.parse(undefined),
    introspection: false,
    logger: noLogger,
    plugins,
    isWord: () => false,
  });

after(disposeAll);

it('is bounded by the configuration, and says so in words of its own', async () => {
  const { ask } = await mounted([], { graphql: bffGraphqlConfig.parse({ limits: { tokens: 5 } }) });
  const { status, json } = await read(await ask('{ home { tips orders } }'));
  assert.equal(status, 400);
  assert.match(json.errors[0].message, /5 tokens/);
});

it('does not start where a plugin refuses to, and names the BFF', async () => {
  const refusing = { serverWillStart: () => Promise.reject(new GraphQLError('not today')) };
  await assert.rejects(start([refusing]), (error: unknown) => {
    assert.ok(error instanceof BffError);
    assert.match(error.message, /test[\s\S]*does not start[\s\S]*not today/);
    return true;
  });
});
