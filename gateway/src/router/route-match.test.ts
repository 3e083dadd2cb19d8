import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { routeMatchConfig } from './route-match.ts';

const messages = (value: unknown): string =>
  JSON.stringify(routeMatchConfig.safeParse(value).error?.issues ?? 'no fault');

describe('routeMatchConfig', () => {
  it('takes a path, and hosts and methods where they are given', () => {
    assert.deepEqual(routeMatchConfig.parse({ path: '/a/*', methods: ['GET'], hosts: ['API.x'] }), {
      path: '/a/*',
      methods: ['GET'],
      hosts: ['api.x'],
    });
    assert.deepEqual(routeMatchConfig.parse({ path: { regex: '/a+' } }), { path: { regex: '/a+' } });
  });

  it('takes conditions; one text or several', () => {
    const { headers, version, tenant, clientType, priority } = routeMatchConfig.parse({
      path: '/',
      headers: { 'X-A': '1', b: { pattern: 'x+' } },
      version: '2',
      clientType: ['mobile', 'web'],
      tenant: { present: true },
      priority: -1,
    });
    assert.deepEqual(headers, { 'x-a': '1', b: { pattern: 'x+' } });
    assert.deepEqual(
      [version, clientType, tenant, priority],
      [['2'], ['mobile', 'web'], { present: true }, -1],
    );
  });

  it('says what is wrong', () => {
    assert.match(messages({ path: '/', version: 2 }), /in quotes/);
    assert.match(messages({ path: '/', headers: { 'a b': '1' } }), /HTTP header name/);
    assert.match(messages({ path: '/', headers: { a: 1 } }), /present: true/);
    assert.match(messages({ path: '/', priority: 1.5 }), /int/);
    assert.match(messages({ path: 'a' }), /does not start with \//);
    assert.match(messages({ path: '/a*' }), /not the whole last segment/);
    assert.match(messages({ path: { regex: '(?=a)' } }), /lookaround/);
    assert.match(messages({ path: '/', hosts: ['a:80'] }), /without a port/);
    assert.match(messages({ path: '/', methods: ['get'] }), /GET/);
    assert.match(messages({ path: '/', method: 'GET' }), /unrecognized_keys/);
  });
});
