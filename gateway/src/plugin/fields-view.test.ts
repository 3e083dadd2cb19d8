import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { NO_NAMES, requestRules } from './field-rules.ts';
import { FieldsView } from './fields-view.ts';

test('credentials are hidden, what is no field is refused, and nothing changes what was given', () => {
  const given = HeaderFields.of({ authorization: 'Bearer a', 'x-a': '1' });
  const view = new FieldsView(given, requestRules(NO_NAMES, false));
  assert.equal(view.get('Authorization'), undefined);
  assert.deepEqual([...view], [['x-a', '1']]);
  view.append('X-A', '2');
  assert.deepEqual(view.getAll('x-a'), ['1', '2']);
  assert.deepEqual(given.getAll('x-a'), ['1']);
  assert.equal(view.changed?.get('authorization'), 'Bearer a');
  for (const [name, value] of [
    ['x b', '1'],
    ['', '1'],
    ['x-b', 'a\r\nx-c: 1'],
    ['x-b', '\0'],
  ] as const)
    assert.throws(() => view.set(name, value), TypeError);
  assert.throws(() => view.delete('authorization'), /gateway's own/);
  view.close('it is over');
  assert.throws(() => view.set('x-b', '1'), /it is over/);
});
