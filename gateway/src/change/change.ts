/**
 * A change of what is configured: where it comes from, what it is told by, and who puts it into force. One gateway process
 * is such a target; so are all workers together, which take over as one or not at all.
 */
import type { ConfigBundle } from '../config/bundle.ts';
import type { Config } from '../config/schema.ts';

/** What caused it: the first reading, a file that changed, SIGHUP, an operator's PUT, or what was kept of the last good one. */
export type ChangeSource = 'start' | 'file' | 'signal' | 'admin' | 'last-good';

/** A configuration that has been in force, or shall be. */
export interface ConfigVersion {
  /** Counted from 1 by the process that reads configurations; workers that take its place go on with it. */
  readonly number: number;
  /** `bundleDigest` of its texts: the same on every node that serves the same. */
  readonly digest: string;
  readonly source: ChangeSource;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface Change {
  readonly version: ConfigVersion;
  readonly bundle: ConfigBundle;
  /** Read and validated already. */
  readonly config: Config;
}

/** A process that serves, and which configuration. */
export interface ProcessVersion {
  /** `gateway` for the one that serves alone; else the worker's number. */
  readonly process: string;
  readonly pid: number;
  readonly version: ConfigVersion;
}

export interface ChangeTarget {
  /** Whole or not at all, in all processes. Rejects with what makes it impossible; then all stays as it was everywhere. */
  apply(change: Change): Promise<void>;
  /** Builds it beside what serves and drops it again. Rejects as `apply` would. Absent where that cannot be done. */
  rehearse?(change: Change): Promise<void>;
  /** What serves now. */
  versions(): readonly ProcessVersion[];
}
