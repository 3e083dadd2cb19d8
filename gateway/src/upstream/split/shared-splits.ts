/**
 * What is decided of splits, for all processes of all nodes and for those that start later: an operator's word, a rollback,
 * when the steps began. Of each side the newest word holds; which is the newest, the store's numbers say. Times are ages by the
 * store's clock, so that clocks of nodes that differ move no step.
 */
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { LogFollower } from '../../state/log-follower.ts';
import type { SharedLogs } from '../../state/logs.ts';
import type { LogEntry, SharedLog } from '../../state/shared-log.ts';
import type { Channels } from '../../state/store.ts';
import type { Reason } from './comparison.ts';

/** A decision outlives the longest canary. */
const KEEP_MS = 366 * 24 * 3_600_000;
const MAX_ENTRIES = 4_096;
/** A start waits so long for what was decided before. */
const KNOWN_WITHIN_MS = 1_000;
const AGAIN_MS = 1_000;

export type SplitWord =
  /** The first step began. */
  | { readonly kind: 'began' }
  | { readonly kind: 'set'; readonly side: number; readonly share: number }
  | { readonly kind: 'rollback'; readonly side: number; readonly reason: Reason | 'operator' }
  /** `elapsedMs`: where the steps stood then, since the first's beginning; `undefined` without steps. */
  | { readonly kind: 'resume'; readonly side: number; readonly elapsedMs: number | undefined };

/** A split's way to the others. */
export interface SplitVoice {
  /** Whether all are told, or will read it. */
  tell(word: SplitWord): Promise<boolean>;
  /** Nothing is heard any more. */
  end(): void;
}

export type HearWord = (word: SplitWord, ageMs: number) => void;

interface Known {
  number: number;
  readonly text: string;
  /** On this process's clock. */
  readonly saidAt: number;
}

