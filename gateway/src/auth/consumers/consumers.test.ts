import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestPrefix } from '../digest.ts';
import { consumersConfig, indexConsumers, unknownPlans } from './consumers.ts';

const sha = (char: string) => char.repeat(64);

test('consumers are found by client and by key; who names no plan has the default one', () => {
  const free = { name: 'free', scopes: new Set(['a']) };
  const gold = { name: 'gold', scopes: new Set(['b']) };
  const index = indexConsumers(
    consumersConfig.parse([
      {
        id: 'acme',
        plan: 'gold',
        tenant: 't1',
        apiKeys: [{ id: 'k1', sha256: sha('a') }],
        clients: ['one', 'two'],
      },
      { id: 'small', apiKeys: [{ id: 'k1', sha256: sha('b') }] },
    ]),
    {
      byName: new Map([
        ['free', free],
        ['gold', gold],
      ]),
      defaultPlan: free,
    },
  );
  assert.equal(index.byClient.get('two')?.id, 'acme');
  const identities = [sha('a'), sha('b')].map(
    (hex) => index.keysByDigestPrefix.get(digestPrefix(Buffer.from(hex, 'hex')))?.[0]?.identity,
  );
  assert.deepEqual(
    identities.map((who) => [who?.consumer, who?.plan, who?.tenant, [...(who?.scopes ?? [])]]),
    [
      ['acme', 'gold', 't1', ['b']],
      ['small', 'free', undefined, ['a']],
    ],
  );
});

test('what two consumers may not share: id, key, client; and one may not name a key twice', () => {
  const result = consumersConfig.safeParse([
    {
      id: 'a',
      apiKeys: [
        { id: 'k1', sha256: sha('a') },
        { id: 'k1', sha256: sha('c') },
      ],
      clients: ['x'],
    },
    { id: 'b', apiKeys: [{ id: 'k1', sha256: sha('A') }], clients: ['x'] },
    { id: 'a' },
  ]);
  assert.deepEqual(
    result.error?.issues.map((issue) => [issue.path.join('.'), issue.message]),
    [
      ['0.apiKeys.1.id', "this key id of a is already a's"],
      ['1.apiKeys.0.sha256', "this API key is already a's"],
      ['1.clients.0', "this client is already a's"],
      ['2.id', "this consumer id is already a's"],
    ],
  );
});

test('a key in place of its digest, a bad date, an id with spaces are refused', () => {
  for (const consumer of [
    { id: 'a', apiKeys: [{ id: 'k', sha256: 'fd_k_secret' }] },
    { id: 'a', apiKeys: [{ id: 'k', sha256: sha('a'), expires: 'soon' }] },
    { id: 'a b' },
    { id: 'a\n' },
    { id: 'a', key: 'x' },
  ]) {
    assert.equal(consumersConfig.safeParse([consumer]).success, false);
  }
});

test('a plan that nobody defined is named with its place', () => {
  const consumers = consumersConfig.parse([
    { id: 'a', plan: 'gold' },
    { id: 'b', plan: 'toString' },
    { id: 'c' },
  ]);
  assert.deepEqual(unknownPlans(consumers, { gold: {} }), [
    { path: ['consumers', 1, 'plan'], message: 'no plan is called toString' },
  ]);
});
