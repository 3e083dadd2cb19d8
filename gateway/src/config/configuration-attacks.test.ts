/** Area L of the catalogue of attacks, as far as configuration files go: what is no configuration is refused, with its place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { parseConfig } from './load.ts';

/** The faults of a file, as people read them. */
function faultsOf(text: string): string {
  const loaded = parseConfig({ file: 'main.yaml', read: () => ({ ok: true, text }) }, {});
  return loaded.ok ? '' : loaded.faults.map(formatFault).join('\n');
}

test('L154: an unknown key is refused with its place, wherever it stands, and the one that was meant is named', () => {
  const route = '{ match: { path: / }, to: { fixed: {} }, auth: none';
  for (const [text, said] of [
    ['ruotes: []', /main\.yaml:1:1.*ruotes[\s\S]*routes/],
    ['listen: { prot: 4000 }', /main\.yaml:1:11.*prot[\s\S]*port/],
    [`routes:\n  - ${route}, deadlien: 1s }`, /main\.yaml:2:.*deadlien[\s\S]*deadline/],
    ['upstreams:\n  a:\n    url: http://a\n    retry: { maxx: 1 }', /main\.yaml:4:.*maxx[\s\S]*max/],
    ['auth: { apiKey: { headr: x } }', /main\.yaml:1:.*headr[\s\S]*header/],
    ['telemetry: { accessLog: { enabeld: false } }', /main\.yaml:1:.*enabeld[\s\S]*enabled/],
  ] as const) {
    assert.match(faultsOf(text), said, text);
  }
  assert.equal(faultsOf(`routes: [${route} }]`), '');
});

test('L155: bombs, tags of other languages and keys of prototypes are refused, and soon', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}1]`);
  const started = performance.now();
  for (const [text, said] of [
    [`a0: &a0 [x]\n${levels.join('\n')}\nroutes: []`, /alias|aliases|nodes|values/i],
    [`routes: ${'['.repeat(5_000)}${']'.repeat(5_000)}`, /levels|nest/i],
    [`routes: []\n# ${'x'.repeat(2 * 1024 * 1024)}`, /1 MiB/],
    ['listen: !!js/function "function () {}"', /tag/i],
    ['listen: !ruby/object:Gem::Installer {}', /tag/i],
    ['__proto__: { polluted: true }', /__proto__/],
    ['listen: { constructor: { prototype: { polluted: true } } }', /constructor/],
    ['listen: { "__proto__": 1 }', /__proto__/],
    ['listen: { port: 1, port: 2 }', /port/],
    ['listen: {}\n---\nlisten: {}', /one document/],
    ['x: 1\n'.repeat(5_000), /fewer than 1000 faults/],
    ['', /says nothing/],
  ] as const) {
    assert.match(faultsOf(text), said, text.slice(0, 60));
  }
  assert.equal(Reflect.get({}, 'polluted'), undefined);
  // Nothing of it is worked out: a hundred times this would still be far from what a bomb takes.
  assert.ok(performance.now() - started < 20_000);
});
