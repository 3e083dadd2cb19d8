/**
 * `frontdesk bff new` and `frontdesk bff dev` as a team uses them: a save is served, a broken one is told while the one
 * before goes on, and the page shows the waterfall of each request.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { ROOT } from '../stack/config.ts';

const BROWSER = process.env.FRONTDESK_TEST_BROWSER;
const SHOT = process.env.FRONTDESK_TEST_SCREENSHOT;
const MAIN = join(ROOT, 'gateway/src/main.ts');
const PATIENCE_MS = 60_000;

let directory: string;
let folder: string;
let dev: ChildProcess;
let output = '';
const heard = new EventTarget();

function hear(child: ChildProcess): void {
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      heard.dispatchEvent(new Event('text'));
    });
  }
}

/** Waits until the command has written what fits, behind `from`. */
async function written(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    const found = pattern.exec(output.slice(from));
    if (found) return found;
    await once(heard, 'text', { signal }).catch(() => assert.fail(`no ${pattern} in:\n${output}`));
  }
}

/** Changes a file as an editor does, and gives where the output stood. */
function edit(path: string, change: (text: string) => string): number {
  const at = output.length;
  const file = join(folder, path);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  return at;
}

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'frontdesk-bff-dev-'));
  folder = join(directory, 'acme');
  const made = spawn(process.execPath, [MAIN, 'bff', 'new', 'acme'], { cwd: directory });
  assert.deepEqual(await once(made, 'exit'), [0, null]);
  // A busy machine is not to make a part late.
  edit('src/screens/home.ts', (text) =>
    text.replace("deadline: '800ms'", "deadline: '30s'").replace("timeout: '300ms'", "timeout: '20s'"),
  );
  mkdirSync(join(folder, 'node_modules/@frontdesk'), { recursive: true });
  symlinkSync(join(ROOT, 'gateway'), join(folder, 'node_modules/@frontdesk/gateway'));
  const options = ['--fake', '--port', '0', '--page-port', '0', '--no-compiler'];
  dev = spawn(process.execPath, [MAIN, 'bff', 'dev', folder, ...options]);
  hear(dev);
});
after(async () => {
  if (dev.exitCode === null) {
    dev.kill('SIGTERM');
    await once(dev, 'exit');
  }
  rmSync(directory, { recursive: true, force: true });
});

test('a package that is there already is left alone', async () => {
  const again = spawn(process.execPath, [MAIN, 'bff', 'new', 'acme'], { cwd: directory });
  let told = '';
  again.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const [code] = await once(again, 'close');
  assert.equal(code, 1);
  assert.match(told, /is there already, and is not empty: nothing was changed/);
});

test('a save is served; a broken one is told with its place, and the one before goes on', async () => {
  const [, url = ''] = await written(/Serves (\S+)/);
  const home = async (): Promise<unknown> => (await fetch(`${url}/acme/home?id=42`)).json();
  const name = async (): Promise<unknown> => {
    const answer = await home();
    assert.ok(typeof answer === 'object' && answer !== null && 'customer' in answer);
    const { customer } = answer;
    assert.ok(typeof customer === 'object' && customer !== null && 'name' in customer);
    return customer.name;
  };
  assert.equal(await name(), 'Ada');
  await written(/200 {2}GET \/acme\/home .*\n {2}customer\*[^\n]*█?[^\n]* ok\n/);

  const renamed = edit('src/screens/home.ts', (text) =>
    text.replace('answer.name', 'answer.name.toUpperCase()'),
  );
  await written(/version 2 serves/, renamed);
  assert.equal(await name(), 'ADA');

  const broken = edit('src/screens/home.ts', (text) => text.replace('offers: part(', 'offers: part)('));
  await written(/src\/screens\/home\.ts:\d+:\d+ .*\nversion 2 goes on serving/, broken);
  assert.equal(await name(), 'ADA');

  const unfit = edit('src/schema.graphql', (text) => text.replace('  offers:', '  offerz:'));
  await written(/goes on serving/, unfit);
  edit('src/schema.graphql', (text) => text.replace('  offerz:', '  offers:'));
  const mended = edit('src/screens/home.ts', (text) => text.replace('offers: part)(', 'offers: part('));
  await written(/version \d+ serves/, mended);
  assert.equal(await name(), 'ADA');
});

test('the page shows which part made a request slow', {
  skip: BROWSER === undefined && 'no chromium',
}, async () => {
  const [, url = ''] = await written(/Serves (\S+)/);
  const [, address = ''] = await written(/Waterfalls (\S+)/);
  const slow = edit('src/screens/home.ts', (text) =>
    text.replace(
      "part(({ rest }) => rest.shop.get('/offers')",
      "part(async ({ rest, use }) => {\n      await use('customer');\n      await new Promise((done) => setTimeout(done, 120));\n      return rest.shop.get('/offers');\n    }",
    ),
  );
  await written(/version \d+ serves/, slow);
  await fetch(`${url}/acme/home?id=42`);
  await fetch(`${url}/acme/home`);
  const browser = await chromium.launch({
    executablePath: BROWSER ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1180, height: 640 } });
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('request', (request) => {
      if (!request.url().startsWith(address)) faults.push(request.url());
    });
    await page.goto(address);
    await page.locator('#requests button', { hasText: '400' }).first().waitFor();
    await fetch(`${url}/acme/home?id=42`);
    await page.locator('#rows tr.kind-part', { hasText: 'offers' }).waitFor();
    assert.match((await page.locator('#path').textContent()) ?? '', /customer → offers/);
    assert.match((await page.locator('#facts').textContent()) ?? '', /^200 · .* of .* allowed/);
    const critical = page.locator('#rows tr.kind-part', { hasText: 'offers' }).locator('.critical').first();
    assert.ok(((await critical.boundingBox())?.width ?? 0) > 20);
    if (SHOT) await page.screenshot({ path: SHOT });
    // By the keyboard alone.
    await page.locator('#requests button').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.locator('#facts', { hasText: '400 invalid_request' }).waitFor();
    await page.emulateMedia({ colorScheme: 'dark' });
    if (SHOT) {
      await page.keyboard.press('ArrowUp');
      await page.screenshot({ path: SHOT.replace('.png', '-dark.png') });
    }
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
  }
});

test('the page is for this machine, asked by its name', async () => {
  const [, address = ''] = await written(/Waterfalls (\S+)/);
  const page = await fetch(address);
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
  const foreign = await fetch(address, { headers: { 'sec-fetch-site': 'cross-site' } });
  assert.equal(foreign.status, 403);
});

test('it ends when it is told to, and nothing of it goes on', async () => {
  dev.kill('SIGINT');
  assert.deepEqual(await once(dev, 'exit'), [0, null]);
});
