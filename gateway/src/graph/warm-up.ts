/**
 * Warming: what is asked for most of one graph is prepared, planned and compiled by its successor before that takes
 * over, so that a new supergraph meets its load with full caches. Bounded in number and in time.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { conditionsOf } from './document/conditions.ts';
import type { DataObject } from './execute/data.ts';
import type { Operations } from './operation.ts';
import type { RegisteredDocument } from './persisted/manifest.ts';
import { Refusal } from './refusal.ts';

/** An operation as it was asked for: enough to prepare it anew, over another supergraph. */
export interface HotOperation {
  readonly text: string;
  readonly operationName: string | undefined;
  readonly registered: boolean;
  /** How often, those of earlier graphs counted less and less. */
  readonly hits: number;
  /** One set of variables for each combination of conditions that was compiled. */
  readonly conditions: readonly DataObject[];
}

export interface WarmUp {
  /** Combinations that are ready. */
  readonly warmed: number;
  /** Operations that the new supergraph cannot answer, or that could not be planned. */
  readonly failed: number;
  /** Operations for which there was no time. */
  readonly left: number;
}

/** The `max` operations that were asked for most, the most first. */
export function hottest(operations: Operations, max: number): HotOperation[] {
  return [...operations.documents()]
    .filter(({ hits }) => hits > 0)
    .sort((a, b) => b.hits - a.hits)
    .slice(0, max)
    .map(({ text, operationName, registered, hits, conditions, compiled }) => ({
      text,
      operationName,
      registered,
      hits,
      // Keys may go on after the conditions: what callers may have is worked out anew.
      conditions: [...new Set([...compiled.entries()].map(([key]) => key.slice(0, conditions.length)))].map(
        (key) => conditionsOf(conditions, key),
      ),
    }));
}

/** Prepares operations, the first first, until `budgetMs` have passed. Never rejects for an operation's sake. */
export async function warmUp(
  operations: Operations,
  hot: readonly HotOperation[],
  clock: Clock,
  budgetMs: number,
): Promise<WarmUp> {
  const until = clock.now() + budgetMs;
  let warmed = 0;
  let failed = 0;
  for (const [index, operation] of hot.entries()) {
    if (clock.now() >= until) return { warmed, failed, left: hot.length - index };
    const prepared = operations.prepare(operation.text, operation.operationName, false, operation.registered);
    if (prepared instanceof Refusal) {
      failed += 1;
    } else {
      prepared.hits = Math.floor(operation.hits / 2);
      for (const variables of operation.conditions) {
        const ready = await operations.compile(prepared, variables, 'trusted').then(
          (compiled) => compiled.writeText() !== undefined || true,
          () => false,
        );
        if (ready) warmed += 1;
        else failed += 1;
      }
    }
    // Requests of the graph that still serves come first.
    await nextTurn();
  }
  return { warmed, failed, left: 0 };
}

/** A registered document that this supergraph cannot answer. */
export interface InvalidDocument {
  readonly id: string;
  /** What validation says, the first of it. */
  readonly reason: string;
}

/** Time that other requests wait at most while documents are validated. */
const SLICE_MS = 8;

/** Validates registered documents and keeps them prepared. Returns those that are not valid. */
export async function registerDocuments(
  operations: Operations,
  documents: readonly RegisteredDocument[],
  clock: Clock,
): Promise<InvalidDocument[]> {
  const invalid: InvalidDocument[] = [];
  let sliceEnd = clock.now() + SLICE_MS;
  for (const { id, text, operationName } of documents) {
    const prepared = operations.prepare(text, operationName, false, true);
    if (prepared instanceof Refusal) {
      invalid.push({ id, reason: prepared.errors[0]?.message ?? 'refused' });
    } else {
      prepared.hits = 0;
    }
    if (clock.now() >= sliceEnd) {
      await nextTurn();
      sliceEnd = clock.now() + SLICE_MS;
    }
  }
  return invalid;
}

/** Registered documents beside what is hot already, with their conditions false. */
export function registeredAsHot(
  documents: readonly RegisteredDocument[],
  hot: readonly HotOperation[],
): HotOperation[] {
  const known = new Set(hot.filter(({ registered }) => registered).map(({ text }) => text));
  return documents
    .filter(({ text }) => !known.has(text))
    .map(({ text, operationName }) => ({ text, operationName, registered: true, hits: 0, conditions: [{}] }));
}
