import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { ConfigReader } from './config-reader.ts';
import { OperatorView } from './operator-view.ts';
import { Reloads } from './reloads.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-operator-view-'));
after(() => rmSync(folder, { recursive: true }));

function open(text: string): OperatorView {
  const file = join(folder, 'frontdesk.yaml');
  writeFileSync(file, text);
  const shape: ConstructorParameters<typeof ConfigReader>[0]['shape'] = (read) => read ?? assert.fail();
  const reloads = new Reloads({
    reader: new ConfigReader({ file, environment: {}, shape }),
    clock: systemClock,
  });
  reloads.start();
  const target = { apply: async () => {}, versions: () => [] };
  reloads.follow({ logger: noLogger, meter: noMeter, target });
  return new OperatorView(reloads);
}

const TOKEN = 'canary-of-an-admin-token';
const own = `reload: { watch: false }\nadmin: { token: ${TOKEN} }\n`;
const plain = { expected: undefined, isTrial: false };

test('several files are put as one; faults and overtaken changes have their codes; no secret is shown', async () => {
  const view = open(own);
  const files = { 'frontdesk.yaml': `include: parts/zone.yaml\n${own}`, 'parts/zone.yaml': 'zone: eu\n' };
  const answer = JSON.stringify(await view.put({ files }, plain));
  assert.match(answer, /"outcome":"applied","version":2,.*"summary":\["~ zone"\]/);
  await assert.rejects(view.put({ text: 'zoen: a\n' }, plain), { code: 'configuration_refused' });
  await assert.rejects(view.put({ text: own }, { ...plain, expected: ['other'] }), {
    code: 'precondition_failed',
  });
  const shown = JSON.stringify([view.view(), view.effective(), answer]);
  assert.ok(!shown.includes(TOKEN));
  assert.match(shown, /"zone":"eu"/);
});

test('nothing may be put without a token, or where that is switched off', () => {
  assert.equal(open(own).closedBecause, undefined);
  assert.match(open('admin: {}\nreload: { watch: false }\n').closedBecause ?? '', /needs admin\.token/);
  assert.match(
    open(`admin: { token: ${TOKEN} }\nreload: { watch: false, put: false }\n`).closedBecause ?? '',
    /reload\.put/,
  );
});
