import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const WRITER = new URL('stalled-writer.fixture.ts', import.meta.url);

for (const descriptor of [1, 2]) {
  test(`a reader of descriptor ${descriptor} that stands still costs lines, and the process ends all the same`, async (t) => {
    // Nothing reads from the pipes.
    const child = fork(WRITER, [String(descriptor)], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    t.after(() => child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    const [told]: unknown[] = await once(child, 'message');
    assert.ok(typeof told === 'object' && told !== null && 'dropped' in told && Number(told.dropped) > 0);
    assert.deepEqual(await ended, [0, null]);
  });
}
