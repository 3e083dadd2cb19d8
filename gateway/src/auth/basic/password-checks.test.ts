import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { type BasicConfig, basicConfig } from './basic-config.ts';
import { PasswordChecks } from './password-checks.ts';
import { hashPassword, type PasswordHash } from './password-hash.ts';

let right: PasswordHash;
let other: PasswordHash;
before(async () => {
  right = await hashPassword('right', 2 ** 14, 8, 1);
  other = await hashPassword('other', 2 ** 14, 8, 1);
});

function setUp(bounds: Partial<BasicConfig> = {}) {
  const clock = new ManualClock();
  const checks = new PasswordChecks({ clock, meter: noMeter });
  checks.configure({ ...basicConfig.parse({}), ...bounds });
  const check = (password: string, address = '192.0.2.1', known = [right, other]) =>
    checks.check({
      digest: checks.digestOf(password),
      password,
      hashes: known.map((hash) => ({ name: hash.text, hash })),
      address,
    });
  return { clock, checks, check };
}

test('what is good is remembered for its time, by what nobody can compute', async () => {
  const { clock, checks, check } = setUp({ cacheTtl: 1_000 });
  const digest = checks.digestOf('right');
  assert.notEqual(setUp().checks.digestOf('right'), digest);
  assert.equal(checks.known(digest), undefined);
  assert.equal(await check('right'), right.text);
  assert.equal(checks.known(digest), right.text);
  clock.advance(999);
  assert.equal(checks.known(digest), right.text);
  clock.advance(1);
  assert.equal(checks.known(digest), undefined);
  assert.equal(await check('wrong'), undefined);
  assert.equal(checks.known(checks.digestOf('wrong')), undefined);
});

test('each hash is computed, also behind the one that fits', async () => {
  const { check } = setUp();
  let read = 0;
  const counted = {
    ...other,
    get salt() {
      read += 1;
      return other.salt;
    },
  };
  assert.equal(await check('right', '192.0.2.1', [right, counted]), right.text);
  assert.equal(read, 1);
});

test('nothing is remembered where that is said', async () => {
  const { checks, check } = setUp({ cacheTtl: 0 });
  assert.equal(await check('right'), right.text);
  assert.equal(checks.known(checks.digestOf('right')), undefined);
});

test('one credential is checked once; of one address and of all only so many wait', async () => {
  const { check } = setUp({ maxConcurrent: 1, maxQueued: 2, maxPerAddress: 2 });
  const same = [check('right'), check('right'), check('right')];
  const waits = check('a');
  await assert.rejects(check('b'), { code: 'rate_limited', retryAfterS: 1 });
  const last = check('b', '192.0.2.2');
  await assert.rejects(check('c', '192.0.2.3'), { code: 'overloaded' });
  assert.deepEqual(await Promise.all(same), [right.text, right.text, right.text]);
  assert.deepEqual(await Promise.all([waits, last]), [undefined, undefined]);
  // There is room again for all of them.
  assert.equal(await check('other', '192.0.2.3'), other.text);
  assert.equal(await check('right'), right.text);
});
