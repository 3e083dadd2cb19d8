/** What became of one configuration that was read while the gateway ran. */
import { type Fault, formatFault } from '../config/fault.ts';
import type { ChangeSource, ConfigVersion } from './change.ts';
import type { SubjectChange } from './diff.ts';

export interface Attempt {
  readonly source: ChangeSource;
  /** Milliseconds since the epoch when it began. */
  readonly at: number;
  readonly tookMs: number;
  /** `tried`: it was asked what it would do, and nothing was done. */
  readonly outcome: 'applied' | 'unchanged' | 'refused' | 'tried';
  /** In force afterwards. */
  readonly version: ConfigVersion;
  /** Of what was read; `undefined` where that is faulty. */
  readonly digest: string | undefined;
  readonly changes: readonly SubjectChange[];
  /** Sections whose changes wait for the next start. */
  readonly waits: readonly string[];
  /** Why it was refused, a line each, with places where there are any. */
  readonly reasons: readonly string[];
  readonly faults: readonly Fault[];
}

type Said = Pick<Attempt, 'source' | 'at' | 'tookMs' | 'outcome' | 'version'> & Partial<Attempt>;

export function attemptOf(said: Said): Attempt {
  return {
    digest: undefined,
    changes: [],
    waits: [],
    reasons: said.faults?.map(formatFault) ?? [],
    faults: [],
    ...said,
  };
}
