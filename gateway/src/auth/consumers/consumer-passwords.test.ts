import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passwordFaults, passwordsConfig, userNameOf } from './consumer-passwords.ts';
import { consumersConfig } from './consumers.ts';

const scrypt = `scrypt$16384$8$1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

test('the consumer is its own user name where none is said; names are normalised', () => {
  const [own, named] = passwordsConfig.parse([
    { scrypt },
    { scrypt, username: 'cafe\u0301', expires: '2030-01-01' },
  ]);
  assert.ok(own && named);
  assert.equal(userNameOf(own, { id: 'acme' }), 'acme');
  assert.equal(userNameOf(named, { id: 'acme' }), 'caf\u00e9');
  assert.equal(named.expires, Date.UTC(2030, 0, 1));
});

test('names that cannot be sent, or that lead to two consumers, are refused with their place', () => {
  for (const username of ['', 'a:b', 'a\nb', 'a'.repeat(129)]) {
    assert.equal(passwordsConfig.safeParse([{ scrypt, username }]).success, false, username);
  }
  const passwords = (...names: (string | undefined)[]) =>
    passwordsConfig.parse(
      names.map((username) => ({ scrypt, ...(username === undefined ? {} : { username }) })),
    );
  const faultsOf = (...all: [id: string, names: (string | undefined)[]][]) =>
    passwordFaults(all.map(([id, names]) => ({ id, passwords: passwords(...names) })));
  assert.deepEqual(faultsOf(['a', ['x', 'x', 'y', undefined]], ['b', ['z']]), []);
  assert.deepEqual(faultsOf(['a', ['x']], ['b', ['y', 'x']]), [
    { path: [1, 'passwords', 1], message: "this user name is already a's" },
  ]);
  assert.match(faultsOf(['a', ['b']], ['b', [undefined]])[0]?.message ?? '', /already a's/);
  assert.match(faultsOf(['a', ['x', 'x', 'x']])[0]?.message ?? '', /2 passwords/);
  assert.match(faultsOf(['a:b', [undefined]])[0]?.message ?? '', /colon/);
  const { error } = consumersConfig.safeParse([
    { id: 'a', passwords: [{ scrypt, username: 'x' }] },
    { id: 'b', passwords: [{ scrypt, username: 'x' }] },
  ]);
  assert.deepEqual(error?.issues[0]?.path, [1, 'passwords', 0]);
});
