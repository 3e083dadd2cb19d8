/**
 * Revoked credentials: of tokens by `jti`, subject, session or client, of API keys by their id, of both by consumer. Each
 * process has its own view and looks there without waiting. The view is whole, and its "no" is final, while messages from
 * the other processes come without a gap and everything that was written before they began to come has been read: what is
 * revoked is written first and told then, so it is in one or the other. Without that (a gap, the start, more revocations
 * than the view holds) Redis is asked, and an answer holds for half a second, or for as long as messages come. So a
 * revocation holds everywhere within a second. What a process has once seen revoked stays so, even if Redis forgets.
 */
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Identity } from '../../core/identity.ts';
import type { Logger } from '../../core/log.ts';
import { type Meter, noMeter } from '../../core/meter.ts';
import { type Channels, hasPrimaryCalls, isScriptStore, type StateStore } from '../../state/store.ts';
import { cannotTell } from '../refusal.ts';
import { PrimaryJournal } from './primary-revocations.ts';
import { type Journal, RevocationJournal } from './revocation-journal.ts';
import {
  decodeRevocation,
  encodeRevocation,
  namesOf,
  type Revocation,
  type RevocationKind,
  strikes,
} from './revocation-marks.ts';
import { RevocationView } from './revocation-view.ts';

const CHANNEL = 'revocations';
/** How long an answer of Redis holds while messages do not come. */
const FRESH_MS = 500;
/** For so long after messages stopped the view is still taken for whole: they mostly come back at once. */
const GRACE_MS = 250;
const READ_AGAIN_MS = 10_000;
const RETRY_MS = 250;
/** Clocks of Redis' nodes may differ by this much, and one may follow the other. */
const OVERLAP_MS = 60_000;
const MAX_CLEARED = 50_000;
/** How long to remember a revocation whose token's end is not known: a day, longer than access tokens live. */
const DEFAULT_KEEP_MS = 86_400_000;
/** The clock skew that tokens are allowed must not outlive their revocation. */
const SKEW_MS = 300_000;

export const revocationConfig = z
  .strictObject({
    whenStoreIsGone: z
      .enum(['allow', 'deny'])
      .default('allow')
      .describe('Whether a credential whose revocation nobody can look up is accepted, or answered with 503'),
    maxKept: z
      .int()
      .min(100)
      .max(10_000_000)
      .default(100_000)
      .describe(
        'Revocations that each process keeps, about 200 bytes each; of more than these Redis is asked, once a credential',
      ),
  })
  .prefault({});

export type RevocationConfig = z.output<typeof revocationConfig>;

export interface RevocationListOptions {
  readonly config: RevocationConfig;
  readonly store: StateStore;
  /** Without them what others revoke is asked for each time. */
  readonly channels?: Channels;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter?: Meter;
}

/** What a token's id alone says of who shows it. */
const NOBODY: Identity = {
  subject: '',
  consumer: undefined,
  tenant: undefined,
  plan: undefined,
  scopes: new Set(),
  roles: [],
  scheme: '',
  claims: {},
  expiresAt: Number.POSITIVE_INFINITY,
};

type Names = readonly (readonly [RevocationKind, string])[];

export class RevocationList {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #channels: Channels | undefined;
  /** `undefined` where the state is this process's alone: then the view is all there is. */
  readonly #journal: Journal | undefined;
  readonly #measure: (view: RevocationView, whole: boolean) => void;
  readonly #countAsked: (value: number, outcome: string) => void;
  #config: RevocationConfig;
  #view: RevocationView;
  /** Ends the subscription; `undefined` while there is none. */
  #unsubscribe: (() => void) | undefined;
  #disarm: (() => void) | undefined;
  /** Since when messages come without a gap, by `now`; `undefined` while they do not. */
  #hearsSince: number | undefined;
  #whole = false;
  #wholeUntil = Number.NEGATIVE_INFINITY;
  /** Where to read on, by Redis' clock; `undefined` for the beginning. */
  #cursor: number | undefined;
  #reading = false;
  /** Messages so far: an answer that crossed one is not remembered. */
  #heard = 0;
  /** When Redis was asked that said of these names that they are not revoked. */
  readonly #cleared = new Map<string, number>();
  readonly #pending = new Map<string, Promise<boolean>>();
  #blind = false;

