import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineBackends, defineBff, isBff } from './definition.ts';

const { part, screen } = defineBackends({});
const parts = { one: part(() => 1) };
const home = screen({ path: '/home', field: 'home', parts });

describe('defineBff', () => {
  it('makes what isBff knows', () => {
    const bff = defineBff({ name: 'mobile', schema: 'type Query { home: Int }', screens: [home] });
    assert.ok(isBff(bff));
    assert.ok(!isBff({ ...bff, kind: 'other' }));
    assert.ok(!isBff(null));
    assert.deepEqual(bff.backends, {});
  });

  it('refuses a bad name, no screens, and two of one address or field', () => {
    const make = (name: string, ...screens: Parameters<typeof defineBff>[0]['screens']) =>
      defineBff({ name, schema: '', screens });
    assert.throws(() => make('Mobile', home), /is no name of a BFF/);
    assert.throws(() => make('mobile'), /has no screens/);
    assert.throws(
      () => make('mobile', home, screen({ path: '/home', field: 'b', parts })),
      /path \/home is taken/,
    );
    assert.throws(
      () => make('mobile', home, screen({ path: '/b', field: 'home', parts })),
      /field home is taken/,
    );
    assert.throws(
      () => make('mobile', screen({ path: '/graphql', field: 'b', parts })),
      /path \/graphql is taken/,
    );
  });
});
