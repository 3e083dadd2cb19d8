import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { parseAddress } from '../core/ip-address.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { AddressFiles, parseAddressList } from './address-files.ts';

function holds(file: { ranges: { has(address: NonNullable<ReturnType<typeof parseAddress>>): boolean } }) {
  return (text: string): boolean => {
    const address = parseAddress(text);
    assert.ok(address);
    return file.ranges.has(address);
  };
}

test('a list has a range a line, remarks and empty lines; a slip is named by its line', () => {
  const list = parseAddressList('# spammers\n192.0.2.0/24 # all of them\r\n\n2001:db8::1\n', 'deny.txt');
  assert.ok(holds({ ranges: list })('192.0.2.9'));
  assert.ok(holds({ ranges: list })('2001:db8::1'));
  assert.throws(
    () => parseAddressList('192.0.2.1\n192.0.2.0/33\n', 'deny.txt'),
    /deny\.txt:2: "192\.0\.2\.0\/33"/,
  );
});

test('a file that changes counts, one that has a fault leaves what was', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'deny.txt');
  await writeFile(path, '192.0.2.1\n');
  const told: string[] = [];
  let wake = (): void => {};
  const tell = (_fields: object, message: string): void => {
    told.push(message);
    wake();
  };
  const files = new AddressFiles({
    clock: systemClock,
    logger: { ...noLogger, info: tell, error: tell },
    meter: noMeter,
  });
  const replaced = async (text: string): Promise<void> => {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
    await woken;
  };
  const release = await files.lease([path, path]);
  const again = await files.lease([path]);
  const has = holds(files.get(path));
  assert.ok(has('192.0.2.1'));
  await replaced('192.0.2.2\n');
  assert.ok(!has('192.0.2.1') && has('192.0.2.2'));
  await replaced('junk\n');
  assert.ok(has('192.0.2.2'));
  assert.deepEqual(told, [
    'a list of addresses was read again',
    'a list of addresses is unfit: the old one stays',
  ]);
  release();
  release();
  assert.ok(files.get(path));
  again();
  assert.throws(() => files.get(path), /nobody has leased/);
});

test('a file that is not there is told, and nothing stays open', async () => {
  const files = new AddressFiles({ clock: systemClock, logger: noLogger, meter: noMeter });
  const missing = join(tmpdir(), 'frontdesk-no-such-list.txt');
  await assert.rejects(files.lease([missing]), /there is no file/);
  assert.throws(() => files.get(missing), /nobody has leased/);
});

test('who leases a file while its last lease ends has it, and nothing is waited for once nobody has', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'allow.txt');
  await writeFile(path, '192.0.2.1\n');
  const clock = new ManualClock();
  const files = new AddressFiles({ clock, logger: noLogger, meter: noMeter });
  const first = await files.lease([path]);
  const leasing = files.lease([path]);
  first();
  const second = await leasing;
  assert.ok(holds(files.get(path))('192.0.2.1'));
  assert.ok(clock.pending > 0);
  second();
  assert.equal(clock.pending, 0);
  await assert.rejects(files.lease([path, join(folder, 'missing.txt')]), /there is no file/);
  assert.throws(() => files.get(path), /nobody has leased/);
  assert.equal(clock.pending, 0);
});
