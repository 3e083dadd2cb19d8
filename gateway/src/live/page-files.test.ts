import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { WholeBody } from '../core/body.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { isOpenFile, isPageFile, pageFile } from './page-files.ts';

const FOLDER = join(import.meta.dirname, 'page');

it('serves every file that there is, and nothing else', () => {
  for (const name of readdirSync(FOLDER)) {
    const path = name === 'index.html' ? '/' : name === 'login.html' ? '/login' : `/page/${name}`;
    const reply = pageFile(makeExchange({ target: path }).exchange) ?? assert.fail(`${path} is not served`);
    assert.ok(reply.body instanceof WholeBody);
    assert.deepEqual(Buffer.from(reply.body.bytes), readFileSync(join(FOLDER, name)));
  }
  for (const path of ['/page/../page-files.ts', '/page/', '/page/none.js', '/index.html'])
    assert.equal(pageFile(makeExchange({ target: path }).exchange), undefined);
});

it('loads nothing from elsewhere, runs nothing inline, and cannot be framed', () => {
  const reply = pageFile(makeExchange({ target: '/' }).exchange) ?? assert.fail();
  const policy = reply.headers.get('content-security-policy') ?? '';
  assert.match(policy, /^default-src 'none';/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:/);
  assert.equal(reply.headers.get('cross-origin-resource-policy'), 'same-origin');
  for (const name of readdirSync(FOLDER)) {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    assert.doesNotMatch(
      text,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\son\w+="/,
      name,
    );
    assert.doesNotMatch(text.replaceAll('http://www.w3.org/2000/svg', ''), /https?:\/\//, name);
  }
});

it('shows whoever is to log in the login alone', () => {
  assert.ok(isOpenFile('/login') && isOpenFile('/page/login.css'));
  for (const path of ['/', '/page/page.js', '/page/style.css'])
    assert.ok(isPageFile(path) && !isOpenFile(path));
  const head = pageFile(makeExchange({ target: '/', method: 'HEAD' }).exchange);
  assert.equal(head?.body.length, 0);
});
