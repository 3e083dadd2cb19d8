import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upstreamConfig } from '../config.ts';
import { protocolConfig } from './protocol-config.ts';

test('HTTP/1.1 unless said otherwise', () => {
  assert.equal(protocolConfig.parse(undefined), 'http1');
  assert.equal(protocolConfig.safeParse('h2').success, false);
});

test('a backend can be asked what it speaks over TLS alone', () => {
  const fault = (config: object): string =>
    upstreamConfig.safeParse(config).error?.issues[0]?.message ?? 'none';
  assert.match(fault({ url: 'http://a', protocol: 'auto' }), /ALPN, over https/);
  assert.equal(fault({ url: 'https://a', protocol: 'auto' }), 'none');
  assert.equal(fault({ url: 'http://a', protocol: 'http2' }), 'none');
  assert.equal(fault({ url: 'unix:/run/a.sock', protocol: 'http2' }), 'none');
});
