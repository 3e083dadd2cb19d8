import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileOrigins, originPattern } from './cors-origins.ts';

const matcher = (...patterns: string[]) =>
  compileOrigins(patterns.map((pattern) => originPattern.parse(pattern)));

test('an origin is itself and nothing near it', () => {
  const matches = matcher('https://app.example', 'http://localhost:3000', 'https://Shop.example:443');
  for (const origin of ['https://app.example', 'http://localhost:3000', 'https://shop.example']) {
    assert.ok(matches(origin), origin);
  }
  for (const origin of [
    'http://app.example',
    'https://app.example:8443',
    'https://app.example.evil.test',
    'https://app.example/',
    'https://evil.test?https://app.example',
    'HTTPS://APP.EXAMPLE',
    'https://xapp.example',
    'http://localhost',
    'http://localhost:30000',
    'null',
    '',
    '*',
  ]) {
    assert.ok(!matches(origin), origin);
  }
});

test('a pattern takes names below its domain and nothing that only ends like them', () => {
  const matches = matcher('https://*.example.com');
  for (const origin of ['https://a.example.com', 'https://a.b.example.com', 'https://a-1.example.com']) {
    assert.ok(matches(origin), origin);
  }
  for (const origin of [
    'https://example.com',
    'https://.example.com',
    'https://a..example.com',
    'https://notexample.com',
    'https://evil.test/.example.com',
    'https://evil.test?.example.com',
    'https://evil.test#.example.com',
    'https://user@evil.test:1.example.com',
    'https://evil.test:80.example.com',
    'https://evil.test\\.example.com',
    'https://a.example.com:8443',
    'https://a.example.com.evil.test',
    'http://a.example.com',
    'https://A.example.com',
    'https://a%00.example.com',
    'https://a .example.com',
  ]) {
    assert.ok(!matches(origin), origin);
  }
  assert.ok(matcher('http://*.localhost:3000')('http://a.localhost:3000'));
});

test('whatever a pattern takes is an origin of a host below it, as the URL standard reads it', () => {
  const matches = matcher('https://*.example.com');
  const text = fc.string({ unit: fc.constantFrom(...'ab.-:/@?#\\%[]_ 1'), maxLength: 12 });
  fc.assert(
    fc.property(text, (middle) => {
      const origin = `https://${middle}.example.com`;
      if (!matches(origin)) return;
      assert.ok(new URL(origin).hostname.endsWith('.example.com'));
      assert.equal(new URL(origin).port, '');
    }),
    { numRuns: 2_000 },
  );
});

test('null is only there where it is named, and * is everybody', () => {
  assert.ok(matcher('null')('null'));
  assert.ok(!matcher('https://app.example')('null'));
  assert.ok(matcher('*')('https://anybody.test'));
});

test('what is no origin is a fault', () => {
  for (const text of [
    'app.example',
    'https://app.example/',
    'https://app.example/path',
    'https://*',
    'https://*.com',
    'https://a.*.example.com',
    'https://*example.com',
    'https://user@app.example',
    'https://[::1',
    'https://*.[::1]',
    '',
  ]) {
    assert.equal(originPattern.safeParse(text).success, false, text);
  }
  assert.ok(originPattern.safeParse('capacitor://localhost').success);
  assert.ok(originPattern.safeParse('http://[::1]:3000').success);
});
