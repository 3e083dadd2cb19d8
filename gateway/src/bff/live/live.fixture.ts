/** What tests of live streams share: sources that tests push into, and a stream on a screen of two parts. */
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn, makeIdentity } from '../../core/testing/exchange.ts';
import { defineBackends } from '../definition.ts';
import { ScreenRun } from '../screen/engine.ts';
import type { Part } from '../screen/part.ts';
import type { OpenClients } from '../screen/part-run.ts';
import type { Feed } from './feed.ts';
import type { Live, LiveDefinition } from './live.ts';
import { LiveRun, type LiveRunOptions } from './live-run.ts';

const { part, screen, feed, live } = defineBackends({});

export { feed, live, part, screen };

/** An async iterable that a test pushes into. Counts how often it was opened and left. */
export class PushedSource<T> implements AsyncIterable<T> {
  opened = 0;
  left = 0;
  #waiting: T[] = [];
  #end: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  push(...values: T[]): void {
    this.#waiting.push(...values);
    this.#wake?.();
  }

  /** Ends it; the next opening begins anew. */
  end(error?: unknown): void {
    this.#end = { error };
    this.#wake?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    this.opened += 1;
    this.#end = undefined;
    return {
      next: () => this.#next(),
      return: async () => {
        this.left += 1;
        return { value: undefined, done: true };
      },
    };
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value !== undefined) return { value, done: false };
      if (this.#end?.error) throw this.#end.error;
      if (this.#end) return { value: undefined, done: true };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Lets whatever is under way come to rest. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

const noClients: OpenClients = () => ({ rest: {}, grpc: {}, graph: () => Promise.reject(new Error('none')) });

export const trip = (parts: Readonly<Record<string, Part>>) => screen({ path: '/t', field: 't', parts });

export const liveOf = (
  updates: Readonly<Record<string, Feed>>,
  more: Partial<LiveDefinition<Readonly<Record<string, Feed>>>> = {},
): Live => live({ path: '/live', field: 'live', updates, ...more });

export function runOf(
  definition: Live,
  options: Partial<LiveRunOptions> & { scopes?: readonly string[] } = {},
) {
  const clock = new ManualClock();
  const context = { ...contextOn(clock), identity: makeIdentity({ scopes: new Set(options.scopes ?? []) }) };
  const broken: string[] = [];
  const ends: (string | undefined)[] = [];
  const conflated: string[] = [];
  const run = new LiveRun(definition, {
    context,
    clock,
    random: () => 1,
    input: {},
    openClients: () => noClients,
    beginScreen: (one, asked) => new ScreenRun(one, { context: asked, clock, openClients: noClients }),
    observer: {
      update: (name, isConflated) => {
        if (isConflated) conflated.push(name);
      },
      broke: (name, { code }, retryInMs) => broken.push(`${name} ${code} ${retryInMs}`),
      ended: (error) => ends.push(error?.code),
    },
    ...options,
  });
  return { run, clock, context, broken, ends, conflated };
}
