/**
 * The one reader of configurations in a process that decides: at the start, when files change, at a signal, when an operator
 * sends one. Each is taken over whole or not at all, one at a time; what asks for the same meanwhile is one attempt. Every
 * attempt is remembered, counted and told.
 */
import type { ConfigBundle } from '../config/bundle.ts';
import { formatFault } from '../config/fault.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { WatchedFiles } from '../core/watched-files.ts';
import { type Attempt, attemptOf } from './attempt.ts';
import { Attempts } from './attempts.ts';
import { type Begun, changesBetween, sameInputs } from './begun.ts';
import type { ChangeSource, ChangeTarget, ConfigVersion, ProcessVersion } from './change.ts';
import { type ConfigReader, type FailedReading, type Reading, reasonOf } from './config-reader.ts';
import { type Handed, toHanded } from './handed.ts';
import type { LastGood } from './last-good.ts';
import { sectionsForStart } from './restart.ts';
import { type Plain, shownConfig } from './shown-config.ts';
import { standIn } from './stand-in.ts';

export interface ReloadsOptions {
  readonly reader: ConfigReader;
  readonly clock: Clock;
  /** Where the last good one is kept; `undefined` for nowhere. */
  readonly lastGood?: LastGood | undefined;
}

/** What is known once something serves. */
export interface Follow {
  readonly target: ChangeTarget;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Told of each attempt that did or refused something. */
  readonly told?: (attempt: Attempt) => void;
}

export interface PutOptions {
  /** Of these digests one must be in force still. */
  readonly expected?: readonly string[] | undefined;
  /** Do nothing but say what would be done. */
  readonly isTrial?: boolean;
}

/** An operator's configuration was made against another than is in force now. */
export class Overtaken extends Error {}

/** More wait than one operator sends. */
export class TooManyChanges extends Error {}

const MAX_WAITING_PUTS = 8;

export class Reloads {
  readonly #options: ReloadsOptions;
  readonly #watched: WatchedFiles[] = [];
  #follow: Follow | undefined;
  #attempts: Attempts | undefined;
  #current: Begun | undefined;
  /** What it began with: sections that are read at the start are still as in this one. */
  #first: Begun | undefined;
  /** What its files said last, whether that serves or not: as long as they say so, they are not read again. */
  #fromFiles: Reading | FailedReading | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Attempts that have not begun, by what asked for them. */
  readonly #asked = new Map<'file' | 'signal', Promise<Attempt>>();
  #waitingPuts = 0;

  constructor(options: ReloadsOptions) {
    this.#options = options;
  }

  /**
   * Reads what to start with. Where the source is gone, that is what was good last; where it is faulty, only if what was good
   * last says so. The faults otherwise. `handed`: what the process before this one has in force goes on, unless it came from
   * files that say something else by now.
   */
  start(handed?: Handed): Begun | FailedReading {
    const begun = (handed && this.#goOnWith(handed)) ?? this.#begin(handed?.version.number ?? 0);
    if (begun.ok) {
      this.#current = begun;
      this.#first = begun;
    }
    return begun;
  }

  #goOnWith(handed: Handed): Begun | FailedReading | undefined {
    const { reader } = this.#options;
    const { version, bundle, origin, standsInBecause } = handed;
    if (bundle.file !== reader.file) return undefined;
    if (origin === 'files' && !reader.isAsRead(handed, 'files')) return undefined;
    const reading = reader.fromBundle(bundle);
    if (!reading.ok) return reading;
    this.#fromFiles = { ...handed, ok: false, faults: [], reason: undefined };
    return { ...reading, version, origin, standsInBecause };
  }

