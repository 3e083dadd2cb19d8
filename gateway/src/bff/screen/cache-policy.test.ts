import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { cachePolicy, type FinishedRun } from './cache-policy.ts';
import { identityWith } from './screen.fixture.ts';
import type { PartOutcome } from './screen-outcome.ts';

const outcome = (shared: boolean, leftMs: number, more: Partial<PartOutcome> = {}): PartOutcome => ({
  name: 'p',
  value: 1,
  failure: undefined,
  partial: false,
  freshness: { shared, leftMs },
  ...more,
});
const said = (outcomes: FinishedRun['outcomes'], more: Partial<FinishedRun> = {}) =>
  cachePolicy({ screen: { scopes: [] }, identity: undefined, outcomes, ...more }).cacheControl;

it('a screen may be kept as long as the part that has least left', () => {
  assert.equal(said([outcome(true, 30_000), outcome(true, 9_999)]), 'public, max-age=9');
  assert.equal(said([outcome(true, 30_000), outcome(true, 0)]), 'public, no-cache');
});

it('is for everybody only where all is shared and nobody was asked who they are', () => {
  const shared = [outcome(true, 5000)];
  assert.equal(said([...shared, outcome(false, 60_000)]), 'private, max-age=5');
  assert.equal(said(shared, { identity: identityWith() }), 'private, max-age=5');
  assert.equal(said(shared, { screen: { scopes: ['a'] } }), 'private, max-age=5');
  assert.equal(said(shared, { screen: { scopes: [], policies: ['a'] } }), 'private, max-age=5');
  assert.deepEqual(cachePolicy({ screen: { scopes: [] }, identity: identityWith(), outcomes: shared }).vary, [
    'authorization',
    'cookie',
    'x-api-key',
  ]);
});

it('is not kept where a part may not be, is missing or partial, or is not there yet', () => {
  const good = outcome(true, 5000);
  const failure = new FrontdeskError('upstream_reset');
  for (const bad of [
    outcome(true, 1, { freshness: undefined }),
    outcome(true, 1, { failure }),
    outcome(true, 1, { partial: true }),
    undefined,
  ]) {
    assert.equal(said([good, bad]), 'no-store');
  }
  assert.equal(said([]), 'no-store');
});
