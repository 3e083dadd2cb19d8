/**
 * A field that failed, standing in the data where its value would be. So a failure travels with the data into
 * every place that a value would reach, and becomes an error with the client's path only there, once for
 * each place (GraphQL §6.4.4).
 */
import type { ErrorCode, FrontdeskError } from '../../core/errors.ts';
import { ERRORS } from '../../core/errors.ts';

export type PathKey = string | number;

export interface FailureEntry {
  readonly message: string;
  /** `extensions.code`. */
  readonly code: string;
  readonly subgraph: string | undefined;
  /** Where below this place it happened, as the subgraph says: checked against the selection before use. */
  readonly below: readonly PathKey[];
  /**
   * True where `below` starts at the object that holds the failed field: one error took several fields of
   * that object with it, and is to be told once.
   */
  readonly fromParent: boolean;
  /** Further `extensions`, where clients may read why. */
  readonly why?: PluginMembers | undefined;
}

/** One or more errors at one place. Compared by `instanceof`: nothing that was parsed can be one. */
export class Failure {
  readonly entries: readonly FailureEntry[];

  constructor(entries: readonly FailureEntry[]) {
    this.entries = entries;
  }

  static of(entry: FailureEntry): Failure {
    return new Failure([entry]);
  }

  static fromError(error: FrontdeskError, subgraph: string): Failure {
    return Failure.of(entryOf(error, subgraph));
  }
}

/** Which team's step failed, and how: clients may know it. */
export interface PluginMembers {
  readonly plugin: string;
  readonly reason: string;
}

/** `undefined` for errors of anything else. */
export function pluginMembers({ code, members }: FrontdeskError): PluginMembers | undefined {
  if (code !== 'plugin_failed') return undefined;
  return { plugin: String(members.plugin), reason: String(members.reason) };
}

/** What clients read of one of our own errors. */
export function entryOf(error: FrontdeskError, subgraph: string | undefined): FailureEntry {
  const entry = publicEntry(error.code, subgraph);
  const why = pluginMembers(error);
  return why ? { ...entry, why } : entry;
}

/** What clients read of one of our own error codes. */
export function publicEntry(
  code: ErrorCode,
  subgraph: string | undefined,
  below: readonly PathKey[] = [],
): FailureEntry {
  return { message: ERRORS[code].title, code: code.toUpperCase(), subgraph, below, fromParent: false };
}
