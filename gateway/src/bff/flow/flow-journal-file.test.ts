import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { contract, LONG_MS } from './flow-journal.fixture.ts';
import { FileFlowJournals } from './flow-journal-file.ts';

describe('a journal in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-flows-'));
  const file = join(folder, 'flows.journal');
  const open = () => FileFlowJournals.open({ file, clock: systemClock, logger: noLogger });
  let journals: FileFlowJournals;
  before(async () => {
    journals = await open();
  });
  after(async () => {
    await journals.close();
    rmSync(folder, { recursive: true });
  });
  contract(() => journals.of('m'));

  it('is on the disk before it is answered, and found by the next process with every lease over', async () => {
    const journal = journals.of('other');
    await journal.open('x', 'a', 'one', LONG_MS);
    await journal.open('y', 'a', 'settled', LONG_MS);
    await journal.write('x', 'a', 'two', LONG_MS);
    await journal.settle('y', 'a', 'end', LONG_MS);
    // As it is on the disk now, with what a process that is killed while it writes leaves.
    const copy = join(folder, 'copy.journal');
    writeFileSync(copy, `${readFileSync(file, 'utf8')}deadbeef ["other","x",{"sta`);
    const next = await FileFlowJournals.open({ file: copy, clock: systemClock, logger: noLogger });
    assert.deepEqual(await next.of('other').take('b', LONG_MS, 10), [{ id: 'x', document: 'two' }]);
    assert.deepEqual(await next.of('other').read('y'), { state: 'settled', document: 'end' });
    await next.of('other').drop('x', 'b');
    await next.close();
    const last = await FileFlowJournals.open({ file: copy, clock: systemClock, logger: noLogger });
    assert.equal(await last.of('other').read('x'), undefined);
    await last.close();
  });

  it('answers nothing once another gateway has taken the file over, and leaves it alone', async () => {
    const shared = join(folder, 'shared.journal');
    const open = () => FileFlowJournals.open({ file: shared, clock: systemClock, logger: noLogger });
    const first = await open();
    await first.of('m').open('x', 'a', 'one', LONG_MS);
    // As another container does, whose lock says another host.
    const lock = readFileSync(`${shared}.lock`, 'latin1');
    writeFileSync(`${shared}.lock`, lock.replace(/ \S+\n$/, ' elsewhere\n'));
    const second = await open();
    writeFileSync(`${shared}.lock`, '1 - another\n');
    await assert.rejects(first.of('m').write('x', 'a', 'late', LONG_MS), { code: 'upstream_unavailable' });
    await assert.rejects(first.of('m').read('x'), { code: 'upstream_unavailable' });
    writeFileSync(`${shared}.lock`, lock);
    assert.deepEqual(await second.of('m').take('b', LONG_MS, 10), [{ id: 'x', document: 'one' }]);
    await second.of('m').write('x', 'b', 'two', LONG_MS);
    const text = readFileSync(shared, 'utf8');
    assert.ok(text.includes('"two"') && !text.includes('"late"'));
    await second.close();
    await first.close();
    assert.equal(readFileSync(shared, 'utf8'), text);
  });

  it('writes with the next change what could not be written before', async () => {
    const broken = join(folder, 'broken', 'flows.journal');
    const first = await FileFlowJournals.open({ file: broken, clock: systemClock, logger: noLogger });
    await first.of('m').open('x', 'a', 'one', LONG_MS);
    const lock = readFileSync(`${broken}.lock`, 'latin1');
    rmSync(`${broken}.lock`);
    await assert.rejects(first.of('m').write('x', 'a', 'two', LONG_MS), { code: 'upstream_unavailable' });
    rmSync(join(folder, 'broken'), { recursive: true });
    await assert.rejects(first.of('m').renew('x', 'a', LONG_MS), { code: 'upstream_unavailable' });
    mkdirSync(join(folder, 'broken'));
    writeFileSync(`${broken}.lock`, lock);
    assert.equal(await first.of('m').renew('x', 'a', LONG_MS), 'held');
    assert.match(readFileSync(broken, 'utf8'), /"two"/);
    await first.close();
  });

  it('says what it cannot read, and refuses a file that is none of its own', async () => {
    const damaged = join(folder, 'damaged.journal');
    const said: unknown[] = [];
    writeFileSync(damaged, readFileSync(file));
    appendFileSync(damaged, '00000000 ["other","z",null]\n');
    const logger = { ...noLogger, error: (fields: unknown) => void said.push(fields) };
    const read = await FileFlowJournals.open({ file: damaged, clock: systemClock, logger });
    assert.deepEqual(said, [{ file: damaged, damaged: 1 }]);
    await read.close();
    const foreign = join(folder, 'notes.txt');
    writeFileSync(foreign, 'hello\n');
    await assert.rejects(
      FileFlowJournals.open({ file: foreign, clock: systemClock, logger }),
      /is no journal of flows/,
    );
    assert.equal(readFileSync(foreign, 'utf8'), 'hello\n');
  });
});
