import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { digestPrefix } from '../digest.ts';
import { presented } from '../testing/presented.ts';
import { ApiKeyScheme, apiKeyConfig, createApiKey, isMistyped, LEAKED_KEY } from './api-key.ts';
import { hmacOf, type KnownKey, knownKey } from './consumer-key.ts';
import { consumersConfig, indexConsumers } from './consumers.ts';

const grants = {
  byName: new Map([['partner', { name: 'partner', scopes: new Set(['users:read']) }]]),
  defaultPlan: undefined,
};

function setUp(keys: { id: string; sha256: string; expires?: string }[]) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const consumers = indexConsumers(
    consumersConfig.parse([{ id: 'acme', plan: 'partner', apiKeys: keys }]),
    grants,
  );
  const scheme = new ApiKeyScheme({ config: apiKeyConfig.parse({}), consumers, clock });
  const present = (key: string) => scheme.identify(presented({ 'x-api-key': key }));
  return { clock, scheme, present };
}

function refused(act: () => unknown, why: RegExp): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof FrontdeskError && error.code === 'invalid_credentials');
    assert.match(error.detail ?? '', why);
    return true;
  });
}

test('a created key is sound, its own, and found by its digest', () => {
  const { key, sha256 } = createApiKey('k1');
  assert.match(key, /^fd_k1_[0-9A-Za-z]{38}$/);
  assert.equal(sha256, hash('sha256', key, 'hex'));
  assert.notEqual(createApiKey('k1').key, key);
  const { present } = setUp([{ id: 'k1', sha256 }]);
  const identity = present(key);
  assert.equal(identity?.subject, 'acme');
  assert.equal(identity?.consumer, 'acme');
  assert.equal(identity?.plan, 'partner');
  assert.deepEqual([...(identity?.scopes ?? [])], ['users:read']);
  assert.equal(present(key), identity, 'no request makes an identity of its own');
  assert.throws(() => createApiKey('k_1'), RangeError);
});

test('one wrong character is seen by the checksum', () => {
  const { key } = createApiKey('k1');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: key.length - 1 }), fc.constantFrom(...'09AZaz'), (at, char) => {
      const changed = key.slice(0, at) + char + key.slice(at + 1);
      // Without our prefix a key is another issuer's, whose form we do not know.
      if (changed.startsWith('fd_')) assert.equal(isMistyped(changed), changed !== key);
    }),
  );
});

test('G102: what is no key: short, blank, control characters, look-alikes, too long', () => {
  const { present } = setUp([{ id: 'k1', sha256: createApiKey('k1').sha256 }]);
  const { key } = createApiKey('k1');
  for (const text of [
    '',
    'a',
    'abc',
    ' '.repeat(20),
    `${key} `,
    `${key}\0`,
    key.replace('f', '\u0192'),
    'x'.repeat(257),
  ]) {
    refused(() => present(text), /form/);
  }
  refused(() => present(key), /unknown/);
  refused(() => present('fd_'.repeat(8)), /mistyped/);
});

test('no header is no credential, two are one too many', () => {
  const { scheme } = setUp([]);
  assert.equal(scheme.identify(presented({})), undefined);
  refused(
    () => scheme.identify(presented(new HeaderFields(['x-api-key', 'a', 'x-api-key', 'b']))),
    /more than one/,
  );
});

test('two keys overlap while one replaces the other; an expired one ends to the millisecond', () => {
  const old = createApiKey('old');
  const fresh = createApiKey('new');
  const { clock, present } = setUp([
    { id: 'old', sha256: old.sha256, expires: '2026-01-01T00:00:01Z' },
    { id: 'new', sha256: fresh.sha256.toUpperCase() },
  ]);
  assert.ok(present(old.key) && present(fresh.key));
  clock.advance(999);
  assert.ok(present(old.key));
  clock.advance(1);
  refused(() => present(old.key), /old of acme is expired/);
  assert.ok(present(fresh.key));
});

test('a key of another origin works by its digest', () => {
  const foreign = 'live-0123456789abcdef';
  const { present } = setUp([{ id: 'k1', sha256: hash('sha256', foreign, 'hex') }]);
  assert.equal(present(foreign)?.consumer, 'acme');
});

test('G100: a key is looked up by its digest, and those that begin alike are told apart', () => {
  const { key, sha256 } = createApiKey('k1');
  const twin = sha256.slice(0, 12) + '0'.repeat(52);
  const { present } = setUp([
    { id: 'twin', sha256: twin },
    { id: 'k1', sha256 },
  ]);
  assert.equal(present(key)?.consumer, 'acme');
  const other = setUp([{ id: 'twin', sha256: twin }]);
  refused(() => other.present(key), /unknown/);
});

