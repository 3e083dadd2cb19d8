import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FrontDoor } from './front-door.ts';

test('the port stays while what is behind it comes, goes and changes', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-door-'));
  const serve = async (name: string): Promise<string> => {
    const server = createServer((_, response) => response.setHeader('connection', 'close').end(name));
    await new Promise<void>((resolve) => server.listen(join(folder, name), resolve));
    t.after(() => server.close());
    return join(folder, name);
  };
  let socket: string | undefined;
  const door = new FrontDoor({
    host: '127.0.0.1',
    port: 0,
    socket: () => socket,
    reason: () => 'src/a.ts:1:1  broken',
  });
  const { port } = await door.listen();
  t.after(async () => {
    await door.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const ask = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/`);
  const early = await ask();
  assert.equal(early.status, 503);
  assert.match(await early.text(), /src\/a\.ts:1:1 {2}broken/);
  for (const name of ['one', 'two']) {
    socket = await serve(name);
    assert.equal(await (await ask()).text(), name);
  }
  socket = join(folder, 'gone');
  assert.equal((await ask()).status, 503);
});