  #begin(number: number): Begun | FailedReading {
    const { reader, clock, lastGood } = this.#options;
    const reading = reader.fromFiles();
    this.#fromFiles = reading;
    return reading.ok
      ? {
          ...reading,
          version: version(number + 1, reading, 'start', clock),
          origin: 'files' as const,
          standsInBecause: undefined,
        }
      : ((lastGood && standIn(reader, lastGood, reading)) ?? reading);
  }

  /** For the process that takes the place of this one; `undefined` where there is nothing to hand. */
  handed(): object | undefined {
    return this.#fromFiles && toHanded(this.#inForce(), this.#fromFiles);
  }

  /** From now on changes are taken over. Once, when what `start` gave serves. */
  follow(follow: Follow): void {
    const current = this.#inForce();
    this.#follow = follow;
    this.#attempts = new Attempts({ ...follow, clock: this.#options.clock, first: current.version });
    if (current.standsInBecause === undefined) this.#keep(current);
    else {
      const fields = { reason: current.standsInBecause, keptAt: new Date(current.version.at).toISOString() };
      follow.logger.warn(fields, 'the configuration that was good last serves in place of its source');
    }
    this.#watch();
  }

  /** Reads all anew, as an operator's signal asks, and has it built even where nothing changed. */
  signal(): Promise<Attempt> {
    return this.#once('signal', () => this.#attempt('signal', this.#readFiles(), 'files'));
  }

  /**
   * Takes over what an operator sent: until its files change, at a signal, or at the next start. Rejects with `Overtaken` or
   * `TooManyChanges`; what is wrong with the configuration is in the attempt.
   */
  async put(bundle: ConfigBundle, options: PutOptions = {}): Promise<Attempt> {
    if (this.#waitingPuts >= MAX_WAITING_PUTS) throw new TooManyChanges('too many configurations wait');
    this.#waitingPuts += 1;
    return this.#inTurn(async () => {
      this.#waitingPuts -= 1;
      const { expected, isTrial = false } = options;
      if (expected !== undefined && !expected.includes(this.#inForce().digest))
        throw new Overtaken(this.#inForce().digest);
      const reading = this.#options.reader.fromBundle(bundle);
      return isTrial ? this.#try(reading) : this.#attempt('admin', reading, 'sent');
    });
  }

  get version(): ConfigVersion {
    return this.#inForce().version;
  }

  get config(): Reading['config'] {
    return this.#inForce().config;
  }

  get folder(): string {
    return this.#options.reader.folder;
  }

  get file(): string | undefined {
    return this.#options.reader.file;
  }

  versions(): readonly ProcessVersion[] {
    return this.#follow?.target.versions() ?? [];
  }

  /** The newest first. */
  get history(): readonly Attempt[] {
    return this.#attempts?.history ?? [];
  }

  /** Why the last good one serves in place of its source; `undefined` where it does not. */
  get standsInBecause(): string | undefined {
    return this.#inForce().standsInBecause;
  }

  /** What waits for the next start. */
  get waits(): readonly string[] {
    return this.#first ? sectionsForStart(this.#first.config, this.#inForce().config) : [];
  }

  /** What serves, without a secret. */
  effective(): Readonly<Record<string, Plain>> {
    return shownConfig(this.#inForce());
  }

  /** Nothing is read any more. */
  close(): void {
    for (const watched of this.#watched.splice(0)) watched.close();
  }

  #inForce(): Begun {
    if (!this.#current) throw new TypeError('nothing was read yet');
    return this.#current;
  }

  #readFiles(): Reading | FailedReading {
    this.#fromFiles = this.#options.reader.fromFiles();
    return this.#fromFiles;
  }

  /** Some file changed: which one decides what is read anew. */
  #filesChanged(): void {
    if (this.#asked.has('file')) return;
    const { reader } = this.#options;
    void this.#once('file', () => {
      const current = this.#inForce();
      const files = this.#fromFiles;
      const isTheirs = current.origin === 'files';
      if (files && !reader.isAsRead(files, isTheirs ? 'all' : 'files'))
        return this.#attempt('file', this.#readFiles(), 'files');
      // What serves is not what the files say, and something that it reads beside its texts changed.
      if (!isTheirs && !reader.isAsRead(current, 'inputs'))
        return this.#attempt('file', reader.fromBundle(current.bundle), current.origin);
      return Promise.resolve(this.#judge('file')('unchanged', { digest: current.digest }));
    });
  }

  async #attempt(
    source: ChangeSource,
    reading: Reading | FailedReading,
    origin: Begun['origin'],
  ): Promise<Attempt> {
    const attempt = await this.#applied(source, reading, origin);
    this.#watch();
    this.#attempts?.add(attempt);
    this.#follow?.told?.(attempt);
    return attempt;
  }

  async #applied(
    source: ChangeSource,
    reading: Reading | FailedReading,
    origin: Begun['origin'],
  ): Promise<Attempt> {
    const before = this.#inForce();
    const judge = this.#judge(source);
    if (!reading.ok) return judge('refused', faultsOf(reading));
    const { digest } = reading;
    const isSame = digest === before.digest && sameInputs(reading, before);
    if (isSame && source !== 'signal' && before.origin !== 'kept') {
      this.#current = { ...before, origin };
      return judge('unchanged', { digest });
    }
    const next = this.#next(source, reading);
    const changes = changesBetween(before, reading, this.#options.reader.folder);
    try {
      await this.#follow?.target.apply({ version: next, bundle: reading.bundle, config: reading.config });
    } catch (error) {
      return judge('refused', { digest, changes, reasons: [reasonOf(error)] });
    }
    const standsInBecause = origin === 'kept' ? before.standsInBecause : undefined;
    this.#current = { ...reading, version: next, origin, standsInBecause };
    this.#keep(this.#current);
    return judge('applied', { digest, changes, waits: this.waits });
  }

  /** What it would do. It is built where the target can build without taking over. */
  async #try(reading: Reading | FailedReading): Promise<Attempt> {
    const judge = this.#judge('admin');
    if (!reading.ok) return judge('refused', faultsOf(reading));
    const { digest, config, bundle } = reading;
    const changes = changesBetween(this.#inForce(), reading, this.#options.reader.folder);
    try {
      await this.#follow?.target.rehearse?.({ version: this.#next('admin', reading), bundle, config });
    } catch (error) {
      return judge('refused', { digest, changes, reasons: [reasonOf(error)] });
    }
    const waits = this.#first ? sectionsForStart(this.#first.config, config) : [];
    return judge('tried', { digest, changes, waits });
  }

  /** Says what became of it, when it is over. */
  #judge(source: ChangeSource) {
    const { clock } = this.#options;
    const [at, began] = [clock.wall(), clock.now()];
    return (outcome: Attempt['outcome'], more: Partial<Attempt>): Attempt => {
      const { version } = this.#inForce();
      return attemptOf({ source, at, tookMs: clock.now() - began, outcome, version, ...more });
    };
  }

  #next(source: ChangeSource, reading: Reading): ConfigVersion {
    return version(this.#inForce().version.number + 1, reading, source, this.#options.clock);
  }

  /** The last good one, where it is kept. What cannot be written is told, and holds nothing up. */
  #keep({ version, bundle }: Begun): void {
    const { lastGood } = this.#options;
    if (!lastGood || bundle.file === '') return;
    try {
      lastGood.keep({ version, bundle });
    } catch (error) {
      const fields = { file: lastGood.file, reason: reasonOf(error) };
      this.#follow?.logger.warn(fields, 'the configuration that is good cannot be kept');
    }
  }

  #watch(): void {
    const { reader, clock } = this.#options;
    const current = this.#inForce();
    const { watch, settle } = current.config.reload;
    if (!watch || reader.file === undefined) {
      this.close();
      return;
    }
    if (this.#watched.length === 0) {
      const changed = (): void => this.#filesChanged();
      this.#watched.push(new WatchedFiles({ clock, settleMs: settle, changed }));
    }
    const { files = [], inputs = [] } = this.#fromFiles ?? {};
    this.#watched[0]?.follow([reader.file, ...files, ...inputs, ...current.inputs]);
  }

  /** Asked for again before it began it is the same attempt. */
  #once(source: 'file' | 'signal', attempt: () => Promise<Attempt>): Promise<Attempt> {
    const asked = this.#asked.get(source);
    if (asked) return asked;
    const made = this.#inTurn(() => {
      this.#asked.delete(source);
      return attempt();
    });
    this.#asked.set(source, made);
    return made;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

function version(number: number, { digest }: Reading, source: ChangeSource, { wall }: Clock): ConfigVersion {
  return { number, digest, source, at: wall() };
}

function faultsOf({ faults, reason }: FailedReading): Partial<Attempt> {
  return { faults, reasons: reason === undefined ? faults.map(formatFault) : [reason] };
}
