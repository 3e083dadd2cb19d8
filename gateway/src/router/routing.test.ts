import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { parsePathPattern } from './path-pattern.ts';
import { RequestView } from './request-view.ts';
import { acceptVersion, compileRouting, tenantRead } from './routing.ts';
import { routingConfig } from './routing-config.ts';

const compiled = (config: unknown) => compileRouting(routingConfig.parse(config));

function view(fields: Readonly<Record<string, string>>, host = 'h', path = '/'): RequestView {
  const headers = HeaderFields.of(fields);
  return new RequestView({ method: 'GET', host, path, query: '', headers, client: { scheme: 'http' } }, path);
}

describe('client types', () => {
  it('are told by the first entry that fits, in the order of the configuration', () => {
    const { clientType } = compiled({
      clientTypes: {
        partner: [{ headers: { 'x-client': 'partner' } }],
        mobile: [
          { headers: { 'x-client': 'mobile', 'user-agent': { present: true } } },
          { headers: { 'user-agent': { pattern: '(?i).*(android|iphone).*' } } },
        ],
        web: [{ headers: { 'user-agent': { pattern: 'Mozilla/.*' } } }],
      },
    });
    const typed = (fields: Record<string, string>) => clientType(view(fields));
    assert.equal(typed({ 'x-client': 'partner', 'user-agent': 'Mozilla/5.0' }), 'partner');
    assert.equal(typed({ 'user-agent': 'Mozilla/5.0 (Linux; ANDROID 15)' }), 'mobile');
    assert.equal(typed({ 'user-agent': 'Mozilla/5.0 (X11)' }), 'web');
    assert.equal(typed({ 'x-client': 'mobile' }), undefined);
  });
});

describe('versions', () => {
  it('are stated by the field, or by Accept, or not at all', () => {
    const { version } = compiled({ versions: { header: 'x-v', acceptParam: 'v', default: '1' } });
    assert.equal(version?.(view({ 'x-v': ' 2 ', accept: 'a/b;v=3' })), '2');
    assert.equal(version?.(view({ accept: 'application/vnd.x+json; V="3"' })), '3');
    assert.equal(version?.(view({ accept: '*/*' })), '1');
    assert.equal(compiled({ versions: { header: 'x-v' } }).version?.(view({})), undefined);
  });

  it('of Accept are those of the range that is wanted most', () => {
    assert.equal(acceptVersion('a/b;v=1;q=0.5, a/b;v=2;q=0.9, a/c', 'v'), '2');
    assert.equal(acceptVersion('a/b;v=1, a/b;v=2', 'v'), '1');
    assert.equal(acceptVersion('a/b;v=1;q=0, */*', 'v'), undefined);
    assert.equal(acceptVersion('a/b;x="1, v=9; \\" ;v=8";v="2\\"3"', 'v'), '2"3');
    assert.equal(acceptVersion('a/b;v=;v', 'v'), undefined);
  });
});

describe('tenants', () => {
  it('are stated by a field, by the label of the host or by a parameter of the path', () => {
    const read = (config: unknown, asked: RequestView, path = '/') => {
      const { tenant } = compiled({ tenant: config });
      return tenant && tenantRead(tenant, parsePathPattern(path))?.read(asked);
    };
    assert.equal(read({ header: 'x-org' }, view({ 'x-org': 'acme' })), 'acme');
    assert.equal(read({ host: '*.shop.example' }, view({}, 'acme.shop.example:8443')), 'acme');
    assert.equal(read({ host: '*.shop.example' }, view({}, 'a.b.shop.example')), undefined);
    assert.equal(read({ host: '*.shop.example' }, view({}, 'shop.example')), undefined);
    assert.equal(read({ param: 'org' }, view({}, 'h', '/t/a%20b'), '/t/:org/*'), 'a b');
    assert.equal(read({ param: 'org' }, view({}, 'h', '/t/acme'), '/t/:other'), undefined);
  });
});
