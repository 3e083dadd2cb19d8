/** A ready-made property of screens: whichever part fails, and however, nobody else is the worse for it. */
import { isDeepStrictEqual } from 'node:util';
import type { Screen } from '../bff/screen/screen.ts';
import { type FaultKind, nameOf } from './faults.ts';
import { ScreenBench, type TestedScreen, type TestScreenOptions } from './screen.ts';
import { textTable } from './text-table.ts';

export interface EveryPartOptions extends Omit<TestScreenOptions, 'faults' | 'clock'> {
  /** Default: `timeout`, `connection refused`, `status 500`, `status 404` and `invalid`. */
  readonly kinds?: readonly FaultKind[];
}

/** What became of the screen when one part failed in one way. */
export interface PartFailureRow {
  readonly part: string;
  readonly fault: string;
  readonly required: boolean;
  /**
   * `left out`: the part, alone or with those that use it. `handled`: its own function made a value of the failure. `calls
   * nothing`: it has no call that could fail.
   */
  readonly result: 'left out' | 'screen fails' | 'handled' | 'calls nothing';
  /** The parts that are missing, this one included. */
  readonly incomplete: readonly string[];
  /** On the test's clock, milliseconds. */
  readonly durationMs: number;
  /** What is not as it should be; `undefined` where all is well. */
  readonly problem: string | undefined;
}

export interface PartFailures {
  readonly rows: readonly PartFailureRow[];
  /** The rows as a person reads them. */
  readonly table: string;
}

const KINDS: readonly FaultKind[] = ['timeout', 'connection refused', 'status 500', 'status 404', 'invalid'];

/**
 * Fails each part in turn, in each way. An optional part that fails leaves everything else as it was but what uses it; a
 * required one fails the screen, or handles it. Rejects with a table where that does not hold.
 */
export async function everyPartMayFail(screen: Screen, options: EveryPartOptions): Promise<PartFailures> {
  const { kinds = KINDS, ...more } = options;
  const run = (faults: TestScreenOptions['faults']): Promise<TestedScreen> =>
    new ScreenBench(screen, { ...more, ...(faults ? { faults } : {}) }).run();
  const well = await run(undefined);
  if (well.incomplete.length > 0) {
    const missing = well.incomplete.join(', ');
    throw new Error(`screen ${screen.field} lacks ${missing} while nothing fails`);
  }
  const rows: PartFailureRow[] = [];
  for (const part of Object.keys(screen.parts)) {
    if (!well.calls.some((call) => call.part === part)) {
      rows.push({ ...rowOf(screen, part, '-'), result: 'calls nothing' });
      continue;
    }
    for (const kind of kinds) {
      const before = rowOf(screen, part, nameOf(kind));
      let failed: TestedScreen;
      try {
        failed = await run({ [part]: kind });
      } catch (error) {
        const problem = problemOfFailure(screen, part, error);
        rows.push({ ...before, result: 'screen fails', problem });
        continue;
      }
      rows.push({ ...before, ...judged(screen, part, well, failed) });
    }
  }
  const table = tableOf(rows);
  if (rows.some(({ problem }) => problem !== undefined)) {
    throw new Error(`parts of screen ${screen.field} do not fail alone:\n${table}`);
  }
  return { rows, table };
}

function rowOf(screen: Screen, part: string, fault: string): PartFailureRow {
  const required = screen.parts[part]?.required === true;
  return { part, fault, required, result: 'left out', incomplete: [], durationMs: 0, problem: undefined };
}

function judged(
  screen: Screen,
  part: string,
  well: TestedScreen,
  failed: TestedScreen,
): Pick<PartFailureRow, 'result' | 'incomplete' | 'durationMs' | 'problem'> {
  const { incomplete, durationMs } = failed;
  const spread = incomplete.filter((name) => name !== part && !uses(screen, name, part));
  const changed = Object.keys(screen.parts).filter(
    (name) =>
      name !== part &&
      !uses(screen, name, part) &&
      !isDeepStrictEqual(well.values[name], failed.values[name]),
  );
  const problem =
    spread.length > 0
      ? `${spread.join(', ')} failed with it`
      : changed.length > 0
        ? `${changed.join(', ')} changed with it`
        : undefined;
  const result = incomplete.includes(part) ? 'left out' : 'handled';
  return { result, incomplete, durationMs, problem };
}

/** An optional part has no business to fail the screen, not even through those that use it. */
function problemOfFailure(screen: Screen, part: string, error: unknown): string | undefined {
  if (screen.parts[part]?.required) return undefined;
  const through = Object.keys(screen.parts).filter(
    (name) => screen.parts[name]?.required && uses(screen, name, part),
  );
  if (through.length > 0) return `it is optional, and ${through.join(', ')}, which uses it, is required`;
  return `it is optional, and the screen failed: ${error instanceof Error ? error.message : String(error)}`;
}

/** Whether a part may wait for another, directly or not; one that does not say may wait for any. */
function uses(screen: Screen, name: string, target: string, seen = new Set<string>()): boolean {
  const part = screen.parts[name];
  if (!part || seen.has(name)) return false;
  seen.add(name);
  if (!part.uses) return mayUseAny(part);
  return Object.keys(part.uses).some((used) => used === target || uses(screen, used, target, seen));
}

/** Parts that declare nothing mostly use nothing: their function says so by its text. */
function mayUseAny({ resolve }: Screen['parts'][string]): boolean {
  return /\buse\b/.test(resolve.toString());
}

function tableOf(rows: readonly PartFailureRow[]): string {
  return textTable([
    ['part', '', 'fault', 'result', 'missing', 'ms', ''],
    ...rows.map(({ part, required, fault, result, incomplete, durationMs, problem }) => [
      part,
      required ? 'required' : 'optional',
      fault,
      result,
      incomplete.join(' '),
      result === 'calls nothing' ? '' : String(Math.round(durationMs)),
      problem === undefined ? '' : `✖ ${problem}`,
    ]),
  ]);
}
