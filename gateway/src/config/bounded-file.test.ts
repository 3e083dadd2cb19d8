import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readBounded } from './bounded-file.ts';
import { loadBundle, readFromDisk } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-bounded-'));
after(() => rmSync(folder, { recursive: true }));

/** A pipe with somebody at its other end who says nothing. */
function silentPipe(name: string): { readonly path: string; close(): void } {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  const descriptor = openSync(path, constants.O_RDWR);
  return { path, close: () => closeSync(descriptor) };
}

describe('a file that a configuration names', () => {
  it('is read whole up to the bound, and not beyond', () => {
    const path = join(folder, 'file');
    const content = Buffer.alloc(200_000, 'ab');
    writeFileSync(path, content);
    assert.deepEqual(readBounded(path, { maxBytes: 200_000 }), content);
    assert.equal(readBounded(path, { maxBytes: 199_999 }), undefined);
    // Nothing is stated of its size.
    assert.equal(readBounded('/dev/zero', { maxBytes: 1_000_000 }), undefined);
    assert.equal(readBounded('/dev/null', { maxBytes: 10 })?.length, 0);
    assert.ok((readBounded('/proc/self/status', { maxBytes: 100_000 })?.length ?? 0) > 100);
    assert.throws(() => readBounded(folder, { maxBytes: 10 }), { code: 'EISDIR' });
    assert.throws(() => readBounded(join(folder, 'none'), { maxBytes: 10 }), { code: 'ENOENT' });
  });

  it('holds nobody up where it is a pipe that nobody fills', () => {
    const pipe = silentPipe('pipe');
    assert.throws(() => readBounded(pipe.path, { maxBytes: 10 }), { code: 'EAGAIN' });
    assert.deepEqual(readFromDisk(pipe.path), { ok: false, reason: 'it is a pipe, and nothing is in it' });
    pipe.close();
  });

  it('refuses the configuration that names it, whichever setting does', () => {
    const pipe = silentPipe('named');
    const file = join(folder, 'frontdesk.yaml');
    for (const path of ['/dev/zero', pipe.path]) {
      for (const text of [
        `include: ${path}`,
        `zone: "file:${path}"`,
        `graph: { supergraph: ${path} }`,
        `listen: { tls: { cert: ${path}, key: ${path} } }`,
        `listen: { ip: { denyFile: ${path} } }`,
        `routes: [{ match: { path: /a }, to: { fixed: {} }, validate: { openapi: ${path} } }]`,
        `graph: { supergraph: none.graphql, documents: { manifest: ${path} } }`,
      ]) {
        const loaded = loadBundle({ file, texts: { [file]: text } }, {});
        assert.equal(loaded.ok, false, text);
        assert.ok(
          !loaded.ok && loaded.faults.some(({ message }) => message.includes(path)),
          `${text}\n${JSON.stringify(!loaded.ok && loaded.faults)}`,
        );
      }
    }
    pipe.close();
  });
});
