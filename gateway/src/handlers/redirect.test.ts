import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalPath } from '../core/path.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { locationPath, redirectConfig, redirectHandler } from './redirect.ts';

interface Asked {
  readonly target?: string;
  readonly host?: string;
  readonly params?: Readonly<Record<string, string>>;
}

async function led(
  config: unknown,
  { target = '/old/7?x=1', host = 'api.example', params = {} }: Asked = {},
) {
  const { exchange } = makeExchange({ target, host });
  const handler = redirectHandler(redirectConfig.parse(config), 'segments');
  exchange.route = { template: '/old/:id', kind: 'redirect', params, chain: handler };
  const { status, headers } = await handler(exchange);
  return [status, headers.get('location')];
}

describe('redirect', () => {
  it('leads to a path with the parameters of the match, and keeps the query or not', async () => {
    const params = { id: 'a%2Fb', '*': 'x/y' };
    assert.deepEqual(await led({ location: '/new/:id/*' }, { params }), [307, '/new/a%2Fb/x/y?x=1']);
    assert.deepEqual(await led({ location: '/new', query: 'drop', status: 301 }), [301, '/new']);
    assert.deepEqual(await led({ location: '/new?from=old' }), [307, '/new?from=old&x=1']);
    assert.deepEqual(await led({ location: '/new?from=old' }, { target: '/a' }), [307, '/new?from=old']);
  });

  it('leads to https on the host that was asked', async () => {
    assert.deepEqual(await led({ scheme: 'https', status: 308 }), [308, 'https://api.example/old/7?x=1']);
    assert.deepEqual(await led({ scheme: 'https' }, { host: 'h:8080' }), [307, 'https://h/old/7?x=1']);
    assert.deepEqual(await led({ scheme: 'https', port: 8443 }, { host: '[::1]:80' }), [
      307,
      'https://[::1]:8443/old/7?x=1',
    ]);
    assert.deepEqual(await led({ port: 80 }, { host: 'h:8080' }), [307, 'http://h/old/7?x=1']);
    assert.deepEqual(await led({ scheme: 'http' }, { host: 'h:8080' }), [307, 'http://h:8080/old/7?x=1']);
    await assert.rejects(led({ scheme: 'https' }, { host: '' }), { code: 'bad_request' });
  });

  it('leads to another host', async () => {
    assert.deepEqual(await led({ host: 'www.example' }, { host: 'h:8080' }), [
      307,
      'http://www.example/old/7?x=1',
    ]);
    assert.deepEqual(await led({ location: 'https://www.example:444/a' }), [
      307,
      'https://www.example:444/a?x=1',
    ]);
    assert.deepEqual(await led({ location: 'https://www.example' }), [307, 'https://www.example/old/7?x=1']);
  });

  it('is refused where it could lead anywhere, or nowhere', () => {
    for (const config of [
      {},
      { location: '//evil.example' },
      { location: '/\\evil.example' },
      { location: 'https://:host/' },
      { location: 'https://*.example/' },
      { location: 'https://a@b/' },
      { location: 'javascript:alert(1)' },
      { location: '' },
      { location: '/a b' },
      { location: '/a?id=:id' },
      { location: 'https://a:99999/' },
      { location: 'https://a/', host: 'b' },
      { host: 'a:80' },
      { scheme: 'ftp' },
      { scheme: 'https', status: 200 },
    ]) {
      assert.ok(!redirectConfig.safeParse(config).success, JSON.stringify(config));
    }
    assert.equal(locationPath('https://a/b/:c?d'), '/b/:c');
  });

  it('property: never leads to another host, whatever the path', async () => {
    const segment = fc.string({
      unit: fc.constantFrom('a', '.', '@', ':', '%5C', ';', '%2F%2F', '-'),
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { maxLength: 4 }), async (segments) => {
        const rest = segments.join('/');
        try {
          canonicalPath(`/old/${rest}`);
        } catch {
          return;
        }
        const params = { '*': rest };
        for (const config of [
          { location: '/*' },
          { scheme: 'https' },
          { location: 'https://www.example/*' },
        ]) {
          let location: unknown;
          try {
            [, location] = await led(config, { target: `/old/${rest}`, params });
          } catch {
            // Refused as a path that begins with two slashes.
            continue;
          }
          const { hostname } = new URL(String(location), 'http://api.example/');
          assert.ok(['api.example', 'www.example'].includes(hostname), String(location));
        }
      }),
      { numRuns: 300 },
    );
  });
});
