import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pluginSite, STAMP } from '../chains/plugins.fixture.ts';
import { chain } from './chain.ts';
import { recordedTerminal } from './testing.fixture.ts';

const { write } = pluginSite();

test('the order is printed for one route, and for programs', async () => {
  const config = write(`plugins: [{ package: "${STAMP}", config: { header: x-stamp } }]\n`);
  const terminal = recordedTerminal();
  assert.equal(await chain('/fixed', { config }, terminal), 0);
  assert.match(
    terminal.stdout(),
    /any \/fixed \(.*\)\n {2}deadline > \[stamp\] > bodyLimit > fixed always 200\n/,
  );
  assert.doesNotMatch(terminal.stdout(), /upstream users/);
  const json = recordedTerminal();
  assert.equal(await chain(undefined, { config, json: true }, json), 0);
  assert.deepEqual(Object.keys(JSON.parse(json.stdout())), ['door', 'routes', 'upstreams']);
  assert.equal(await chain('/nowhere', { config }, recordedTerminal()), 1);
});
