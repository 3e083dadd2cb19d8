/**
 * A reporter of node:test for the runner: one JSON line for each test that ended, so that counts hold even when the
 * file's process dies half-way. Suites are no tests: those at the top of a file have a line for their time alone.
 */
import type { TestEvent } from 'node:test/reporters';

export interface TallyLine {
  /** The test's file, as an absolute path. */
  readonly file: string;
  readonly name: string;
  readonly verdict: 'passed' | 'failed' | 'skipped' | 'suite';
  /** How long it took; 0 for what is part of another, whose time it is. */
  readonly elapsedMs: number;
  /** Why it was skipped, where that was said. */
  readonly reason?: string;
}

export default async function* tally(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, nesting, skip, todo, details, file = '' } = event.data;
    const elapsedMs = nesting === 0 ? details.duration_ms : 0;
    if (details.type === 'suite') {
      if (nesting === 0) yield lineOf({ file, name, verdict: 'suite', elapsedMs });
      continue;
    }
    const reason = typeof skip === 'string' ? { reason: skip } : {};
    if (skip !== undefined && skip !== false)
      yield lineOf({ file, name, verdict: 'skipped', elapsedMs, ...reason });
    else
      yield lineOf({
        file,
        name,
        verdict: event.type === 'test:fail' && !todo ? 'failed' : 'passed',
        elapsedMs,
      });
  }
}

function lineOf(line: TallyLine): string {
  return `${JSON.stringify(line)}\n`;
}
