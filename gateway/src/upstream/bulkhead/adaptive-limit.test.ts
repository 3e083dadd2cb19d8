/** The limit against a simulated endpoint: so many workers, each call takes its time, what is more waits in line there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cancellation } from '../../core/abort.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { concurrencyConfig } from './adaptive-config.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { Bulkhead } from './bulkhead.ts';

const MAX = 200;
const quiet = new Cancellation();

class Simulation {
  readonly clock = new ManualClock();
  readonly places: Bulkhead;
  readonly limit: AdaptiveLimit;
  workers: number;
  serviceMs: number;
  served = 0;
  /** When each worker is free again. */
  #free: number[] = [];
  readonly #random: () => number;

  constructor(workers: number, serviceMs: number, settings: object = {}, seed = 1) {
    this.workers = workers;
    this.serviceMs = serviceMs;
    let state = seed;
    this.#random = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state / 0x7fffffff;
    };
    this.places = new Bulkhead({ maxInFlight: MAX, maxQueue: 1000, queueFor: 1e9 }, this.clock);
    const config = concurrencyConfig.parse(settings);
    assert.ok(config);
    this.limit = new AdaptiveLimit(config, this.places, this.clock, this.#random);
  }

  /** So many who call again as soon as they have an answer. */
  callers(count: number): void {
    for (let i = 0; i < count; i += 1) this.#call();
  }

  async run(forMs: number, look: () => void = () => {}): Promise<void> {
    for (let passed = 0; passed < forMs; passed += 1) {
      this.clock.advance(1);
      for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
      look();
    }
  }

  #call(): void {
    const wait = this.places.enter(quiet);
    if (wait) void wait.then(() => this.#send());
    else this.#send();
  }

  #send(): void {
    const now = this.clock.now();
    const free = this.#free.filter((at) => at > now).sort((a, b) => a - b);
    const startsAt = free.length < this.workers ? now : (free[free.length - this.workers] ?? now);
    const doneAt = startsAt + this.serviceMs * (0.9 + 0.2 * this.#random());
    this.#free = [...free, doneAt];
    this.clock.after(doneAt - now, () => {
      this.served += 1;
      this.limit.observe(doneAt - now);
      this.places.leave();
      this.#call();
    });
  }
}

test('property: it comes to rest near what the endpoint can carry, whatever that is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 4, max: 40 }),
      fc.integer({ min: 5, max: 40 }),
      fc.integer({ min: 1, max: 1e6 }),
      async (workers, serviceMs, seed) => {
        const simulation = new Simulation(workers, serviceMs, {}, seed);
        simulation.callers(150);
        await simulation.run(3000);
        const limits: number[] = [];
        await simulation.run(1000, () => limits.push(simulation.places.limit));
        const mean = limits.reduce((sum, one) => sum + one, 0) / limits.length;
        assert.ok(mean >= workers, `a mean limit of ${mean} starves ${workers} workers`);
        assert.ok(mean <= 2.5 * workers + 6, `a mean limit of ${mean} for ${workers} workers`);
        assert.ok(limits.every((one) => one >= 4 && one <= MAX));
      },
    ),
    { numRuns: 8 },
  );
});

test('it falls when the endpoint has lost workers, and grows when they are back', async () => {
  const simulation = new Simulation(40, 10);
  simulation.callers(150);
  await simulation.run(3000);
  const before = simulation.places.limit;
  simulation.workers = 8;
  await simulation.run(3000);
  const during = simulation.places.limit;
  simulation.workers = 40;
  await simulation.run(3000);
  const after = simulation.places.limit;
  assert.ok(before >= 40, `${before}`);
  assert.ok(during <= 26, `${during} for 8 workers`);
  assert.ok(after >= 40, `${after} when they are back`);
});

test('an endpoint that is slower for reasons of its own gets its calls back', async () => {
  const simulation = new Simulation(40, 10, { recalibrate: '5s' });
  simulation.callers(150);
  await simulation.run(3000);
  simulation.serviceMs = 40;
  await simulation.run(8000);
  const limits: number[] = [];
  await simulation.run(2000, () => limits.push(simulation.places.limit));
  const mean = limits.reduce((sum, one) => sum + one, 0) / limits.length;
  assert.ok(mean >= 40, `${mean}`);
  assert.ok(simulation.limit.leastMs > 30, `${simulation.limit.leastMs}`);
});

test('measuring the least latency anew costs little: the endpoint is busy nearly all the time', async () => {
  const simulation = new Simulation(20, 10, { recalibrate: '1s' });
  simulation.callers(150);
  await simulation.run(2000);
  const { served } = simulation;
  await simulation.run(5000);
  const most = 20 * (5000 / 10);
  assert.ok(simulation.served - served > 0.8 * most, `${simulation.served - served} of ${most}`);
});

test('a limit that nobody comes near does not grow', async () => {
  const simulation = new Simulation(40, 10);
  simulation.callers(3);
  await simulation.run(3000);
  assert.equal(simulation.places.limit, 20);
});

test('property: whatever is observed, the limit stays between its bounds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ ms: fc.double({ min: 0, max: 1e6, noNaN: true }), ok: fc.boolean() }), {
        maxLength: 400,
      }),
      (observed) => {
        const clock = new ManualClock();
        const places = new Bulkhead({ maxInFlight: 50, maxQueue: 0, queueFor: 1 }, clock);
        for (let i = 0; i < 15; i += 1) places.enter(quiet);
        const config = concurrencyConfig.parse({ min: 3, minSamples: 1, window: '1ms', recalibrate: '1s' });
        assert.ok(config);
        const limit = new AdaptiveLimit(config, places, clock, () => 0.5);
        for (const { ms, ok } of observed) {
          clock.advance(ms);
          if (ok) limit.observe(ms);
          else limit.fail(ms);
          assert.ok(places.limit >= 3 && places.limit <= 50, `${places.limit}`);
        }
      },
    ),
  );
});

test('errors that come fast do not pass for a fast endpoint', () => {
  const clock = new ManualClock();
  const places = new Bulkhead({ maxInFlight: 50, maxQueue: 0, queueFor: 1 }, clock);
  const config = concurrencyConfig.parse({ minSamples: 1, window: '1ms' });
  assert.ok(config);
  const limit = new AdaptiveLimit(config, places, clock, () => 0.5);
  clock.advance(20);
  limit.observe(10);
  clock.advance(20);
  limit.fail(1);
  assert.equal(limit.leastMs, 10);
});
