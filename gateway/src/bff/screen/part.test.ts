import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partMaker } from './part.ts';

const part = partMaker<Record<never, never>>();

describe('part', () => {
  it('is optional, unshaped and without a timeout by default', () => {
    const made = part(() => 1);
    assert.equal(made.required, false);
    assert.equal(made.timeoutMs, undefined);
    assert.equal(made.fallback, undefined);
    assert.equal(made.shape(7), 7);
  });

  it('tells a fallback of null from none', () => {
    assert.deepEqual(part<string | null>(() => 'a', { fallback: null }).fallback, { value: null });
  });

  it('refuses a timeout of nothing, and a fallback that could never be used', () => {
    assert.throws(() => part(() => 1, { timeout: '0ms' }), /timeout: expected a duration/);
    assert.throws(() => part(() => 1, { required: true, fallback: 2 }), /a required part has no fallback/);
  });
});
