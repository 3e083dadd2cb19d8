import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hostMatches, hostName, hostRank, parseHostPattern } from './host-pattern.ts';

describe('host pattern', () => {
  it('takes names, addresses and one leading wildcard', () => {
    for (const text of ['a', 'API.Example.com', '*.example.com', '127.0.0.1', '[::1]', 'a_b.c-d']) {
      assert.equal(parseHostPattern(text), text.toLowerCase());
    }
    for (const text of ['', '*', '*.', 'a.*.b', '*a.b', 'a:80', 'a.', '.a', 'a b', 'http://a', '-a', 'a/b']) {
      assert.equal(parseHostPattern(text), undefined, text);
    }
  });

  it('matches names below a wildcard, but not the name itself', () => {
    assert.ok(hostMatches('*.a.b', 'x.a.b'));
    assert.ok(hostMatches('*.a.b', 'x.y.a.b'));
    assert.ok(!hostMatches('*.a.b', 'a.b'));
    assert.ok(!hostMatches('*.a.b', 'xa.b'));
    assert.ok(!hostMatches('*.a.b', '.a.b'));
  });

  it('tells a name from its port, and the particular from the general', () => {
    assert.equal(hostName('a:80'), 'a');
    assert.equal(hostName('[::1]:80'), '[::1]');
    assert.equal(hostName('[::1]'), '[::1]');
    assert.ok(hostRank('a') > hostRank('*.long.example.com'));
    assert.ok(hostRank('*.a.b') > hostRank('*.b'));
    assert.ok(hostRank('*.b') > hostRank(undefined));
  });
});
