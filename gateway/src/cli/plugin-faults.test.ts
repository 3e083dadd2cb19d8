import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pluginSite, STAMP } from '../chains/plugins.fixture.ts';
import { check } from './check.ts';
import { recordedTerminal } from './testing.fixture.ts';

const { write } = pluginSite();

test('check tells what is wrong, with its place', async () => {
  const config = write(`plugins:
  - package: "${STAMP}"
    config: { header: x, valeu: no }
    place: { before: hygiene }
    onError: skip
    upstreams: [users]
    routes: [/user/*]
  - package: ./nothing.ts
`);
  const terminal = recordedTerminal();
  assert.equal(await check({ config }, terminal), 1);
  const told = terminal.stderr();
  for (const one of [
    /:8:23: plugins\[0\]\.config\.header: expected at least 3 characters/,
    /:8:26: plugins\[0\]\.config\.valeu: unknown key "valeu"; did you mean "value"/,
    /plugins\[0\]\.place: no plugin may stand before hygiene/,
    /plugins\[0\]\.onError: .*may not be skipped/,
    /plugins\[0\]\.upstreams: .*is a middleware/,
    /:13:14: plugins\[1\]\.package: .*no such package/,
  ])
    assert.match(told, one);
});

test('a path that no route has is told', async () => {
  const config = write(
    `plugins: [{ package: "${STAMP}", config: { header: x-stamp }, routes: [/user/a] }]\n`,
  );
  const terminal = recordedTerminal();
  assert.equal(await check({ config }, terminal), 1);
  assert.match(terminal.stderr(), /plugins\[0\]\.routes\[0\]: no route has the path "\/user\/a"/);
});
