import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { attemptOf } from '../change/attempt.ts';
import { LastGood } from '../change/last-good.ts';
import { openReloads, tellAttempt } from './reloading.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-reloading-'));
after(() => rmSync(folder, { recursive: true }));

test('without a file there is nothing to start with, unless one was kept where the environment says', () => {
  const file = join(folder, 'a.yaml');
  const terminal = recordedTerminal({ STATE_DIRECTORY: folder });
  assert.equal(openReloads({ config: file }, terminal), undefined);
  assert.match(terminal.stderr(), /a\.yaml.*there is no such file[\s\S]*1 fault in/);
  writeFileSync(file, 'zone: kept\n');
  const { begun } = openReloads({ config: file }, terminal) ?? assert.fail();
  new LastGood(join(folder, 'last-good.json')).keep(begun);
  rmSync(file);
  assert.equal(openReloads({ config: file }, terminal)?.begun.config.zone, 'kept');
  assert.match(terminal.stderr(), /The configuration that was good last, of .*, serves: its source is gone/);
  assert.equal(openReloads({ config: file }, recordedTerminal()), undefined);
});

test('what became of a change is told in a line, with its faults before', () => {
  const version = { number: 1, digest: 'd', source: 'start' as const, at: 0 };
  const terminal = recordedTerminal();
  const said = { source: 'admin' as const, at: 0, tookMs: 0, version };
  tellAttempt(attemptOf({ ...said, outcome: 'applied', waits: ['listen'] }), terminal);
  tellAttempt(attemptOf({ ...said, outcome: 'unchanged' }), terminal);
  tellAttempt(attemptOf({ ...said, outcome: 'refused', reasons: ['no'] }), terminal);
  assert.equal(
    terminal.stderr(),
    'PUT /admin/config: the new configuration serves; changes of listen take effect at the next start\n' +
      'PUT /admin/config: the old configuration goes on: no\n',
  );
});
