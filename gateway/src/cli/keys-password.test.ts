import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPassword, passwordHashConfig } from '../auth/basic/password-hash.ts';
import { createPassword } from './keys-password.ts';

test('the password goes to standard output alone, and the hash to the other, ready to be configured', async () => {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    env: {},
  };
  assert.equal(await createPassword({ consumer: 'acme', username: 'a "b"' }, terminal), 0);
  const [, user, text = ''] = /\{ username: (".*"), scrypt: "(.*)" \}/.exec(err.join('')) ?? [];
  assert.equal(user, JSON.stringify('a "b"'));
  assert.ok(await isPassword(out.join('').trim(), passwordHashConfig.parse(text)));
  assert.ok(!err.join('').includes(out.join('').trim()));
});
