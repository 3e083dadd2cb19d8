import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Cursors, soughtText } from './paging.ts';

it('reads a cursor of the same list alone', () => {
  const list = new Cursors({ text: 'a' });
  assert.equal(new Cursors({ text: 'a' }).read(list.write('bzE')), 'bzE');
  assert.deepEqual([list.read(null), list.write(null)], [null, null]);
  for (const foreign of [new Cursors({ text: 'b' }).write('bzE'), 'bzE', '', list.write('')]) {
    assert.throws(() => list.read(foreign), { code: 'invalid_request', status: 400 });
  }
});

it('reads what means the same as the same', () => {
  assert.equal(soughtText.parse('  Apple '), 'apple');
  assert.equal(soughtText.parse(undefined), null);
});
