import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { typesConfig } from './config.ts';

describe('frontdesk.types.yaml', () => {
  it('says little where little is special', () => {
    const { upstreams, ...more } = typesConfig.parse({ upstreams: { users: 'users.yaml' } });
    assert.deepEqual(upstreams, { users: { schema: 'users.yaml', batch: {}, strip: [] } });
    assert.deepEqual(more, {
      operations: 'src',
      schema: 'src/schema.graphql',
      scalars: {},
      output: 'src/generated',
    });
  });

  it('refuses what it does not know', () => {
    assert.equal(typesConfig.safeParse({ upstream: {} }).success, false);
    assert.equal(
      typesConfig.safeParse({ upstreams: { users: { schema: 'a', path: ['/a'] } } }).success,
      false,
    );
    assert.equal(typesConfig.safeParse({ scopes: ['a b'] }).success, false);
  });
});
