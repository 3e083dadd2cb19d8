import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { AnswerCheck, type Drift, DriftError, openEnum, type Validate } from './drift.ts';

const place = { upstream: 'users', endpoint: 'GET /users/{id}' };
const User = z.object({
  name: z.string(),
  tier: z.enum(['gold', 'silver']).optional(),
  tags: z.array(z.object({ 'a/b': z.number() })).default([]),
  byUser: z
    .record(z.string(), z.object({ n: z.number() }))
    .nullable()
    .optional(),
});
const good = { name: 'Ada', tier: 'gold', tags: [{ 'a/b': 1 }] };

function read(value: unknown, validate: Validate<unknown> = User) {
  const told: Drift[] = [];
  const check = new AnswerCheck(place, validate);
  let given: unknown;
  let error: unknown;
  try {
    given = check.read(value, (drift) => told.push(drift));
  } catch (thrown) {
    error = thrown;
  }
  return { given, error, told, places: told.map(({ pointer, expected }) => `${pointer} ${expected}`) };
}

describe('an answer held to a schema', () => {
  it('is what the schema reads, further members left out', () => {
    assert.deepEqual(read({ ...good, more: 1 }).given, good);
    assert.deepEqual(read({ name: 'Ada' }).given, { name: 'Ada', tags: [] });
  });

  it('is refused with its places and what was expected there, never the value', () => {
    const { error, told, places } = read({
      name: 4711,
      tier: 'secret-tier',
      tags: [{ 'a/b': 1 }, { 'a/b': 'secret' }],
      byUser: { 'secret-user': {} },
    });
    assert.ok(error instanceof DriftError);
    assert.equal(error.code, 'upstream_invalid');
    assert.deepEqual(places, [
      '/name string',
      '/tier one of gold|silver',
      '/tags/*/a~1b number',
      '/byUser/*/n number',
    ]);
    assert.ok(told.every((drift) => drift.outcome === 'refused' && drift.upstream === 'users'));
    assert.match(
      error.detail ?? '',
      /^users: GET \/users\/\{id\} is not as its schema says: \/name: expected string/,
    );
    assert.doesNotMatch(JSON.stringify([error.detail, told, error.message]), /4711|secret/);
  });

  it('is told of and used as it came in report mode', () => {
    const { given, error, told } = read({ name: 1, more: 2 }, { schema: User, mode: 'report' });
    assert.equal(error, undefined);
    assert.deepEqual(given, { name: 1, more: 2 });
    assert.deepEqual(told, [{ ...place, pointer: '/name', expected: 'string', outcome: 'reported' }]);
  });

  it('is looked at as often as asked', () => {
    const check = new AnswerCheck(place, { schema: User, sample: 0.25 });
    let refused = 0;
    for (let i = 0; i < 100; i += 1) {
      try {
        check.read({}, undefined);
      } catch {
        refused += 1;
      }
    }
    assert.equal(refused, 25);
  });

  it('may have values that nobody knew yet, where the schema says what they are read as', () => {
    const Status = z.object({ status: openEnum(['open', 'closed'], 'unknown') });
    assert.deepEqual(read({ status: 'open' }, Status), {
      given: { status: 'open' },
      error: undefined,
      told: [],
      places: [],
    });
    const { given, told } = read({ status: 'secret' }, Status);
    assert.deepEqual(given, { status: 'unknown' });
    assert.deepEqual(told, [
      { ...place, pointer: '', expected: 'one of open|closed', outcome: 'unknown_value' },
    ]);
    assert.deepEqual(read({ status: 'unknown' }, Status).told, []);
    assert.ok(read({ status: 1 }, Status).error instanceof DriftError);
    const status: 'open' | 'closed' | 'unknown' = Status.parse({ status: 'open' }).status;
    assert.equal(status, 'open');
  });
});

it('faults of how it is held are errors at start', () => {
  const made = (validate: unknown) => () => Reflect.construct(AnswerCheck, [place, validate]);
  assert.throws(made({ schema: User, sample: 0 }), /users GET \/users\/\{id\}: validate.sample: expected/);
  assert.throws(made({ schema: User, mode: 'maybe' }), /expected enforce or report, not "maybe"/);
  assert.throws(made({}), /expected a zod schema/);
  assert.throws(made({ schema: openEnum(['a'], 'b'), sample: 0.5 }), /must see all of them/);
});
