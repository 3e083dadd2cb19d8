/** What became of the last changes: remembered for operators, counted, and told in the log. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Instrument, Meter } from '../core/meter.ts';
import type { Attempt } from './attempt.ts';
import type { ConfigVersion } from './change.ts';
import { diffSummary } from './diff-text.ts';

export interface AttemptsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** In force when it begins. */
  readonly first: ConfigVersion;
}

/** A page of them, and no more memory. */
const MAX_KEPT = 50;
/** Of each: a list of a hundred thousand consumers may be another at once. */
const MAX_CHANGES_KEPT = 1_000;
const MAX_LINES = 20;

export class Attempts {
  readonly #logger: Logger;
  readonly #kept: Attempt[] = [];
  readonly #reloads: Instrument;
  readonly #successful: Instrument;
  readonly #succeededAt: Instrument;
  readonly #number: Instrument;
  readonly #info: Instrument;
  #told: ConfigVersion | undefined;

  constructor({ logger, meter, first }: AttemptsOptions) {
    this.#logger = logger;
    this.#reloads = meter.counter({
      name: 'frontdesk_config_reloads_total',
      help: 'Configurations that were read while the gateway ran, by what asked for it and what became of it',
      labels: ['source', 'outcome'],
    });
    this.#successful = meter.gauge({
      name: 'frontdesk_config_last_reload_successful',
      across: 'min',
      help: '1 where what was read last serves, 0 where it was refused',
      labels: [],
    });
    this.#succeededAt = meter.gauge({
      name: 'frontdesk_config_last_success_timestamp_seconds',
      across: 'min',
      help: 'When a configuration was taken over last',
      labels: [],
    });
    this.#number = meter.gauge({
      name: 'frontdesk_config_version',
      across: 'min',
      help: 'The number of the configuration that serves',
      labels: [],
    });
    this.#info = meter.gauge({
      name: 'frontdesk_config_version_info',
      across: 'max',
      help: '1 for the configuration that serves: its digest, and where it came from',
      labels: ['digest', 'source'],
    });
    this.#successful(first.source === 'last-good' ? 0 : 1);
    this.#tell(first);
  }

  /** The newest first. */
  get history(): readonly Attempt[] {
    return this.#kept;
  }

  add(attempt: Attempt): void {
    const { source, outcome, version, changes, waits, reasons, tookMs } = attempt;
    this.#kept.unshift({ ...attempt, changes: changes.slice(0, MAX_CHANGES_KEPT) });
    this.#kept.length = Math.min(this.#kept.length, MAX_KEPT);
    this.#reloads(1, source, outcome);
    this.#successful(outcome === 'refused' ? 0 : 1);
    const said = { source, version: version.number, digest: version.digest };
    if (outcome === 'refused') {
      const told = reasons.slice(0, MAX_LINES);
      this.#logger.error({ ...said, reasons: told }, 'a configuration was refused: the old one goes on');
    } else if (outcome === 'applied') {
      this.#tell(version);
      const told = { changes: diffSummary(changes, MAX_LINES), ...(waits.length > 0 ? { waits } : {}) };
      this.#logger.info({ ...said, tookMs: Math.round(tookMs), ...told }, 'the configuration changed');
    } else this.#logger.debug(said, 'the configuration is as it was');
  }

  /** The series of what served before goes. */
  #tell(version: ConfigVersion): void {
    if (this.#told) this.#info(Number.NaN, this.#told.digest, this.#told.source);
    this.#told = version;
    this.#info(1, version.digest, version.source);
    this.#number(version.number);
    this.#succeededAt(version.at / 1_000);
  }
}
