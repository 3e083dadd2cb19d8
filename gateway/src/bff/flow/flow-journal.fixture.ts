/** The one contract of every journal, as tests. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { FlowJournal } from './flow-journal.ts';

export const LONG_MS = 60_000;
/** Over when it is looked at next. */
const OVER_MS = 0;

export function contract(journalOf: () => FlowJournal): void {
  let ids = 0;
  const newId = () => `${'abcdefgh'.charAt(ids % 8)}-${ids++}-${Math.random()}`;

  it('opens a run once', async () => {
    const journal = journalOf();
    const id = newId();
    assert.equal(await journal.open(id, 'a', 'one', LONG_MS), undefined);
    assert.deepEqual(await journal.open(id, 'b', 'two', LONG_MS), { state: 'open', document: 'one' });
    assert.deepEqual(await journal.read(id), { state: 'open', document: 'one' });
    assert.equal(await journal.drop(id, 'a'), 'held');
    assert.equal(await journal.read(id), undefined);
  });

  it('lets the owner alone change it', async () => {
    const journal = journalOf();
    const id = newId();
    await journal.open(id, 'a', 'one', LONG_MS);
    assert.equal(await journal.write(id, 'b', 'no', LONG_MS), 'lost');
    assert.equal(await journal.renew(id, 'b', LONG_MS), 'lost');
    assert.equal(await journal.settle(id, 'b', 'no', LONG_MS), 'lost');
    assert.equal(await journal.park(id, 'b', 'no'), 'lost');
    assert.equal(await journal.release(id, 'b'), 'lost');
    assert.equal(await journal.drop(id, 'b'), 'lost');
    assert.equal(await journal.write(id, 'a', 'two', LONG_MS), 'held');
    assert.deepEqual(await journal.read(id), { state: 'open', document: 'two' });
    assert.equal(await journal.write(newId(), 'a', 'two', LONG_MS), 'missing');
    await journal.drop(id, 'a');
  });

  it('keeps what is settled, and settles again what was', async () => {
    const journal = journalOf();
    const id = newId();
    await journal.open(id, 'a', 'one', LONG_MS);
    assert.equal(await journal.settle(id, 'a', 'end', LONG_MS), 'held');
    assert.equal(await journal.settle(id, 'a', 'end', LONG_MS), 'held');
    assert.equal(await journal.write(id, 'a', 'late', LONG_MS), 'lost');
    assert.deepEqual(await journal.open(id, 'b', 'two', LONG_MS), { state: 'settled', document: 'end' });
    assert.deepEqual(await journal.take('c', LONG_MS, 10), []);
  });

  it('gives runs whose lease is over to one who asks, and fences the owner before', async () => {
    const journal = journalOf();
    const [id, other] = [newId(), newId()];
    await journal.open(id, 'a', 'one', OVER_MS);
    await journal.open(other, 'a', 'other', LONG_MS);
    const [first, second] = await Promise.all([
      journal.take('b', LONG_MS, 10),
      journal.take('c', LONG_MS, 10),
    ]);
    assert.deepEqual([...first, ...second], [{ id, document: 'one' }]);
    const owner = first.length > 0 ? 'b' : 'c';
    assert.equal(await journal.write(id, 'a', 'late', LONG_MS), 'lost');
    assert.equal(await journal.write(id, owner, 'two', LONG_MS), 'held');
    assert.equal(await journal.release(id, owner), 'held');
    assert.deepEqual(await journal.take('d', LONG_MS, 10), [{ id, document: 'two' }]);
    await journal.drop(id, 'd');
    await journal.drop(other, 'a');
  });

  it('opens no more for a caller than it may have, and what is known is told all the same', async () => {
    const journal = journalOf();
    const share = { caller: `c${Math.random()}`, max: 2, keepMs: LONG_MS };
    const [first, second, third, others] = [newId(), newId(), newId(), newId()];
    const open = (id: string, of = share) => journal.open(id, 'a', id, LONG_MS, of);
    assert.equal(await open(first), undefined);
    assert.equal(await open(second), undefined);
    await journal.settle(first, 'a', 'end', LONG_MS);
    assert.equal(await open(third), 'full');
    assert.equal(await journal.read(third), undefined);
    assert.deepEqual(await open(first), { state: 'settled', document: 'end' });
    assert.deepEqual(await open(second), { state: 'open', document: second });
    assert.equal(await open(others, { ...share, caller: `d${Math.random()}` }), undefined);
    assert.equal(await journal.drop(second, 'a', share.caller), 'held');
    assert.equal(await open(third), undefined);
    assert.equal(await open(second), 'full');
    for (const id of [third, others]) await journal.drop(id, 'a', share.caller);
  });

  it('counts for a caller what is not over yet', async () => {
    const journal = journalOf();
    const share = { caller: `c${Math.random()}`, max: 1, keepMs: OVER_MS };
    const [first, second] = [newId(), newId()];
    assert.equal(await journal.open(first, 'a', 'one', LONG_MS, share), undefined);
    await journal.settle(first, 'a', 'end', OVER_MS);
    assert.equal(await journal.open(second, 'a', 'two', LONG_MS, share), undefined);
    await journal.drop(second, 'a', share.caller);
  });

  it('takes no more than it is asked for', async () => {
    const journal = journalOf();
    const all = Array.from({ length: 12 }, newId);
    for (const id of all) await journal.open(id, 'a', id, OVER_MS);
    const first = await journal.take('b', LONG_MS, 5);
    assert.equal(first.length, 5);
    const rest = await journal.take('b', LONG_MS, 50);
    assert.deepEqual([...first, ...rest].map(({ id }) => id).sort(), all.sort());
    for (const id of all) await journal.drop(id, 'b');
  });

  it('lays runs aside until they are seized', async () => {
    const journal = journalOf();
    const id = newId();
    await journal.open(id, 'a', 'one', OVER_MS);
    assert.equal(await journal.park(id, 'a', 'stuck'), 'held');
    assert.equal(await journal.park(id, 'a', 'stuck'), 'held');
    assert.deepEqual(await journal.take('b', LONG_MS, 10), []);
    assert.deepEqual(await journal.count(), { open: 0, stuck: 1 });
    assert.deepEqual(await journal.list(10), [{ id, state: 'stuck', document: 'stuck' }]);
    assert.equal(await journal.seize(id, 'b', LONG_MS), 'stuck');
    assert.equal(await journal.seize(id, 'c', LONG_MS), undefined);
    assert.deepEqual(await journal.count(), { open: 1, stuck: 0 });
    assert.equal(await journal.write(id, 'a', 'late', LONG_MS), 'lost');
    assert.equal(await journal.settle(id, 'b', 'end', LONG_MS), 'held');
    assert.deepEqual(await journal.count(), { open: 0, stuck: 0 });
  });
}
