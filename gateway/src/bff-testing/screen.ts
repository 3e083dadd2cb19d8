/** Runs screens in a team's own tests, on the real engine. */
import { ScreenRun } from '../bff/screen/engine.ts';
import { KeptParts } from '../bff/screen/kept-parts.ts';
import { LastGood } from '../bff/screen/last-good.ts';
import { PartCaching } from '../bff/screen/part-caching.ts';
import type { Screen } from '../bff/screen/screen.ts';
import type { PartReport, ScreenAnswer } from '../bff/screen/screen-outcome.ts';
import type { Clock } from '../core/clock.ts';
import type { ErrorCode } from '../core/errors.ts';
import {
  type AgainOptions,
  Bench,
  type BenchRun,
  failOfMissing,
  type Notes,
  type TestOptions,
} from './bench.ts';

export interface TestScreenOptions extends TestOptions {
  /**
   * A clock that the test turns itself. Default: time stands still while anything goes on, and passes by itself where a
   * screen waits for it: no test waits in earnest.
   */
  readonly clock?: Clock;
}

/** What became of a part. */
export interface TestedPart {
  readonly outcome: PartReport['outcome'];
  /** Why it has no value of its own. */
  readonly failure: ErrorCode | undefined;
  /** On the test's clock, milliseconds. */
  readonly durationMs: number;
}

export interface TestedScreen extends ScreenAnswer, Notes {
  /** By the name of each part that ran. */
  readonly parts: Readonly<Record<string, TestedPart>>;
  /** On the test's clock, milliseconds. */
  readonly durationMs: number;
  /** Asks for it again, with what is kept of before: `again({ after: '31s' })`. Rejects as `testScreen` does. */
  again(options?: AgainOptions): Promise<TestedScreen>;
}

/**
 * Runs all parts of a screen. Rejects as the screen would: with a `FrontdeskError`; and with a `MissingFakeError` where a
 * call is made that nothing answers.
 */
export function testScreen(screen: Screen, options: TestScreenOptions): Promise<TestedScreen> {
  return new ScreenBench(screen, options).run();
}

/** Runs of one screen that share what is kept between requests. */
export class ScreenBench {
  readonly #screen: Screen;
  readonly #bench: Bench;
  readonly #kept: KeptParts;
  readonly #lastGood: LastGood;

  constructor(screen: Screen, options: TestScreenOptions) {
    const { kind, field, input } = screen;
    const parts = Object.keys(screen.parts);
    const scopes = [...screen.scopes, ...Object.values(screen.parts).flatMap((part) => part.scopes)];
    this.#screen = screen;
    this.#bench = new Bench({ kind, field, input, parts, scopes }, options, options.clock);
    this.#kept = new KeptParts(this.#bench.clock);
    this.#lastGood = new LastGood(this.#bench.clock);
  }

  async run(again: AgainOptions = {}): Promise<TestedScreen> {
    const { clock } = this.#bench;
    await this.#bench.pass(again.after);
    const noted = this.#bench.begin(again);
    const parts: Record<string, TestedPart> = {};
    const beganAt = clock.now();
    const run = this.#begin(noted, ({ part, outcome, durationMs, failure }) => {
      parts[part] = { outcome, durationMs, failure: failure?.code };
    });
    try {
      const answer = await this.#bench.drive(run.all());
      failOfMissing(noted);
      const { calls, sent, drifts } = noted;
      const durationMs = clock.now() - beganAt;
      const next = (more?: AgainOptions): Promise<TestedScreen> => this.run(more);
      return { ...answer, parts, calls, sent, drifts, durationMs, again: next };
    } catch (error) {
      failOfMissing(noted);
      throw error;
    } finally {
      run.close();
    }
  }

  #begin(
    { context, input, forRequest, tellDrift }: BenchRun,
    report: (report: PartReport) => void,
  ): ScreenRun {
    const caching = new PartCaching({
      bff: 'test',
      shape: '',
      kept: this.#kept,
      lastGood: this.#lastGood,
      openClients: forRequest,
    });
    return new ScreenRun(this.#screen, {
      context,
      clock: this.#bench.clock,
      openClients: forRequest(),
      input,
      report,
      caching,
      tellDrift,
    });
  }
}
