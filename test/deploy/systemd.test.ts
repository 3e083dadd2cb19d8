/** The unit file for systemd: by systemd's own check where it is installed, and by what our process needs anywhere. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { read } from './files.ts';

const unit = read('systemd', 'frontdesk.service');

test('the unit starts, reloads and ends the gateway as it wants to be, and grants it nothing else', () => {
  const settings = new Map(
    [...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
  assert.match(
    settings.get('ExecStart') ?? '',
    /frontdesk serve --config \/etc\/frontdesk\/frontdesk\.yaml$/,
  );
  assert.match(settings.get('ExecReload') ?? '', /-HUP \$MAINPID$/);
  // A second SIGTERM ends a process at once: only the primary may get the first.
  assert.equal(settings.get('KillMode'), 'mixed');
  // Longer than the default drain, or it is cut off.
  assert.ok(Number(settings.get('TimeoutStopSec')) > 25 + 6);
  assert.equal(settings.get('CapabilityBoundingSet'), '');
  assert.equal(settings.get('DynamicUser'), 'yes');
  assert.equal(settings.get('ProtectSystem'), 'strict');
  // With it V8 cannot start.
  assert.ok(!settings.has('MemoryDenyWriteExecute'));
});

test('systemd itself, where it is there, finds no fault; and finds one that is made', (t) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) {
    t.diagnostic('no systemd-analyze here');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-unit-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const verify = (text: string): string => {
    const file = join(folder, 'frontdesk.service');
    writeFileSync(file, text.replaceAll('/opt/frontdesk/node_modules/.bin/frontdesk', '/bin/true'));
    const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    });
    return `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line.includes(file) || line.startsWith('frontdesk.service'))
      .join('\n');
  };
  assert.equal(verify(unit), '');
  assert.match(verify(unit.replace('KillMode=mixed', 'KillMode=mixd')), /mixd|kill mode/i);
});