test('G100: valid, unknown and mistyped keys cost the same digests, look-ups and comparisons', () => {
  const pepper = 'a pepper of thirty-two characters';
  const { key, sha256 } = createApiKey('k1');
  const work = { lookUps: 0, comparisons: 0 };
  const candidate = (digest: Buffer): KnownKey => ({
    ...knownKey({ id: 'k1', sha256 }, { id: 'acme', tenant: undefined, plan: undefined }),
    get digest() {
      work.comparisons += 1;
      return digest;
    },
  });
  const others = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map(candidate);
  const right = candidate(Buffer.from(sha256, 'hex'));
  const workOf = (presentedKey: string, candidates: readonly KnownKey[]) => {
    Object.assign(work, { lookUps: 0, comparisons: 0 });
    const consumers = {
      ...indexConsumers([], grants),
      keysByDigestPrefix: {
        get: () => {
          work.lookUps += 1;
          return candidates;
        },
      },
    };
    const config = apiKeyConfig.parse({ pepper });
    const scheme = new ApiKeyScheme({ config, consumers, clock: new ManualClock() });
    try {
      scheme.identify(presented({ 'x-api-key': presentedKey }));
    } catch {
      // Refused or not: what is compared is the work.
    }
    return { ...work };
  };
  const mistyped = `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`;
  for (const [name, one, candidates] of [
    ['found first', key, [right, ...others]],
    ['found last', key, [...others, right]],
    ['unknown', createApiKey('k1').key, [...others, right]],
    ['mistyped', mistyped, [...others, right]],
    ['of another origin', 'a-key-of-another-origin', [...others, right]],
  ] as const) {
    assert.deepEqual(workOf(one, candidates), { lookUps: 2, comparisons: 6 }, name);
  }
});

test('the challenge names the header', () => {
  assert.deepEqual(setUp([]).scheme.challenges(), ['ApiKey realm="frontdesk", header="x-api-key"']);
});

test('a key that is kept by its HMAC is found with the pepper alone', () => {
  const pepper = 'a pepper of thirty-two characters';
  const { key } = createApiKey('k1');
  const clock = new ManualClock();
  const hmac = hmacOf(key, pepper).toString('hex');
  const consumers = indexConsumers(consumersConfig.parse([{ id: 'acme', apiKeys: [{ id: 'k1', hmac }] }]), {
    byName: new Map(),
    defaultPlan: undefined,
  });
  const asked = (config: object) =>
    new ApiKeyScheme({ config: apiKeyConfig.parse(config), consumers, clock }).identify(
      presented({ 'x-api-key': key }),
    );
  assert.equal(asked({ pepper })?.consumer, 'acme');
  refused(() => asked({}), /unknown/);
  refused(() => asked({ pepper: `${pepper}!` }), /unknown/);
});

test('Authorization: ApiKey is read where that is configured, and one place is enough', () => {
  const { key, sha256 } = createApiKey('k1');
  const consumers = indexConsumers(
    consumersConfig.parse([{ id: 'acme', apiKeys: [{ id: 'k1', sha256 }] }]),
    grants,
  );
  const clock = new ManualClock();
  const both = new ApiKeyScheme({ config: apiKeyConfig.parse({ authorization: true }), consumers, clock });
  const headerAlone = new ApiKeyScheme({ config: apiKeyConfig.parse({}), consumers, clock });
  const authorization = `apikey ${key}`;
  assert.equal(both.identify(presented({ authorization }))?.consumer, 'acme');
  assert.equal(headerAlone.identify(presented({ authorization })), undefined);
  assert.equal(both.identify(presented({ authorization: `Bearer ${key}` })), undefined);
  refused(() => both.identify(presented({ authorization, 'x-api-key': key })), /two places/);
  assert.deepEqual(both.credentialHeaders, ['x-api-key', 'authorization']);
});

test('G103: a key works from its first moment to its last, its successor beside it', () => {
  const [old, fresh] = [createApiKey('old'), createApiKey('new')];
  const consumers = indexConsumers(
    consumersConfig.parse([
      {
        id: 'acme',
        apiKeys: [
          { id: 'old', sha256: old.sha256, expires: '2026-01-01T00:01:00Z' },
          { id: 'new', sha256: fresh.sha256, notBefore: '2026-01-01T00:00:30Z' },
        ],
      },
    ]),
    grants,
  );
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const scheme = new ApiKeyScheme({ config: apiKeyConfig.parse({}), consumers, clock });
  const ask = (key: string) => scheme.identify(presented({ 'x-api-key': key }));
  refused(() => ask(fresh.key), /not valid yet/);
  clock.advance(30_000);
  assert.ok(ask(old.key) && ask(fresh.key));
  clock.advance(30_000);
  refused(() => ask(old.key), /expired/);
  assert.ok(ask(fresh.key) && scheme.knows(presented({ 'x-api-key': fresh.key })));
  const known = consumers.keysByDigestPrefix.get(digestPrefix(Buffer.from(fresh.sha256, 'hex')))?.[0];
  assert.ok(known && known.usedAt === clock.wall());
});

test('keys in a text are found by their form and told from examples by their checksum', () => {
  const { key } = createApiKey('prod-1');
  const example = `fd_prod-1_${'x'.repeat(38)}`;
  const found = `curl -H "x-api-key: ${key}"\nTOKEN=${example};`.match(LEAKED_KEY) ?? [];
  assert.deepEqual(found, [key, example]);
  assert.deepEqual(found.map(isMistyped), [false, true]);
});
