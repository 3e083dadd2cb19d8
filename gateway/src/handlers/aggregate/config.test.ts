import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aggregateConfig } from './config.ts';

const user = { upstream: 'users', path: '/users/{params.id}', group: 'user' };

/** `path: message` of each fault. */
function faults(written: object): string[] {
  const parsed = aggregateConfig.safeParse(written);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const ofPart = (part: object, more: object = {}) =>
  faults({ parts: { user: { ...user, ...part }, ...more } });

describe('to.aggregate', () => {
  it('takes the words of KrakenD for each part', () => {
    assert.deepEqual(
      ofPart({ target: 'data', allow: ['id', 'x'], deny: ['y'], mapping: { id: 'number' } }),
      [],
    );
    assert.deepEqual(ofPart({ flatmap: [{ type: 'append', args: ['a', 'b'] }] }), []);
    assert.deepEqual(ofPart({ wrap: 'x' }).length, 1);
    assert.match(ofPart({ allow: ['a'], deny: ['a'] }).join(), /both allowed and denied/);
  });

  it('wants a part with a source', () => {
    assert.match(faults({ parts: {} }).join(), /^parts: expected at least one part/);
    assert.match(faults({ parts: { a: {} } }).join(), /parts.a.upstream: .*parts.a.path: /);
    assert.match(
      ofPart({ graph: { operation: '{ a }' } }).join(),
      /expected either graph or upstream and path/,
    );
    const many = Object.fromEntries(
      Array.from({ length: 33 }, (_, i) => [`p${i}`, { ...user, group: `g${i}` }]),
    );
    assert.match(faults({ parts: many }).join(), /at most 32/);
  });

  it('refuses what would have no meaning', () => {
    assert.match(
      ofPart({ required: true, fallback: { constant: 1 } }).join(),
      /a required part has no fallback/,
    );
    assert.match(ofPart({ fallback: {} }).join(), /expected constant, lastGood or both/);
    assert.match(ofPart({ fallback: { constant: 1, shared: true } }).join(), /needs lastGood/);
    assert.match(ofPart({ body: {} }).join(), /a GET has no body/);
    const bare = { upstream: 'a', path: '/', fallback: { constant: [] } };
    assert.match(faults({ parts: { bare } }).join(), /^parts.bare.fallback.constant: expected an object/);
    assert.match(ofPart({ on404: 'notFound' }).join(), /expected required: true/);
    for (const header of ['X-User-Id', 'authorization', 'content-length', 'connection']) {
      assert.match(ofPart({ headers: { [header]: 'x' } }).join(), /^parts.user.headers/, header);
    }
  });

  it('tells of unknown names and circles where they are', () => {
    assert.match(ofPart({ path: '/x/{usr.id}' }).join(), /^parts.user.path: nothing is called {usr.id}/);
    assert.match(ofPart({ query: { a: '{user.id}' } }).join(), /^parts.user: waits for itself: user → user/);
    const tips = { upstream: 'tips', path: '/', body: { a: ['{user.id}'] }, method: 'POST', group: 'tips' };
    assert.match(
      ofPart({ path: '/x/{tips.id}' }, { tips }).join(),
      /^parts.user: waits for itself: user → tips → user/,
    );
    assert.match(faults({ parts: { query: user } }).join(), /^parts.query: "query" means something else/);
    assert.match(faults({ parts: { '1': user } }).join(), /^parts/);
  });

  it('tells of members that are given twice', () => {
    const twice = (part: object) => ofPart({}, { other: { upstream: 'o', path: '/', ...part } }).join();
    assert.match(twice({ group: 'user' }), /^parts.other.group: "user" is given by part user already/);
    assert.match(twice({ allow: ['id', 'user.name'] }), /^parts.other: "user" is given by part user already/);
    assert.match(twice({ allow: ['id'], mapping: { id: 'user' } }), /"user" is given/);
    assert.match(twice({ constant: { 'user.x': 1 } }), /"user" is given/);
    assert.equal(twice({ allow: ['user'], mapping: { user: 'who' } }), '');
    assert.equal(twice({}), '');
    assert.match(faults({ parts: { user }, errors: 'user' }).join(), /holds the errors/);
  });

  it('tells of a fallback that nobody would ever get', () => {
    const orders = { upstream: 'o', path: '/{user.id}', group: 'o', required: true };
    assert.match(
      ofPart({ fallback: { constant: 1 } }, { orders }).join(),
      /^parts.user.fallback: would never be used/,
    );
  });
});
