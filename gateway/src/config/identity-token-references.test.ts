import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { identityTokenFaults, identityTokenWarnings } from './identity-token-references.ts';
import { readYaml } from './yaml-source.ts';

const check = (text: string): string =>
  identityTokenFaults(readYaml('f', text).root).map(formatFault).join('\n');

test('several workers need keys that all of them publish', () => {
  const upstreams = 'upstreams: { a: { identityToken: {} } }';
  assert.equal(check(upstreams), '');
  assert.equal(check(`${upstreams}\nworkers: 1`), '');
  assert.match(
    check(`${upstreams}\nworkers: 4`),
    /^f:1:.*upstreams.a.identityToken: needs auth.identityTokens.keys/,
  );
  assert.notEqual(check(`${upstreams}\nworkers: auto\nauth: { identityTokens: {} }`), '');
  assert.equal(check(`${upstreams}\nworkers: auto\nauth: { identityTokens: { keys: [x] } }`), '');
  assert.equal(check('upstreams: { a: {} }\nworkers: 4'), '');
});

test('several gateways should have keys that all of them publish', () => {
  const warned = (text: string): string =>
    identityTokenWarnings(readYaml('f', text).root).map(formatFault).join('\n');
  const upstreams = 'upstreams: { a: { identityToken: {} } }';
  const state = 'state: { redis: "redis://127.0.0.1" }';
  assert.match(warned(`${upstreams}\n${state}`), /^f:1:.*upstreams.a.identityToken: .*identityTokens.keys/);
  assert.equal(warned(upstreams), '');
  assert.equal(warned(`upstreams: { a: {} }\n${state}`), '');
  assert.equal(warned(`${upstreams}\n${state}\nauth: { identityTokens: { keys: [x] } }`), '');
});

test('no rule sets the field that carries them, in any spelling', () => {
  const field = 'upstreams: { a: { identityToken: { header: X-Caller } } }';
  const withRule = (rule: string): string => check(`${field}\nroutes: [{ request: { headers: ${rule} } }]`);
  assert.match(withRule('{ set: { x_caller: y } }'), /routes\[0\].*no rule may set it/);
  assert.match(withRule('{ add: { XCaller: y } }'), /no rule may set it/);
  assert.match(withRule('{ rename: { a: x-caller } }'), /no rule may set it/);
  assert.equal(withRule('{ set: { x-other: y } }'), '');
  const own =
    'upstreams: { a: { identityToken: {}, request: { headers: { set: { X-Identity-Token: y } } } } }';
  assert.match(check(own), /upstreams.a.request.headers.set/);
});
