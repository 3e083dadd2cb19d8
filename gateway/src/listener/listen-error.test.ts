import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ListenError } from './listen-error.ts';

it('a ListenError says what is wrong and which option changes it', () => {
  const message = (code: string): string =>
    new ListenError('0.0.0.0', 80, 'listen.port', Object.assign(new Error(), { code })).message;
  assert.equal(
    message('EADDRINUSE'),
    'port 80 on 0.0.0.0 is already in use: choose another with listen.port',
  );
  assert.match(message('EACCES'), /^port 80 on 0\.0\.0\.0 needs more rights/);
  assert.match(message('EADDRNOTAVAIL'), /no address of this machine/);
  assert.match(message('ENOTFOUND'), /not known/);
  assert.match(message('EMFILE'), /cannot listen on 0\.0\.0\.0:80 \(EMFILE\)/);
});