export interface SharedSplitsOptions {
  readonly logs: SharedLogs;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class SharedSplits {
  readonly #options: SharedSplitsOptions;
  readonly #log: SharedLog;
  /** By split, then by side. */
  readonly #known = new Map<string, Map<string, Known>>();
  readonly #hearers = new Map<string, Set<HearWord>>();
  #follower: LogFollower | undefined;

  constructor(options: SharedSplitsOptions) {
    this.#options = options;
    this.#log = options.logs.open('splits', { keepMs: KEEP_MS, maxEntries: MAX_ENTRIES });
  }

  /** Resolves when what was decided before is known, or could not be had in time. */
  get known(): Promise<void> {
    if (!this.#follower) return Promise.resolve();
    const late = Promise.withResolvers<void>();
    const disarm = this.#options.clock.after(KNOWN_WITHIN_MS, late.resolve);
    return Promise.race([this.#follower.known, late.promise]).then(disarm);
  }

  /** Follows a split (`key`: its name and settings, in ASCII without spaces). What is known is heard at once. */
  join(key: string, hear: HearWord): SplitVoice {
    this.#follower ??= this.#follow();
    const hearers = this.#hearers.get(key) ?? new Set();
    this.#hearers.set(key, hearers.add(hear));
    const known = [...(this.#known.get(key)?.values() ?? [])];
    for (const one of known.sort((a, b) => a.number - b.number)) this.#say(hear, one);
    return {
      tell: (word) => this.#tell(key, word, hear),
      end: () => {
        hearers.delete(hear);
        if (hearers.size === 0) this.#hearers.delete(key);
      },
    };
  }

  close(): void {
    this.#follower?.close();
    this.#hearers.clear();
  }

  #follow(): LogFollower {
    const { channels, clock } = this.#options;
    return new LogFollower({
      log: this.#log,
      channels,
      clock,
      listener: { entry: (entry, ageMs) => this.#hear(entry, ageMs), lost: () => this.#remind() },
    });
  }

  /**
   * The store has lost what was decided: whoever starts later would know of no rollback. What is known here is written
   * again, unless another process has; where it fails, the next gap in what is told brings us here again.
   */
  #remind(): void {
    const now = this.#options.clock.now();
    for (const key of this.#hearers.keys()) {
      for (const [part, { text: said, saidAt }] of this.#known.get(key) ?? []) {
        const word = wordOf(said);
        if (!word) continue;
        const text = JSON.stringify({ ...word, agoMs: Math.max(1, Math.round(now - saidAt)) });
        this.#log.writeFirst(`${key} ${part}`, text).catch(() => {});
      }
    }
  }

  async #tell(key: string, word: SplitWord, hear: HearWord): Promise<boolean> {
    const part = word.kind === 'began' ? word.kind : `${word.side}`;
    try {
      if (word.kind === 'began') await this.#log.writeFirst(`${key} ${part}`, JSON.stringify(word));
      else await this.#log.write(`${key} ${part}`, JSON.stringify(word));
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.error({ reason, word }, 'a decision on a split holds in this process alone');
      if (word.kind === 'rollback' || word.kind === 'began') this.#tellAgain(key, word, part, hear);
      return false;
    }
  }

  /** What a person said is not said again later, when it may be out of date; that a side is bad is. */
  #tellAgain(key: string, word: SplitWord, part: string, hear: HearWord): void {
    const before = this.#known.get(key)?.get(part);
    this.#options.clock.after(AGAIN_MS, () => {
      const isNewest = this.#known.get(key)?.get(part) === before;
      if (isNewest && this.#hearers.get(key)?.has(hear)) void this.#tell(key, word, hear);
    });
  }

  #hear(entry: LogEntry, ageMs: number): void {
    const space = entry.key.indexOf(' ');
    const key = entry.key.slice(0, space);
    const part = entry.key.slice(space + 1);
    const parts = this.#known.get(key) ?? new Map<string, Known>();
    const before = parts.get(part);
    if (before && before.number >= entry.number) return;
    if (before && isReminder(entry.text, before.text)) {
      before.number = entry.number;
      return;
    }
    const { number, text } = entry;
    const known = { number, text, saidAt: this.#options.clock.now() - ageMs - agoMsOf(entry.text) };
    parts.set(part, known);
    this.#known.delete(key);
    this.#known.set(key, parts);
    if (this.#known.size > MAX_ENTRIES)
      for (const oldest of this.#known.keys()) {
        if (!this.#hearers.has(oldest)) this.#known.delete(oldest);
        break;
      }
    for (const hear of this.#hearers.get(key) ?? []) this.#say(hear, known);
  }

  #say(hear: HearWord, { text, saidAt }: Known): void {
    const word = wordOf(text);
    if (word) hear(word, this.#options.clock.now() - saidAt);
  }
}

function wordOf(text: string): SplitWord | undefined {
  const word = parsed(text);
  return isWord(word) ? word : undefined;
}

/** How old a word was when it was written once more; 0 for one that was written when it was said. */
function agoMsOf(text: string): number {
  const word = parsed(text);
  if (typeof word !== 'object' || word === null || !('agoMs' in word)) return 0;
  return Number.isSafeInteger(word.agoMs) ? Math.max(0, Number(word.agoMs)) : 0;
}

/** Whether a text says once more what was known: nothing new, and no answer to what was decided here since. */
function isReminder(text: string, known: string): boolean {
  if (agoMsOf(text) === 0) return false;
  const bare = (one: string): string =>
    JSON.stringify(wordOf(one), (key, value) => (key === 'agoMs' ? undefined : value));
  return bare(text) === bare(known);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isWord(word: unknown): word is SplitWord {
  if (typeof word !== 'object' || word === null || !('kind' in word)) return false;
  if (word.kind === 'began') return true;
  if (!('side' in word) || !Number.isInteger(word.side) || Number(word.side) < 1) return false;
  if (word.kind === 'set') return 'share' in word && Number(word.share) >= 0 && Number(word.share) <= 1;
  if (word.kind === 'rollback')
    return 'reason' in word && (word.reason === 'operator' || isReason(word.reason));
  return word.kind === 'resume' && (!('elapsedMs' in word) || typeof word.elapsedMs === 'number');
}

function isReason(reason: unknown): boolean {
  const isObject = typeof reason === 'object' && reason !== null && 'kind' in reason;
  return isObject && (reason.kind === 'error_rate' || reason.kind === 'latency');
}
