/** A process that draws from a quota until it is killed, and says when: `quota-drawer.ts FILE`. */
import { setInterval } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { MemoryLimiter } from '../memory-limiter.ts';
import { QuotaJournal } from '../quota-journal.ts';
import { drawn } from './drawn-quota.ts';

const EVERY_MS = 5;

const [file = ''] = process.argv.slice(2);
const journal = await QuotaJournal.open({ file, clock: systemClock, logger: noLogger });
const limiter = new MemoryLimiter({ clock: systemClock, meter: noMeter, journal });
for await (const _tick of setInterval(EVERY_MS)) {
  limiter.take([drawn], 1);
  process.stdout.write(`${Date.now()}\n`);
}
