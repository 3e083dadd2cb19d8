import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aggregateConfig } from './config.ts';
import { planAggregate } from './plan.ts';

const plan = (parts: object) => planAggregate(aggregateConfig.parse({ parts }));

describe('plans', () => {
  it('say which part waits for which, and which cannot be done without', () => {
    const { parts, faults } = plan({
      c: { upstream: 'c', path: '/{b.id}', query: { a: '{a.id}' }, group: 'c', required: true },
      b: { upstream: 'b', path: '/', headers: { 'x-a': '{a.id?}' }, group: 'b' },
      a: { upstream: 'a', path: '/', group: 'a' },
      d: { upstream: 'd', path: '/{c}', group: 'd' },
    });
    assert.deepEqual(faults, []);
    assert.deepEqual(
      parts.map(({ name, uses, required, isUsed }) => [name, uses.join(), required, isUsed]),
      [
        ['c', 'b,a', true, true],
        ['b', 'a', true, true],
        ['a', '', true, true],
        ['d', 'c', false, false],
      ],
    );
  });

  it('say what an answer depends on', () => {
    const { readsBody, readsCaller, readsFields } = plan({
      a: { upstream: 'a', path: '/', method: 'POST', body: ['{body.x}'], group: 'a' },
      b: {
        upstream: 'b',
        path: '/',
        headers: { l: '{headers.Accept-Language?}', m: '{headers.accept-language}' },
        group: 'b',
      },
      c: { graph: { operation: '{ x }', variables: { me: '{identity.subject}' } }, group: 'c' },
    });
    assert.deepEqual([readsBody, readsCaller, readsFields], [true, true, ['accept-language']]);
    const none = plan({ a: { upstream: 'a', path: '/' } });
    assert.deepEqual([none.readsBody, none.readsCaller, none.readsFields], [false, false, []]);
  });

  it('tell settings apart', () => {
    const digest = (more: object) => plan({ a: { upstream: 'a', path: '/', ...more } }).parts[0]?.digest;
    assert.equal(digest({}), digest({}));
    assert.notEqual(digest({ deny: ['x'] }), digest({}));
  });

  it('may have faults, and are of no use then', () => {
    const good = aggregateConfig.parse({ parts: { a: { upstream: 'a', path: '/' } } });
    assert.ok(good.parts.a);
    const { parts, faults } = planAggregate({
      ...good,
      parts: { a: { ...good.parts.a, path: '/{nobody}' } },
    });
    assert.equal(parts.length, 0);
    assert.deepEqual(
      faults.map(({ path }) => path),
      [['a', 'path']],
    );
  });
});
