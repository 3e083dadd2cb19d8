import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AutomaticDocuments } from './automatic.ts';
import { automaticSettingsOf, documentsConfig } from './config.ts';
import { sha256 } from './manifest.ts';

const settings = (given: Record<string, unknown> = {}) =>
  automaticSettingsOf(documentsConfig.parse({ automatic: given })) ?? assert.fail();

/** A store of maps that may be gone. */
function store() {
  const kept = new Map<string, string>();
  return {
    kept,
    gone: false,
    async get(key: string) {
      if (this.gone) throw new Error('gone');
      return kept.get(key);
    },
    async set(key: string, value: string) {
      if (this.gone) throw new Error('gone');
      kept.set(key, value);
    },
  };
}

test('H119: a flood forgets the least recently asked for, in number and in bytes', () => {
  const documents = new AutomaticDocuments(settings({ max: 3, maxBytes: '1KiB' }));
  for (let i = 0; i < 1000; i += 1) documents.keep(String(i), `{ a${i} }`);
  assert.equal(documents.size, 3);
  assert.equal(documents.find('0'), undefined);
  assert.equal(documents.find('999'), '{ a999 }');
  documents.keep('long', 'x'.repeat(400));
  assert.equal(documents.find('long'), 'x'.repeat(400));
  documents.keep('longer', 'y'.repeat(400));
  assert.equal(documents.find('long'), undefined);
  documents.keep('too long', 'z'.repeat(1000));
  assert.equal(documents.find('too long'), undefined);
});

test('processes share what they keep; what a store holds is checked against its hash', async () => {
  const shared = store();
  const one = new AutomaticDocuments(settings(), shared);
  const other = new AutomaticDocuments(settings(), shared);
  const text = '{ a }';
  one.keep(sha256(text), text);
  assert.equal(await other.find(sha256(text)), text);
  assert.equal(other.size, 1);
  const [key] = shared.kept.keys();
  shared.kept.set(key ?? '', '{ evil }');
  assert.equal(await new AutomaticDocuments(settings(), shared).find(sha256(text)), undefined);
  // Without sharing nobody asks the store.
  assert.equal(new AutomaticDocuments(settings({ shared: false }), shared).find(sha256(text)), undefined);
});

test('a store that is gone knows nothing and fails nobody', async () => {
  const shared = store();
  shared.gone = true;
  const documents = new AutomaticDocuments(settings(), shared);
  documents.keep('a', '{ a }');
  assert.equal(documents.find('a'), '{ a }');
  assert.equal(await documents.find('b'), undefined);
});

test('off where the configuration says so, or serves registered documents alone', () => {
  assert.equal(automaticSettingsOf(documentsConfig.parse({ automatic: false })), undefined);
  assert.equal(automaticSettingsOf(documentsConfig.parse({ only: 'registered' })), undefined);
  assert.equal(automaticSettingsOf(documentsConfig.parse({}))?.max, 1000);
});
