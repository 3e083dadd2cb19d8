import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalAuthority, sameAuthority } from './host.ts';

describe('canonicalAuthority', () => {
  it('lowers names, drops the root dot, and keeps ports', () => {
    for (const [text, canonical] of [
      ['h', 'h'],
      ['API.Example.com:8080', 'api.example.com:8080'],
      ['example.com.', 'example.com'],
      ['example.com.:80', 'example.com:80'],
      ['127.0.0.1:65535', '127.0.0.1:65535'],
      ['[::1]', '[::1]'],
      ['[2001:DB8::1]:443', '[2001:db8::1]:443'],
      ['a_b', 'a_b'],
    ] as const) {
      assert.equal(canonicalAuthority(text), canonical, text);
    }
  });

  it('A22: refuses what is no name with a port', () => {
    const bad = [
      '',
      ':80',
      'a:',
      'a:0',
      'a:65536',
      'a:000080',
      'a:8 ',
      'a@b',
      'a,b',
      'a/b',
      'a b',
      '.',
      '..',
      '.a',
      'a..',
      'a..b:80',
      'a\0',
      'é',
    ];
    for (const text of [
      ...bad,
      '[',
      '[]',
      '[::1',
      '[::1]x',
      '[g::]',
      '[::1%25eth0]',
      'a%2e',
      'a?b',
      'a#b',
      'a:80:80',
    ]) {
      assert.equal(canonicalAuthority(text), undefined, text);
    }
  });
});

describe('sameAuthority', () => {
  it('lets the default port of the scheme be left out', () => {
    assert.ok(sameAuthority('h', 'h', 'http'));
    assert.ok(sameAuthority('h:80', 'h', 'http'));
    assert.ok(sameAuthority('h', 'h:443', 'https'));
    assert.ok(!sameAuthority('h:443', 'h', 'http'));
    assert.ok(!sameAuthority('h', 'g', 'http'));
    assert.ok(!sameAuthority('h', '', 'http'));
  });
});
