/** Follows live streams in a team's own tests, on the real engine: feeds are driven by hand, and time by the test. */
import type { Duration } from '../bff/duration-text.ts';
import { type Live, partsOf } from '../bff/live/live.ts';
import { type LiveEvent, LiveRun } from '../bff/live/live-run.ts';
import { ScreenRun } from '../bff/screen/engine.ts';
import type { ErrorCode, FrontdeskError } from '../core/errors.ts';
import { toFrontdeskError } from '../core/errors.ts';
import { Bench, type BenchRun, failOfMissing, type Notes, type TestOptions } from './bench.ts';

export interface TestLiveOptions extends TestOptions {
  /** The parts that the client wants. Default: all. */
  readonly parts?: readonly string[];
}

/** What a client of the stream is told. */
export type TestedEvent =
  | { readonly event: 'screen'; readonly values: Readonly<Record<string, unknown>> }
  | { readonly event: 'part'; readonly part: string; readonly value: unknown }
  | { readonly event: 'incomplete'; readonly parts: readonly string[] }
  | { readonly event: 'end'; readonly error: ErrorCode | undefined };

export interface TestedLive extends Notes {
  /** Every event so far, the screen's answer first. */
  readonly events: readonly TestedEvent[];
  /** The newest values, by part. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Parts that are missing, partial, or whose feed is away. */
  readonly incomplete: readonly string[];
  /** Whether it is over, and what ended it where it did not end in order. */
  readonly ended: { readonly error: ErrorCode | undefined } | undefined;
  /** What has happened since the last call, once all that was pushed has arrived. */
  settle(): Promise<readonly TestedEvent[]>;
  /** Lets time pass, and gives what happened: `advance('5s')`. */
  advance(time: Duration): Promise<readonly TestedEvent[]>;
  /** The client takes nothing from now on, until `resume`: what comes meanwhile is conflated. */
  pause(): void;
  resume(): void;
  /** The client leaves. Sources are left, too. */
  close(): Promise<void>;
}

/**
 * Opens a live stream and reads its first answer. Rejects as the stream would where there is none, and with a
 * `MissingFakeError` where a call is made that nothing answers. Close it at the end of the test.
 */
export async function testLive(live: Live, options: TestLiveOptions): Promise<TestedLive> {
  const { kind, field, input, screen, updates } = live;
  const feeds = Object.values(updates).flatMap(({ scopes }) => scopes);
  const parts = Object.values(screen?.parts ?? {}).flatMap(({ scopes }) => scopes);
  const scopes = [...live.scopes, ...(screen?.scopes ?? []), ...feeds, ...parts];
  const bench = new Bench({ kind, field, input, parts: partsOf(live), scopes }, options);
  const stream = new LiveTest(live, bench, bench.begin(), options.parts);
  await stream.open();
  return stream;
}

class LiveTest implements TestedLive {
  readonly events: TestedEvent[] = [];
  ended: { readonly error: ErrorCode | undefined } | undefined;
  readonly #bench: Bench;
  readonly #noted: BenchRun;
  readonly #run: LiveRun;
  #told = 0;
  #paused: PromiseWithResolvers<void> | undefined;

  constructor(live: Live, bench: Bench, noted: BenchRun, parts: readonly string[] | undefined) {
    this.#bench = bench;
    this.#noted = noted;
    const { clock } = bench;
    const { context, input, forRequest, tellDrift } = noted;
    this.#run = new LiveRun(live, {
      context,
      clock,
      random: () => 1,
      input,
      openClients: forRequest,
      ...(parts ? { parts } : {}),
      beginScreen: (screen, asked) =>
        new ScreenRun(screen, { context: asked, clock, openClients: forRequest(), input, tellDrift }),
    });
  }

  get calls(): Notes['calls'] {
    return this.#noted.calls;
  }

  get sent(): Notes['sent'] {
    return this.#noted.sent;
  }

  get drifts(): Notes['drifts'] {
    return this.#noted.drifts;
  }

  get values(): Readonly<Record<string, unknown>> {
    return this.#run.values();
  }

  get incomplete(): readonly string[] {
    return this.#run.state().incomplete;
  }

  async open(): Promise<void> {
    try {
      await this.#bench.drive(this.#run.begin());
    } finally {
      failOfMissing(this.#noted);
    }
    void this.#read();
    await this.settle();
  }

  async settle(): Promise<readonly TestedEvent[]> {
    return this.#since(async () => this.#bench.virtual?.quiet());
  }

  async advance(time: Duration): Promise<readonly TestedEvent[]> {
    return this.#since(() => this.#bench.pass(time));
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  async close(): Promise<void> {
    this.resume();
    this.#run.end();
    await this.#bench.virtual?.quiet();
  }

  async #since(work: () => Promise<void>): Promise<readonly TestedEvent[]> {
    await work();
    failOfMissing(this.#noted);
    const fresh = this.events.slice(this.#told);
    this.#told = this.events.length;
    return fresh;
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        await this.#paused?.promise;
        const event = await this.#run.next();
        // One that was on its way when the client stopped is taken when it goes on.
        await this.#paused?.promise;
        if (!event) break;
        this.events.push(this.#toldBy(event));
      }
      this.#end(undefined);
    } catch (error) {
      this.#end(toFrontdeskError(error));
    }
  }

  #end(error: FrontdeskError | undefined): void {
    this.ended = { error: error?.code };
    this.events.push({ event: 'end', error: error?.code });
  }

  #toldBy(event: LiveEvent): TestedEvent {
    switch (event.kind) {
      case 'screen':
        return { event: 'screen', values: this.#run.values() };
      case 'part':
        return { event: 'part', part: event.name, value: event.value };
      case 'incomplete':
        return { event: 'incomplete', parts: event.parts };
    }
  }
}
