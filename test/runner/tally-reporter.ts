/**
 * A reporter of node:test for the runner: one JSON line for each test that ended, suites left out, so that
 * counts hold even when the file's process dies half-way.
 */
import type { TestEvent } from 'node:test/reporters';

export interface TallyLine {
  /** The test's file, as an absolute path. */
  readonly file: string;
  readonly name: string;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, where that was said. */
  readonly reason?: string;
}

export default async function* tally(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, skip, todo, details, file = '' } = event.data;
    if (details.type === 'suite') continue;
    const line: TallyLine =
      skip !== undefined && skip !== false
        ? { file, name, verdict: 'skipped', ...(typeof skip === 'string' ? { reason: skip } : {}) }
        : { file, name, verdict: event.type === 'test:fail' && !todo ? 'failed' : 'passed' };
    yield `${JSON.stringify(line)}\n`;
  }
}
