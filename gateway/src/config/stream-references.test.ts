import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { checkReferences } from './references.ts';
import { readYaml } from './yaml-source.ts';

function faultsOf(text: string): string[] {
  return checkReferences(readYaml('f', text).root).faults.map(formatFault);
}

test('rules of a route that choose what is seen are refused where they would not hold', () => {
  for (const to of ['websocket: true', 'stream: { idle: 1m }']) {
    const [kind] = to.split(':');
    assert.deepEqual(
      faultsOf(`
upstreams: { u: { url: "http://u.test" } }
routes: [{ match: { path: /a }, to: { upstream: u, ${to} }, response: { json: { deny: [a], mapping: { b: c } } } }]
`).map((fault) => fault.replace(/^f:3:\d+: /, '')),
      [`routes[0].response.json.deny: does not hold for the messages of to.${kind}: use response.strip`],
    );
  }
});

test('so is what an upstream allows; what it denies holds for messages too', () => {
  const faults = faultsOf(`
upstreams:
  a: { url: "http://a.test", response: { json: { allow: [a], deny: [b] } } }
  b: { url: "http://b.test", response: { json: { flatmap: [{ type: del, args: [a] }] } } }
  c: { url: "http://c.test", response: { json: { allow: [a] } } }
routes:
  - { match: { path: /a }, to: { upstream: a, stream: true } }
  - { match: { path: /b }, to: { exchange: { upstream: b, answer: array } } }
  - { match: { path: /c }, to: { upstream: c } }
`);
  assert.equal(faults.length, 2);
  assert.match(
    faults.join('\n'),
    /f:3:\d+: upstreams\.a\.response\.json\.allow: does not hold .* routes\[0\]\.to\.stream/,
  );
  assert.match(faults.join('\n'), /upstreams\.b\.response\.json\.flatmap: .* routes\[1\]\.to\.exchange/);
});

test('an exchange whose answer is whole is JSON like any other; one of lines is not', () => {
  const faults = (answer: string) =>
    faultsOf(`
upstreams: { u: { url: "http://u.test" } }
routes: [{ match: { path: /a }, to: { exchange: { upstream: u, answer: ${answer} } }, response: { json: { deny: [a] } } }]
`);
  assert.deepEqual(faults('array'), []);
  assert.equal(faults('ndjson').length, 1);
});
