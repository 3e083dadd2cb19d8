import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readRecording, recordingOf, redacted, shapeDrifts, writeRecording } from './recording.ts';

describe('recordings', () => {
  it('hold no secrets and nobody, and keep the shape', () => {
    const user = {
      password_hash: 'x',
      name: 'Ada',
      id: '42',
      email: 'a@b.example',
      accessToken: 7,
      pin: 'p',
    };
    assert.deepEqual(redacted(user, { members: ['pin'], identities: { '42': 'user-1' } }), {
      accessToken: 0,
      email: 'somebody@example.org',
      id: 'user-1',
      name: 'Ada',
      password_hash: '[redacted]',
      pin: '[redacted]',
    });
  });

  it('are sorted, hold each call once, and are read as they were written', (t) => {
    const call = (to: string, id: string, answer: unknown) => ({ to, asked: { path: { id } }, answer });
    const recording = recordingOf([
      call('b', '1', 1),
      call('a', '2', 2),
      call('a', '1', 3),
      call('b', '1', 4),
    ]);
    assert.deepEqual(
      recording.calls.map(({ to, answer }) => [to, answer]),
      [
        ['a', 3],
        ['a', 2],
        ['b', 4],
      ],
    );
    const folder = mkdtempSync(join(tmpdir(), 'recording-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'r.json');
    writeRecording(file, recording);
    assert.deepEqual(readRecording(file), recording);
    assert.throws(
      () => readRecording(join(import.meta.dirname, '../../package.json')),
      /no recording of version 1/,
    );
  });

  it('tell shapes apart, not values', () => {
    const was = { name: 'Ada', tags: [{ a: 1 }], gone: true, maybe: null };
    const now = { name: 7, tags: [{ a: 'x' }, { b: 1 }], more: [], maybe: 'x' };
    assert.deepEqual(shapeDrifts(was, now), [
      '/gone: boolean, now absent',
      '/more: absent, now list',
      '/name: string, now number',
      '/tags/*/a: number, now string',
    ]);
  });
});
