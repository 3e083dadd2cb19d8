import assert from 'node:assert/strict';
import { it } from 'node:test';
import { own } from './own.ts';

it("gives what is the caller's, and tells of nothing else", () => {
  const ownerOf = ({ owner }: { owner?: string }) => owner;
  const mine = { owner: '7' };
  assert.equal(own(mine, ownerOf, { subject: '7' }), mine);
  for (const other of [{ owner: '8' }, {}, null, undefined]) {
    assert.throws(() => own(other, ownerOf, { subject: '7' }), { code: 'not_found', status: 404 });
  }
});
