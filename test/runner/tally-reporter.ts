/**
 * A reporter of node:test for the runner: one JSON line for each test that ended, suites left out, so that
 * counts hold even when the file's process dies half-way.
 */
import type { TestEvent } from 'node:test/reporters';

export interface TallyLine {
  readonly name: string;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, where that was said. */
  readonly reason?: string;
}

export default async function* tally(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, skip, todo, details } = event.data;
    if (details.type === 'suite') continue;
    const line: TallyLine =
      skip !== undefined && skip !== false
        ? { name, verdict: 'skipped', ...(typeof skip === 'string' ? { reason: skip } : {}) }
        : { name, verdict: event.type === 'test:fail' && !todo ? 'failed' : 'passed' };
    yield `${JSON.stringify(line)}\n`;
  }
}
