/**
 * A gateway process as far as limits go, for tests with several: draws at once from one bucket as often as told, and
 * says how many were admitted and how many decisions fell back. Arguments: Redis URL, number of draws, consumer.
 */
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { RedisStore } from '../../state/redis.ts';
import { allAllowed } from '../decision.ts';
import { createLimits } from '../limits.ts';
import { CountingMeter } from './counting-meter.ts';

const [url = '', draws = '0', consumer = ''] = process.argv.slice(2);
const meter = new CountingMeter();
const store = new RedisStore({ url, commandLimitMs: 25, clock: systemClock, logger: noLogger, meter });
await store.settled();
const limits = createLimits({ store, workers: 1, clock: systemClock, logger: noLogger, meter });
const check = {
  spec: { name: 'partner', capacity: 300, refillPerMs: 0.1 },
  key: ['plan.partner.c', consumer, '/api/users/*'],
};

process.send?.({ ready: true });
process.once('message', async () => {
  let admitted = 0;
  await Promise.all(
    Array.from({ length: Number(draws) }, async () => {
      if (allAllowed(await limits.limiter.take([check], 1))) admitted += 1;
    }),
  );
  process.send?.({ admitted, fallbacks: meter.value('frontdesk_limit_fallbacks_total') });
  await limits.close();
  await store.close();
  process.disconnect?.();
});
