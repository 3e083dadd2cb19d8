import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { changesBetween, sameInputs } from './begun.ts';
import type { Reading } from './config-reader.ts';

function reading(inputs: Readonly<Record<string, string>>): Reading {
  return {
    ok: true,
    config: configSchema.parse({}),
    bundle: { file: 'a.yaml', texts: {} },
    digest: 'd',
    written: new Map(),
    warnings: [],
    files: ['a.yaml'],
    inputs: Object.keys(inputs),
    fingerprints: new Map([['a.yaml', String(Math.random())], ...Object.entries(inputs)]),
  };
}

test('what was read beside the texts is the same where each file says the same, whatever the texts are', () => {
  assert.equal(sameInputs(reading({ token: '1' }), reading({ token: '1' })), true);
  assert.equal(sameInputs(reading({ token: '1' }), reading({ token: '2' })), false);
  assert.equal(sameInputs(reading({ token: '1' }), reading({ token: '1', other: '1' })), false);
  assert.equal(sameInputs(reading({ token: '1' }), reading({ other: '1' })), false);
});

test('a file that changed in its place is named, by its path from the folder of the configuration', () => {
  const [before, after] = [
    reading({ '/etc/f/certs/a.pem': '1', '/etc/f/b': '1' }),
    reading({ '/etc/f/certs/a.pem': '2', '/etc/f/c': '1' }),
  ];
  assert.deepEqual(changesBetween(before, after, '/etc/f'), [
    { section: 'files', name: 'certs/a.pem', kind: 'changed', settings: [] },
  ]);
});