  constructor(options: RevocationListOptions) {
    const { config, store, channels, clock, logger, meter = noMeter } = options;
    this.#config = config;
    this.#clock = clock;
    this.#logger = logger;
    this.#channels = channels;
    this.#journal = journalIn(store);
    this.#view = new RevocationView(config.maxKept);
    const known = meter.gauge({
      name: 'frontdesk_revocations_known',
      across: 'min',
      help: 'Revocations that this process knows',
      labels: [],
    });
    const whole = meter.gauge({
      name: 'frontdesk_revocations_whole',
      across: 'min',
      help: 'Whether this process knows all revocations (1) or asks the state store (0)',
      labels: [],
    });
    this.#measure = (view, isWhole) => {
      known(view.size);
      whole(isWhole ? 1 : 0);
    };
    this.#countAsked = meter.counter({
      name: 'frontdesk_revocation_lookups_total',
      help: 'Times that the state store was asked for revocations, by outcome: clear, revoked or failed',
      labels: ['outcome'],
    });
  }

  /** Revocations that are known here, whether that is all, and a part of them. */
  list(offset: number, limit: number): { known: number; whole: boolean; revocations: Revocation[] } {
    return { known: this.#view.size, whole: this.#isWhole(), revocations: this.#view.list(offset, limit) };
  }

  /** Another configuration took over. Nothing that is known is lost. */
  configure(config: RevocationConfig): void {
    if (config.maxKept !== this.#config.maxKept) {
      const view = new RevocationView(config.maxKept);
      for (const one of this.#view.list(0, this.#view.size)) view.add(one, this.#clock.wall());
      this.#view = view;
      this.#readAfresh();
      if (this.#hearsSince !== undefined) void this.#catchUp();
    }
    this.#config = config;
  }

  /** Begins to follow what others revoke. Costs a connection, so it is called once somebody may be asked who they are. */
  follow(): void {
    if (this.#unsubscribe) return;
    this.#unsubscribe = this.#channels?.subscribe(CHANNEL, {
      message: (text) => this.#hear(text),
      resumed: () => {
        this.#hearsSince = this.#clock.now();
        void this.#catchUp();
      },
      interrupted: () => this.#lose(),
    });
  }

  close(): void {
    this.#disarm?.();
    this.#unsubscribe?.();
    this.#hearsSince = undefined;
  }

  /**
   * Whether a credential, or the token of this id, is revoked; at once wherever that is known. Rejects with 503 where nobody can tell and the
   * policy is `deny`.
   */
  isRevoked(asked: Identity | string): boolean | Promise<boolean> {
    const identity = typeof asked === 'string' ? { ...NOBODY, claims: { jti: asked } } : asked;
    if (this.#view.strikes(identity, this.#clock.wall())) return true;
    if (this.#isWhole()) return false;
    const names = namesOf(identity).filter((name) => !this.#isCleared(name));
    if (names.length === 0) return false;
    const key = JSON.stringify([names, identity.claims.iat]);
    let pending = this.#pending.get(key);
    if (!pending) {
      pending = this.#ask(identity, names).finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
    }
    return pending;
  }

  /**
   * Revokes here at once, and everywhere. Rejects when the store is gone: then it holds here alone, and saying it again
   * is harmless.
   */
  async add(revocation: Revocation): Promise<void> {
    const until = revocation.until + SKEW_MS;
    if (until - SKEW_MS <= this.#clock.wall()) return;
    const kept = { ...revocation, until };
    this.#view.add(kept, this.#clock.wall());
    this.#measure(this.#view, this.#isWhole());
    await this.#journal?.write(kept);
    await this.#channels?.publish(CHANNEL, encodeRevocation(kept));
  }

  /** Revokes one token until `expiresAt` (wall clock, ms), past which it is worthless anyway; for a day without. */
  revoke(jti: string, expiresAt = this.#clock.wall() + DEFAULT_KEEP_MS): Promise<void> {
    return this.add({ kind: 'jti', id: jti, until: expiresAt, before: undefined });
  }

  #isWhole(): boolean {
    if (!this.#journal) return true;
    if (this.#view.overflowed) return false;
    return this.#whole || this.#clock.now() - this.#wholeUntil < GRACE_MS;
  }

  #isCleared(name: readonly [RevocationKind, string]): boolean {
    const askedAt = this.#cleared.get(name.join(':'));
    if (askedAt === undefined) return false;
    if (this.#hearsSince !== undefined && askedAt >= this.#hearsSince) return true;
    return this.#clock.now() - askedAt < FRESH_MS;
  }

  #hear(text: string): void {
    const revocation = decodeRevocation(text);
    if (!revocation) return;
    this.#heard += 1;
    this.#cleared.delete(`${revocation.kind}:${revocation.id}`);
    this.#view.add(revocation, this.#clock.wall());
    this.#measure(this.#view, this.#isWhole());
  }

  #lose(): void {
    this.#hearsSince = undefined;
    if (this.#whole) this.#wholeUntil = this.#clock.now();
    this.#whole = false;
    this.#disarm?.();
    this.#measure(this.#view, false);
  }

  /** Reads what was written while nobody heard, and, now and then, what only a store of another time told. */
  async #catchUp(): Promise<void> {
    if (this.#reading || !this.#journal) return;
    this.#reading = true;
    this.#disarm?.();
    let since = this.#hearsSince;
    let waitMs = READ_AGAIN_MS;
    try {
      do {
        since = this.#hearsSince;
        await this.#readAll(this.#journal);
        // A gap while it was read: what came in it may be missing. Or it is to be read afresh.
      } while (since !== this.#hearsSince || this.#cursor === undefined);
      this.#whole = since !== undefined;
    } catch (error) {
      this.#logger.debug({ reason: String(error) }, 'revocations could not be read');
      waitMs = RETRY_MS;
    }
    this.#reading = false;
    this.#measure(this.#view, this.#isWhole());
    if (this.#hearsSince === undefined) return;
    this.#disarm = this.#clock.after(waitMs, () => void this.#readAgain());
  }

  #readAgain(): Promise<void> {
    this.#view.sweep(this.#clock.wall());
    if (this.#view.overflowed && this.#view.size < this.#config.maxKept / 2) {
      // There may be room for all of them again.
      this.#view.expectAll();
      this.#readAfresh();
    }
    return this.#catchUp();
  }

  /** What was read so far does not count: until all of it is there, Redis is asked. */
  #readAfresh(): void {
    this.#whole = false;
    this.#cursor = undefined;
  }

  async #readAll(journal: Journal): Promise<void> {
    const view = this.#view;
    let at = Math.max(0, (this.#cursor ?? 0) - OVERLAP_MS);
    this.#cursor ??= at;
    for (;;) {
      const { revocations, next, isLast } = await journal.since(at);
      for (const revocation of revocations) view.add(revocation, this.#clock.wall());
      at = next;
      if (isLast || view.overflowed) break;
    }
    if (this.#cursor !== undefined) this.#cursor = at;
  }

  async #ask(identity: Identity, names: Names): Promise<boolean> {
    const askedAt = this.#clock.now();
    const heard = this.#heard;
    try {
      if (!this.#journal) return false;
      const marks = await this.#journal.lookUp(names);
      const wall = this.#clock.wall();
      let revoked = this.#view.strikes(identity, wall);
      for (const [i, [kind, id]] of names.entries()) {
        const mark = marks[i];
        if (mark) {
          this.#view.add({ kind, id, ...mark }, wall);
          revoked ||= strikes(mark, identity, wall);
        } else if (heard === this.#heard) this.#clear(`${kind}:${id}`, askedAt);
      }
      this.#countAsked(1, revoked ? 'revoked' : 'clear');
      if (this.#blind) this.#logger.info({}, 'revocations can be looked up again');
      this.#blind = false;
      return revoked;
    } catch (error) {
      return this.#withoutStore(error);
    }
  }

  #withoutStore(error: unknown): boolean {
    const { whenStoreIsGone } = this.#config;
    this.#countAsked(1, 'failed');
    if (!this.#blind) this.#logger.warn({ policy: whenStoreIsGone }, 'revocations cannot be looked up');
    this.#blind = true;
    if (whenStoreIsGone === 'deny') throw cannotTell('revocations cannot be looked up', error);
    return false;
  }

  #clear(name: string, askedAt: number): void {
    this.#cleared.delete(name);
    if (this.#cleared.size >= MAX_CLEARED) {
      const oldest = this.#cleared.keys().next();
      if (!oldest.done) this.#cleared.delete(oldest.value);
    }
    this.#cleared.set(name, askedAt);
  }
}

function journalIn(store: StateStore): Journal | undefined {
  if (isScriptStore(store)) return new RevocationJournal(store);
  return hasPrimaryCalls(store) ? new PrimaryJournal(store) : undefined;
}
