import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitConfig } from './config.ts';

const sides = { stable: { upstream: 'v1' }, canary: { upstream: 'v2' } };

function faultOf(split: object): string {
  const parsed = splitConfig.safeParse({ sides, ...split });
  const [issue] = parsed.error?.issues ?? [];
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'none';
}

test('what is said shortly is filled in', () => {
  const parsed = splitConfig.parse({ sides, by: 'cookie:visitor', rollback: {}, steps: [{ weight: '5%' }] });
  assert.deepEqual(parsed.by, [{ from: 'cookie', name: 'visitor' }]);
  assert.deepEqual(parsed.rollback, { errorRate: 0.02, window: 60_000, minimumCalls: 100 });
  assert.deepEqual(parsed.steps, [{ weight: 0.05 }]);
  assert.deepEqual(splitConfig.parse({ sides, by: 'none' }).by, []);
});

test('what makes no sense is said where it stands', () => {
  for (const [split, fault] of [
    [{ sides: { a: { upstream: 'v1' } } }, 'sides: expected 2 to 8 sides, not 1'],
    [
      {
        sides: {
          a: { upstream: 'v1' },
          b: { upstream: 'v2', weight: 70 },
          c: { upstream: 'v3', weight: 40 },
        },
      },
      'sides: the weights add up to 110: expected 100 at most where the first side has none',
    ],
    [
      { sides: { a: { upstream: 'v1', weight: 0 }, b: { upstream: 'v2', weight: 0 } } },
      'sides: expected a weight above 0',
    ],
    [{ force: {} }, 'force: expected header or cookie'],
    [
      { force: { header: 'x', values: { '1': 'canry' } } },
      'force.values.1: "canry" is no side: expected one of stable, canary',
    ],
    [{ startAt: '2026-01-01T00:00:00Z' }, 'startAt: is when `steps` begin, and there are none'],
    [{ startAt: 'soon', steps: [{ weight: 1 }] }, 'startAt: expected a time such as 2026-03-01T09:00:00Z'],
    [{ steps: [{ weight: 1 }, { weight: 2 }] }, 'steps.0: expected how long: for'],
    [{ steps: [{ weight: 1, for: '1m' }] }, 'steps.0.for: the last step stays: expected no `for`'],
    [{ steps: [{ weight: 120 }] }, 'steps.0.weight: expected a percentage from 0% to 100%, not "120"'],
    [
      { sides: { a: { upstream: 'v1' }, b: { upstream: 'v2', weight: 5 } }, steps: [{ weight: 1 }] },
      "sides: the second side's share is what `steps` say: expected no weight",
    ],
    [
      { by: 7 },
      'by: expected a key such as consumer, header:NAME or cookie:NAME, a list of 4 at most, or none',
    ],
    [{ rollback: { window: '10ms' } }, 'rollback.window: expected 1s or more'],
    [
      { by: 'header:x-user-id' },
      'by: "x-user-id" is taken from requests at the door, because backends trust it: expected subject, consumer, tenant, or another header',
    ],
    [
      { by: ['consumer', 'user'] },
      'by: expected consumer, subject, tenant, address, path, header:NAME or cookie:NAME, not "user"',
    ],
  ] as const)
    assert.equal(faultOf(split), fault);
});
