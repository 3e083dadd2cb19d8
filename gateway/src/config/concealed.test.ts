// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text under test is this very syntax
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { parseConfig } from './load.ts';

const CANARY = 'canary-0123456789';

function faultsOf(text: string): string[] {
  const loaded = parseConfig(
    {
      file: 'main.yaml',
      exists: () => false,
      resolves: () => false,
      read: (path) =>
        path === 'main.yaml'
          ? { ok: true, text }
          : { ok: true, text: `${CANARY}-of-a-file\nand more of it\n` },
    },
    { CANARY, SHORT: 'abc' },
  );
  assert.equal(loaded.ok, false, text);
  return loaded.ok ? [] : loaded.faults.map(formatFault);
}

test('no fault shows what came from the environment or a file, whichever check found it', () => {
  const to = (upstream: string): string =>
    `upstreams: { a: { url: "http://a" } }\nroutes: [{ match: { path: /a }, to: { upstream: "${upstream}" } }]`;
  for (const written of ['${CANARY}', 'file:secret', '${SHORT}']) {
    const texts = [
      to(written),
      `routes: [{ match: { path: "/{${written}}" }, to: { fixed: {} }, limit: "${written}" }]`,
      `plans: { free: {} }\nconsumers: [{ id: x, plan: "${written}" }]`,
      `upstreams: { a: { url: "x${written}" } }`,
      `upstreams: { a: { url: "http://a", discover: { file: { path: "${written}" } } } }`,
      `listen: { tls: { cert: "${written}", key: "${written}" } }`,
      `graph: { supergraph: "${written}" }`,
      `bffs: [{ package: "${written}", mount: "/${written}" }]`,
      `state: { redis: "${written}" }`,
      `workers: "${written}"\nzone: "${written}"`,
    ];
    for (const text of texts) {
      const faults = faultsOf(text);
      assert.equal(faults.filter((fault) => /canary-|"abc"|and more/.test(fault)).join('\n'), '', text);
    }
    assert.match(faultsOf(to(written)).join('\n'), /no upstream is named "(\$\{|file:)/);
  }
});
