import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../refusal.ts';
import { AutomaticDocuments } from './automatic.ts';
import { automaticSettingsOf, documentsConfig } from './config.ts';
import { sha256 } from './manifest.ts';
import { type DocumentReference, registeredByName, resolveText, type TextRules } from './resolve-text.ts';

const TEXT = '{ a }';
const OTHER = '{ b }';
const registered = registeredByName([
  { id: 'one', text: TEXT, operationName: 'A' },
  { id: `sha256:${sha256(OTHER)}`, text: OTHER, operationName: undefined },
]);
const automatic = () =>
  new AutomaticDocuments(automaticSettingsOf(documentsConfig.parse({})) ?? assert.fail());

function rules(more: Partial<TextRules> = {}): TextRules {
  return { registered, onlyRegistered: false, automatic: undefined, ...more };
}

const byHash = (sha256Hash: unknown, version: unknown = 1) => ({ persistedQuery: { version, sha256Hash } });

async function resolve(reference: DocumentReference, given: TextRules) {
  const resolved = await resolveText(reference, given);
  if (!(resolved instanceof Refusal)) return [resolved.text, resolved.registered?.id, resolved.keepAs];
  return [resolved.errors[0]?.extensions.code, resolved.errors[0]?.message, resolved.status];
}

test('a registered document by its identifier, by its hash, with the prefix and without', async () => {
  for (const documentId of ['one', sha256(TEXT), `sha256:${sha256(TEXT)}`]) {
    assert.deepEqual(await resolve({ documentId }, rules()), [TEXT, 'one', undefined]);
  }
  for (const hash of ['one', sha256(TEXT), sha256(TEXT).toUpperCase()]) {
    assert.deepEqual(await resolve({ extensions: byHash(hash) }, rules()), [TEXT, 'one', undefined]);
  }
  // Apollo's clients send the text along when they were told that the hash is not known.
  const both = { query: OTHER, extensions: byHash(sha256(OTHER)) };
  assert.equal((await resolve(both, rules({ onlyRegistered: true })))[0], OTHER);
});

test('an unknown identifier, and a request that names one document and sends another', async () => {
  const [code] = await resolve({ documentId: 'two' }, rules());
  assert.equal(code, 'PERSISTED_DOCUMENT_NOT_FOUND');
  assert.equal((await resolve({ documentId: '__proto__' }, rules()))[0], 'PERSISTED_DOCUMENT_NOT_FOUND');
  assert.equal((await resolve({ documentId: 'one', query: OTHER }, rules()))[0], 'BAD_REQUEST');
  const named = { documentId: 'one', extensions: byHash(sha256(OTHER)) };
  assert.equal((await resolve(named, rules()))[0], 'BAD_REQUEST');
  assert.equal((await resolve({}, rules()))[0], 'BAD_REQUEST');
});

test('automatic persisted queries: not found, then sent, then known', async () => {
  const kept = automatic();
  const given = rules({ registered: new Map(), automatic: kept });
  const extensions = byHash(sha256(TEXT));
  assert.deepEqual(await resolve({ extensions }, given), [
    'PERSISTED_QUERY_NOT_FOUND',
    'PersistedQueryNotFound',
    404,
  ]);
  const sent = await resolve({ query: TEXT, extensions }, given);
  assert.deepEqual(sent, [TEXT, undefined, sha256(TEXT)]);
  // Nothing is kept before the document has proved to be valid: that is for whoever prepares it.
  assert.equal(kept.size, 0);
  kept.keep(sha256(TEXT), TEXT);
  assert.deepEqual(await resolve({ extensions }, given), [TEXT, undefined, undefined]);
});

test('H118: a hash of another text is an error, registered or not', async () => {
  for (const given of [rules(), rules({ automatic: automatic() }), rules({ onlyRegistered: true })]) {
    for (const hash of [sha256(OTHER), 'one', 'x']) {
      const [code] = await resolve({ query: TEXT, extensions: byHash(hash) }, given);
      assert.equal(code, 'PERSISTED_QUERY_HASH_MISMATCH');
    }
  }
});

test('a switched-off protocol says so in the way that clients stop asking', async () => {
  const [code, message] = await resolve({ extensions: byHash(sha256('{ c }')) }, rules());
  assert.deepEqual([code, message], ['PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported']);
  assert.equal((await resolve({ query: TEXT, extensions: byHash(sha256(TEXT)) }, rules()))[0], TEXT);
});

test('H120: where registered documents alone are served, every other text is refused', async () => {
  const only = rules({ onlyRegistered: true });
  assert.equal((await resolve({ query: TEXT }, only))[0], 'PERSISTED_DOCUMENT_REQUIRED');
  assert.equal((await resolve({ query: TEXT, extensions: {} }, only))[0], 'PERSISTED_DOCUMENT_REQUIRED');
  const free = { query: '{ c }', extensions: byHash(sha256('{ c }')) };
  assert.equal((await resolve(free, only))[0], 'PERSISTED_DOCUMENT_NOT_FOUND');
  assert.equal((await resolve({ extensions: byHash('nope') }, only))[0], 'PERSISTED_DOCUMENT_NOT_FOUND');
  assert.equal((await resolve({ documentId: 'one' }, only))[0], TEXT);
});

test('what is no persisted query is refused, whatever it is', async () => {
  const given = rules({ automatic: automatic() });
  for (const persistedQuery of [
    1,
    'x',
    [],
    { version: 1 },
    { version: 2, sha256Hash: 'a' },
    { version: 1, sha256Hash: {} },
  ]) {
    assert.equal((await resolve({ query: TEXT, extensions: { persistedQuery } }, given))[0], 'BAD_REQUEST');
  }
  assert.equal((await resolve({ extensions: byHash('short') }, given))[0], 'PERSISTED_QUERY_NOT_FOUND');
  const inherited = JSON.parse('{"__proto__":{"persistedQuery":{"version":1,"sha256Hash":"one"}}}');
  assert.deepEqual(await resolve({ query: TEXT, extensions: inherited }, given), [
    TEXT,
    undefined,
    undefined,
  ]);
});
