import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Needed, Readiness } from './readiness.ts';

function keys(label: string, ready: boolean) {
  const set = {
    label,
    ready,
    asked: 0,
    warm: async () => {
      set.asked += 1;
    },
  };
  return set;
}

/** What serves, with what of it is looked at. */
function needing(keySets: readonly ReturnType<typeof keys>[], missing: readonly string[]): Needed {
  return {
    identities: { keySets: keySets as unknown as Needed['identities']['keySets'] },
    upstreams: { missing: () => [...missing] },
  };
}

test('it is ready where nothing is missing, and not while it drains or who started it says so', () => {
  let draining = false;
  let further: string[] = [];
  const readiness = new Readiness({
    draining: () => draining,
    serving: () => undefined,
    further: () => further,
  });
  assert.deepEqual(readiness.because(), []);
  draining = true;
  further = ['told to leave'];
  assert.deepEqual(readiness.because(), ['told to leave', 'draining']);
});

test('missing keys are a reason, and asked for again, until they were there once', () => {
  const issuer = keys('https://issuer', false);
  const readiness = new Readiness({ draining: () => false, serving: () => needing([issuer], []) });
  assert.deepEqual(readiness.because(), ["the token issuer's keys could not be fetched yet: https://issuer"]);
  assert.equal(issuer.asked, 1);
  issuer.ready = true;
  assert.deepEqual(readiness.because(), []);
  issuer.ready = false;
  assert.deepEqual([readiness.because(), issuer.asked], [[], 1]);
});

test('missing endpoints are a reason until all were there once', () => {
  let missing = ['upstream a has no endpoints yet'];
  const readiness = new Readiness({ draining: () => false, serving: () => needing([], missing) });
  assert.deepEqual(readiness.because(), missing);
  missing = [];
  assert.deepEqual(readiness.because(), []);
  missing = ['gone again'];
  assert.deepEqual(readiness.because(), []);
});
