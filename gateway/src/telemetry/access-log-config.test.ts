import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessLogConfig } from './access-log-config.ts';

test('fields and claims that carry credentials cannot be asked for', () => {
  for (const fields of [
    { request: ['Authorization'] },
    { request: ['Cookie'] },
    { request: ['X-Api-Key'] },
    { request: ['X-Auth-Token'] },
    { reply: ['Set-Cookie'] },
    { request: ['a b'] },
    { claims: ['client_secret'] },
    { claims: ['access_token'] },
  ]) {
    assert.ok(!accessLogConfig.safeParse({ fields }).success, JSON.stringify(fields));
  }
  const { fields } = accessLogConfig.parse({ fields: { request: ['User-Agent'], claims: ['azp'] } });
  assert.deepEqual(fields, { request: ['user-agent'], reply: [], claims: ['azp'] });
});

test('shares are from 0 to 1, and rules are of routes', () => {
  for (const bad of [
    { sample: { ok: 1.5 } },
    { sample: { ok: -1 } },
    { routes: { api: 'off' } },
    { routes: { '/a': 'on' } },
  ])
    assert.ok(!accessLogConfig.safeParse(bad).success, JSON.stringify(bad));
  assert.deepEqual(accessLogConfig.parse({ routes: { '/a': { ok: 0 } } }).routes['/a'], {
    ok: 0,
    refused: 1,
    errors: 1,
  });
});
