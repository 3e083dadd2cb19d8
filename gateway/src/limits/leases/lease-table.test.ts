import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { LeaseLedger } from '../testing/lease-ledger.ts';
import { noSettle } from '../testing/no-store.ts';
import { LeaseTable } from './lease-table.ts';
import { LocalShares } from './local-shares.ts';

const spec = { name: 'p', capacity: 100, refillPerMs: 0.01 };

test('one call a bucket at a time: who comes meanwhile asks together in the next', async () => {
  const clock = new ManualClock();
  const ledger = new LeaseLedger(clock);
  const local = new LocalShares({
    processes: () => 1,
    settle: noSettle,
    clock,
    logger: noLogger,
    meter: noMeter,
  });
  const table = new LeaseTable({ source: ledger, local, holder: 'a', clock, meter: noMeter });
  const row = table.row({ spec, key: ['a'] }, 0);
  const first = table.ask(row, 1);
  await Promise.resolve();
  const rest = [2, 3].map((tokens) => table.ask(row, tokens));
  assert.deepEqual(await Promise.all([first, ...rest]), [
    { granted: true },
    { granted: true },
    { granted: true },
  ]);
  assert.deepEqual(
    ledger.requests.map(({ need, waiting }) => [need, waiting]),
    [
      [1, 0],
      [2, 3],
    ],
  );
  assert.equal(table.row({ spec, key: ['a'] }, 0), row);
  await table.close();
});
