import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { test } from 'node:test';
import { hashPassword, isPassword, makePassword, passwordHashConfig } from './password-hash.ts';

const salt = Buffer.alloc(16, 1).toString('base64url');
const hash = Buffer.alloc(32, 2).toString('base64url');

test('a hash is read back and fits its password alone, in whatever normal form', async () => {
  const made = await hashPassword('caf\u00e9 \u{1f511}', 2 ** 14, 8, 1);
  const read = passwordHashConfig.parse(made.text);
  assert.deepEqual(read, made);
  assert.ok(await isPassword('cafe\u0301 \u{1f511}', read));
  for (const other of ['', 'cafe', 'caf\u00e9', 'CAF\u00c9 \u{1f511}'])
    assert.ok(!(await isPassword(other, read)));
});

test('RFC 7914 §12: the parameters of the third example, as others compute them', async () => {
  const bytes = scryptSync('pleaseletmein', Buffer.from('SodiumChloride--'), 64, { N: 16_384, r: 8, p: 1 });
  const text = `scrypt$16384$8$1$${Buffer.from('SodiumChloride--').toString('base64url')}$${bytes.toString('base64url')}`;
  assert.ok(await isPassword('pleaseletmein', passwordHashConfig.parse(text)));
});

test('what is too cheap to keep or too dear to check is refused, and no hash is repeated', () => {
  for (const [text, message] of [
    [`scrypt$8192$8$1$${salt}$${hash}`, /N to be a power of two from 16384/],
    [`scrypt$16385$8$1$${salt}$${hash}`, /power of two/],
    [`scrypt$262144$8$1$${salt}$${hash}`, /power of two/],
    [`scrypt$16384$1$1$${salt}$${hash}`, /r from 8/],
    [`scrypt$16384$8$17$${salt}$${hash}`, /p from 1/],
    [`scrypt$131072$16$1$${salt}$${hash}`, /128 MiB/],
    [`scrypt$131072$8$2$${salt}$${hash}`, /too long/],
    [`scrypt$16384$8$1$AAAA$${hash}`, /salt/],
    [`scrypt$16384$8$1$${salt}$AAAA`, /hash of 32/],
    [`scrypt$16384$8$1$${salt}$${hash}=`, /expected scrypt/],
    [`scrypt$16384$8$1$${salt}`, /expected scrypt/],
    [`scrypt$16384$8$1$${salt}$${hash}$x`, /expected scrypt/],
    [`scrypt$1e14$8$1$${salt}$${hash}`, /power of two/],
    [`argon2id$16384$8$1$${salt}$${hash}`, /expected scrypt/],
    ['password', /expected scrypt/],
  ] as const) {
    const { error } = passwordHashConfig.safeParse(text);
    assert.match(error?.issues[0]?.message ?? '', message, text);
    assert.doesNotMatch(error?.issues[0]?.message ?? '', new RegExp(hash));
  }
  for (const text of [
    `scrypt$131072$8$1$${salt}$${hash}`,
    `scrypt$65536$8$2$${salt}$${hash}`,
    `scrypt$16384$8$5$${salt}$${hash}`,
  ]) {
    assert.ok(passwordHashConfig.safeParse(text).success, text);
  }
});

test('passwords that are made are long and all different', () => {
  const made = new Set(Array.from({ length: 100 }, makePassword));
  assert.equal(made.size, 100);
  for (const password of made) assert.match(password, /^[A-Za-z0-9_-]{32}$/);
});
