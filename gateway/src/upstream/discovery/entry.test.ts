import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, looseEntry, strictEntry } from './entry.ts';

test('an entry is a URL, or says more', () => {
  assert.deepEqual(strictEntry.parse('http://10.0.0.1'), { url: 'http://10.0.0.1', weight: 1 });
  const full = { url: 'https://users.test', address: 'fd00::1', weight: 5, zone: 'z1', priority: 1 };
  assert.deepEqual(strictEntry.parse(full), full);
});

test('what is not known is a fault where people write it, and ignored where programs do', () => {
  const more = { url: 'http://10.0.0.1', wieght: 2 };
  assert.match(faultsOf(strictEntry.safeParse(more).error ?? assert.fail()), /wieght/);
  assert.deepEqual(looseEntry.parse(more), { url: 'http://10.0.0.1', weight: 1 });
});

test('faults name their place', () => {
  const faults = (value: unknown): string => faultsOf(looseEntry.safeParse(value).error ?? assert.fail());
  assert.match(faults({ url: 'http://10.0.0.1', weight: 0, priority: -1 }), /^weight: .*; priority: /);
  assert.match(faults('nonsense'), /^url: expected an http:\/\/ or https:\/\/ URL/);
  assert.match(faults({ url: 'http://users', address: 'users' }), /^address: expected an IP address/);
  assert.match(faults(7), /object/);
});
