import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { diff } from './diff.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-diff-'));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

test('it ends with 0 where nothing changes, 1 where something does and 2 where that cannot be told', async () => {
  const [one, two, bad] = [write('a', 'zone: a\n'), write('b', 'zone: b\n'), write('c', 'zoen: c\n')];
  const terminal = recordedTerminal();
  assert.equal(await diff([one, one], {}, terminal), 0);
  assert.equal(terminal.stdout(), '');
  assert.equal(await diff([one, two], {}, terminal), 1);
  assert.equal(terminal.stdout(), 'zone\n  ~ all of it: a → b\n');
  assert.equal(await diff([one, bad], {}, terminal), 2);
  assert.match(terminal.stderr(), /zoen: unknown key/);
  assert.equal(await diff([one], {}, terminal), 2);
  assert.equal(await diff([one, two], { admin: 'http://127.0.0.1:1' }, terminal), 2);
  assert.equal(await diff([one], { admin: 'http://127.0.0.1:1' }, terminal), 2);
});

test('a running gateway is asked what it would do, and names faults by the file that is here', async (t) => {
  let answer: readonly [number, object] = [200, {}];
  let sent = '';
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.end(JSON.stringify({ file: '/etc/frontdesk/served.yaml' }));
      return;
    }
    sent = `${request.url} ${request.headers.authorization} `;
    for await (const chunk of request) sent += chunk;
    response.writeHead(answer[0]).end(JSON.stringify(answer[1]));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  const admin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const file = write('next.yaml', 'zone: b\n');
  const asked = async () => {
    const terminal = recordedTerminal({ FRONTDESK_ADMIN_TOKEN: 'secret' });
    return [await diff([file], { admin }, terminal), terminal.stdout(), terminal.stderr()];
  };
  assert.deepEqual(await asked(), [0, '', '']);
  assert.equal(sent, '/admin/config?dry-run Bearer secret {"files":{"served.yaml":"zone: b\\n"}}');
  const settings = [{ setting: 'limit.capacity', kind: 'changed', from: 5, to: 9 }];
  answer = [200, { changes: [{ section: 'plans', name: 'free', kind: 'changed', settings }] }];
  assert.deepEqual(await asked(), [1, 'plans\n  ~ free\n      ~ limit.capacity: 5 → 9\n', '']);
  answer = [422, { reasons: ['served.yaml:1:1: zone: no', 'more.yaml:2:1: a: no'] }];
  assert.deepEqual(await asked(), [2, '', `${file}:1:1: zone: no\nmore.yaml:2:1: a: no\n`]);
});
