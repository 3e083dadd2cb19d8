/** Configurations that take each other's place under traffic: nothing fails, and no answer is of two of them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startGateway } from '../app.ts';
import { ConfigReader } from '../change/config-reader.ts';
import { Reloads } from '../change/reloads.ts';
import { GatewayTarget } from '../cli/gateway-target.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';

const SWAPS = 200;
const CLIENTS = 4;

/** The version stands in what every answer gets and in what this one route answers. */
function textOf(version: number, more = ''): string {
  return `listen: { host: 127.0.0.1, port: 0 }
telemetry: { level: error, accessLog: { enabled: false } }
reload: { watch: false }
securityHeaders: { more: { x-version: "${version}" } }
routes:
  - { match: { path: /v }, to: { fixed: { body: "${version}", headers: { x-route: "${version}" } } }, auth: none }
${more}`;
}

interface Answer {
  readonly status: number | undefined;
  readonly versions: readonly unknown[];
}

function ask(agent: Agent, port: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get({ agent, host: '127.0.0.1', port, path: '/v' }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => {
        const { 'x-version': said, 'x-route': route } = response.headers;
        resolve({ status: response.statusCode, versions: [said, route, body] });
      });
    });
    request.on('error', reject);
  });
}

test('200 swaps under traffic, a third of them invalid: no request fails, no answer is of two configurations', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-swaps-'));
  const file = join(folder, 'frontdesk.yaml');
  writeFileSync(file, textOf(0));
  const shape = (read: Config | undefined): Config => read ?? assert.fail();
  const reloads = new Reloads({
    reader: new ConfigReader({ file, environment: {}, shape }),
    clock: systemClock,
  });
  const begun = reloads.start();
  assert.ok(begun.ok);
  const running = await startGateway({ config: begun.config, folder });
  const agent = new Agent({ keepAlive: true });
  t.after(async () => {
    agent.destroy();
    await running.drain();
    rmSync(folder, { recursive: true });
  });
  reloads.follow({ ...running.telemetry, target: new GatewayTarget(running, folder, begun.version) });

  let isOver = false;
  const answers: Answer[] = [];
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isOver) answers.push(await ask(agent, running.addresses.public.port));
  });
  const outcomes: string[] = [];
  let expected = '0';
  for (let i = 1; i <= SWAPS; i++) {
    const isInvalid = i % 3 === 0;
    const text = textOf(i, isInvalid ? 'nonsense: 1\n' : '');
    outcomes.push((await reloads.put({ file, texts: { [file]: text } })).outcome);
    if (!isInvalid) expected = String(i);
    // What is asked after a change was answered is answered by it.
    assert.deepEqual((await ask(agent, running.addresses.public.port)).versions, [
      expected,
      expected,
      expected,
    ]);
  }
  isOver = true;
  await Promise.all(clients);
  reloads.close();
  assert.deepEqual(
    outcomes,
    outcomes.map((_, i) => ((i + 1) % 3 === 0 ? 'refused' : 'applied')),
  );
  assert.ok(answers.length > SWAPS);
  for (const { status, versions } of answers) {
    assert.equal(status, 200);
    assert.equal(new Set(versions).size, 1, String(versions));
  }
});
