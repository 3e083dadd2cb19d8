import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { type MergedPart, merge } from './merge.ts';

function part(name: string, value: unknown, group?: string, failure?: FrontdeskError): MergedPart {
  return { name, value, group, failure };
}

describe('merging', () => {
  it('keeps the order of the parts, groups and members', () => {
    const parts = [
      part('a', { x: 1, y: 2 }),
      part('b', [1], 'list'),
      part('c', null),
      part('d', undefined, 'none'),
    ];
    assert.equal(
      JSON.stringify(merge(parts, undefined, assert.fail)),
      '{"x":1,"y":2,"list":[1],"none":null}',
    );
  });

  it('lets the earlier stand and tells of the later', () => {
    const told: string[] = [];
    const parts = [part('a', { x: { deep: 1 } }), part('b', { x: { other: 2 }, e: 3 })];
    const whole = merge(parts, 'e', (name, member) => told.push(`${name} ${member}`));
    assert.deepEqual(whole, { x: { deep: 1 } });
    assert.deepEqual(told, ['b x', 'b e']);
  });

  it('takes any name for a name', () => {
    const whole = merge([part('a', JSON.parse('{"__proto__":{"x":1}}'))], undefined, assert.fail);
    assert.equal(JSON.stringify(whole), '{"__proto__":{"x":1}}');
    assert.equal(Object.getPrototypeOf(whole), Object.prototype);
  });

  it('lists failures by their codes', () => {
    const failure = new FrontdeskError('circuit_open', { detail: 'secret' });
    const whole = merge([part('a', null, 'a', failure), part('b', 1, 'b')], 'errors', assert.fail);
    assert.deepEqual(whole, { a: null, b: 1, errors: [{ part: 'a', code: 'circuit_open' }] });
  });
});
