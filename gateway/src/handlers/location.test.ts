import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { type Asked, cleanLocations, type LocationRules, redirectHostsConfig } from './location.ts';
import { compileRestore } from './reshaping/path-restore.ts';

const asked: Asked = { host: 'API.example.com', path: '/api/invoices', sent: '/invoices' };

function cleaned(
  location: string,
  more: Partial<LocationRules> = {},
  from: Asked = asked,
): string | undefined {
  const headers = new HeaderFields(['location', location]);
  const rules = {
    restore: compileRestore('/api/invoices', '/invoices'),
    elsewhere: undefined,
    isPublic: (path: string) => path.startsWith('/api/'),
    hosts: new Set<string>(),
    ...more,
  };
  cleanLocations(headers, rules, () => from);
  return headers.get('location');
}

test('what a POST made is below what was asked for, where no route knows better', () => {
  assert.equal(cleaned('/invoices/7?a=/invoices/8#/invoices/9'), '/api/invoices/7?a=/invoices/8#/invoices/9');
  assert.equal(cleaned('/invoices'), '/api/invoices');
  assert.equal(cleaned('/invoicesX'), '/invoicesX');
  assert.equal(cleaned('7'), '7');
  assert.equal(cleaned('?page=2'), '?page=2');
  const elsewhere = compileRestore('/documents/:id', '/invoices/:id');
  assert.equal(cleaned('/invoices/7', { elsewhere }), '/documents/7');
  const root = { host: 'a', path: '/api', sent: '/' };
  assert.equal(cleaned('/login', {}, root), '/login', 'everything is below the root');
  const inTenant = { host: 'a', path: '/t/7/orders/', sent: '/u/7/orders/' };
  assert.equal(cleaned('/u/7/orders/1', { restore: () => undefined }, inTenant), '/t/7/orders/1');
});

test('a whole URL of our own host gets the path that clients know, unless it has it', () => {
  assert.equal(cleaned('https://api.example.com/invoices/7?x'), 'https://api.example.com/api/invoices/7?x');
  assert.equal(cleaned('//api.example.com/invoices/7'), '//api.example.com/api/invoices/7');
  assert.equal(cleaned('https://api.example.com/api/invoices/7'), 'https://api.example.com/api/invoices/7');
  assert.equal(cleaned('https://api.example.com'), 'https://api.example.com');
});

test('Refresh sends nobody to where Location may not, and keeps what only waits', () => {
  const refreshed = (value: string): string | undefined => {
    const headers = new HeaderFields(['refresh', value]);
    const rules = {
      restore: compileRestore('/api/invoices', '/invoices'),
      elsewhere: undefined,
      isPublic: () => false,
      hosts: new Set<string>(),
    };
    cleanLocations(headers, rules, () => asked);
    return headers.get('refresh');
  };
  for (const value of ['5', ' 5 ', '5;']) assert.equal(refreshed(value), value);
  assert.equal(refreshed('5; url=/invoices/7'), '5; url=/api/invoices/7');
  assert.equal(refreshed("0;URL='/invoices/7'"), '0; url=/api/invoices/7');
  assert.equal(refreshed('0, /invoices/7'), '0; url=/api/invoices/7');
  for (const value of [
    '0;url=http://10.0.0.1/',
    '0; URL = "//evil.example"',
    "0;url='javascript:alert(1)'",
    '0,https://evil.example',
    '0;/\\evil.example',
    'x;url=/a',
    '0;url=/\t/evil.example',
  ]) {
    assert.equal(refreshed(value), undefined, value);
  }
});

test('nobody is sent to other hosts, in whatever spelling, but to those that are allowed', () => {
  for (const location of [
    'https://evil.example/',
    '//evil.example/',
    '/\t/evil.example/',
    '/\\evil.example/',
    '\\\\evil.example/',
    'javascript:alert(1)',
    'https://api.example.com@evil.example/',
    'https://api.example.com:8443/',
    'http://[/',
  ]) {
    assert.equal(cleaned(location), undefined, location);
  }
  const hosts = new Set(['pay.example', 'cdn.example:8443']);
  assert.equal(cleaned('https://pay.example/3ds', { hosts }), 'https://pay.example/3ds');
  assert.equal(cleaned('https://cdn.example:8443/x', { hosts }), 'https://cdn.example:8443/x');
  assert.equal(cleaned('https://cdn.example/x', { hosts }), undefined);
  assert.equal(cleaned('https://any.example/x', { hosts: new Set(['*']) }), 'https://any.example/x');
  assert.equal(cleaned('javascript:alert(1)', { hosts: new Set(['*']) }), undefined);
});

test('hosts are written as URLs show them', () => {
  const sound = ['pay.example', 'localhost', 'cdn.example:8443', '127.0.0.1:80', '[::1]:8080', '*'];
  assert.equal(redirectHostsConfig.safeParse(sound).success, true);
  for (const host of ['Pay.example', 'https://pay.example', 'pay.example/', '*.example', ''])
    assert.equal(redirectHostsConfig.safeParse([host]).success, false, host);
});
