import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { Authenticator } from '../authenticator.ts';
import { consumersConfig } from '../consumers/consumers.ts';
import { FailureBuckets } from '../failure-buckets.ts';
import { isOutdated } from '../refusal.ts';
import { anyOf } from '../route-auth.ts';
import type { Presented } from '../scheme.ts';
import { presented } from '../testing/presented.ts';
import { BasicScheme } from './basic.ts';
import { basicConfig } from './basic-config.ts';
import { type PasswordCheck, PasswordChecks } from './password-checks.ts';
import { hashPassword } from './password-hash.ts';

const gold = { name: 'gold', scopes: new Set(['read']) };
const plans = { byName: new Map([['gold', gold]]), defaultPlan: undefined };
let first = '';
let second = '';
before(async () => {
  [first, second] = (
    await Promise.all([hashPassword('pass:w\u00f6rd', 2 ** 14, 8, 1), hashPassword('next', 2 ** 14, 8, 1)])
  ).map(({ text }) => text) as [string, string];
});

/** Counts what is computed. */
class CountedChecks extends PasswordChecks {
  computed = 0;
  override check(asked: PasswordCheck): Promise<string | undefined> {
    this.computed += asked.hashes.length;
    return super.check(asked);
  }
}

function setUp(config: Record<string, unknown> = {}) {
  const clock = new ManualClock();
  const consumers = consumersConfig.parse([
    {
      id: 'acme',
      plan: 'gold',
      tenant: 't1',
      passwords: [{ scrypt: first }, { scrypt: second, expires: new Date(clock.wall() + 10_000) }],
    },
    { id: 'other', passwords: [{ scrypt: second, username: 'j\u00f6rg' }] },
  ]);
  const checks = new CountedChecks({ clock, meter: noMeter });
  const scheme = new BasicScheme({ config: basicConfig.parse(config), consumers, plans, checks, clock });
  const ask = async (field: string, scheme_: 'http' | 'https' = 'https', headers?: HeaderFields) =>
    scheme.identify(over(headers ?? HeaderFields.of({ authorization: field }), scheme_));
  return { clock, checks, scheme, ask };
}

const over = (headers: HeaderFields, scheme: 'http' | 'https' = 'https'): Presented =>
  presented(headers, { client: { address: '192.0.2.1', scheme } });
const basic = (pair: string | Buffer) => `Basic ${Buffer.from(pair).toString('base64')}`;
const refused = (detail: RegExp) => (error: unknown) =>
  error instanceof FrontdeskError && error.code === 'invalid_credentials' && detail.test(error.detail ?? '');

test('RFC 7617: user and password are their consumer, in UTF-8, the password with colons', async () => {
  const { ask } = setUp();
  const identity = (await ask(basic('acme:pass:w\u00f6rd'))) ?? assert.fail();
  assert.equal(identity.consumer, 'acme');
  assert.equal(identity.subject, 'acme');
  assert.equal(identity.tenant, 't1');
  assert.equal(identity.scheme, 'basic');
  assert.equal(identity.scopes, gold.scopes);
  assert.equal((await ask(basic('jo\u0308rg:next')))?.consumer, 'other');
  assert.equal((await ask(basic('acme:next').replace('Basic', 'bAsIc')))?.consumer, 'acme');
});

test('what is checked once is remembered, and forgotten with its configuration or its end', async () => {
  const { clock, checks, ask, scheme } = setUp();
  await ask(basic('acme:next'));
  const { computed } = checks;
  assert.equal((await ask(basic('acme:next')))?.consumer, 'acme');
  assert.equal(checks.computed, computed);
  assert.ok(scheme.knows(over(HeaderFields.of({ authorization: basic('acme:next') }))));
  assert.ok(!scheme.knows(over(HeaderFields.of({ authorization: basic('acme:other') }))));
  const without = new BasicScheme({ config: basicConfig.parse({}), consumers: [], plans, checks, clock });
  assert.ok(!without.knows(over(HeaderFields.of({ authorization: basic('acme:next') }))));
  clock.advance(10_000);
  await assert.rejects(ask(basic('acme:next')), (error) => {
    return refused(/expired/)(error) && error instanceof FrontdeskError && isOutdated(error);
  });
});

test('who is unknown costs as much as who mistypes', async () => {
  const { checks, ask } = setUp();
  const computed: number[] = [];
  for (const pair of ['acme:wrong', 'other:wrong', 'j\u00f6rg:wrong', 'nobody:next', '__proto__:x']) {
    const start = checks.computed;
    await assert.rejects(ask(basic(pair)), refused(/no such user/));
    computed.push(checks.computed - start);
  }
  assert.deepEqual(computed, [2, 2, 2, 2, 2]);
});

test('nothing is taken over a connection without TLS unless that is said', async () => {
  await assert.rejects(setUp().ask(basic('acme:next'), 'http'), refused(/without TLS/));
  assert.equal((await setUp({ allowPlain: true }).ask(basic('acme:next'), 'http'))?.consumer, 'acme');
});

test('malformed credentials are refused before anything is computed, and other schemes are left alone', async () => {
  const { ask, checks } = setUp();
  for (const field of [
    'Basic',
    'Basic ',
    'Basic !!!!',
    'Basic YWNtZTpuZXh0=',
    'Basic YWNtZTpuZXh',
    'Basic YWNtZTpuZXh0 YWNtZTpuZXh0',
    basic('acme'),
    basic(':next'),
    basic('acme:ne\nxt'),
    basic('acme:\u007f'),
    basic(Buffer.from([0x61, 0x3a, 0xff])),
    basic(`acme:${'x'.repeat(2_000)}`),
  ]) {
    await assert.rejects(ask(field), refused(/./), field);
  }
  const twice = new HeaderFields(['authorization', basic('acme:next'), 'authorization', basic('acme:next')]);
  await assert.rejects(ask('', 'https', twice), refused(/more than one/));
  assert.equal(checks.computed, 0);
  for (const field of ['Bearer x', 'BasicX y', 'Digest x', '']) assert.equal(await ask(field), undefined);
  assert.equal(await ask('', 'https', new HeaderFields()), undefined);
});

test('a user whose hash is cheap costs as much as one who is none', async () => {
  const clock = new ManualClock();
  const dear = await hashPassword('dear', 2 ** 15, 8, 2);
  const consumers = consumersConfig.parse([
    { id: 'acme', passwords: [{ scrypt: first }] },
    { id: 'other', passwords: [{ scrypt: dear.text }] },
  ]);
  const costs: number[] = [];
  class CostedChecks extends PasswordChecks {
    override check({ hashes }: PasswordCheck): Promise<string | undefined> {
      costs.push(hashes.reduce((sum, { hash: { n, r, p } }) => sum + n * r * p, 0));
      return Promise.resolve(undefined);
    }
  }
  const checks = new CostedChecks({ clock, meter: noMeter });
  const scheme = new BasicScheme({ config: basicConfig.parse({}), consumers, plans, checks, clock });
  for (const pair of ['acme:wrong', 'other:wrong', 'nobody:wrong']) {
    await assert.rejects(async () => scheme.identify(over(HeaderFields.of({ authorization: basic(pair) }))));
  }
  assert.deepEqual(costs, [2 ** 19, 2 ** 19, 2 ** 19]);
});

test('what one address proved, another that guesses too often cannot guess', async () => {
  const { clock, scheme } = setUp();
  const failures = new FailureBuckets({ clock, logger: noLogger, meter: noMeter });
  failures.configure({ burst: 2, perSecond: 1 });
  const route = new Authenticator({ schemes: [scheme], failures, meter: noMeter }).forRoute(anyOf(['basic']));
  const ask = async (pair: string, address: string) =>
    route.identify(
      presented(HeaderFields.of({ authorization: basic(pair) }), { client: { address, scheme: 'https' } }),
    );
  await ask('acme:next', '192.0.2.1');
  for (const guess of ['acme:1', 'acme:2'])
    await assert.rejects(ask(guess, '192.0.2.9'), { code: 'invalid_credentials' });
  await assert.rejects(ask('acme:next', '192.0.2.9'), { code: 'rate_limited' });
  assert.equal((await ask('acme:next', '192.0.2.1'))?.consumer, 'acme');
});

test('nobody is asked for a password where none is taken', async () => {
  const asked = async (config: Record<string, unknown>, scheme: 'http' | 'https'): Promise<unknown> => {
    const authenticator = new Authenticator({ schemes: [setUp(config).scheme], meter: noMeter });
    const route = authenticator.forRoute(anyOf(['basic']));
    try {
      await route.identify(over(new HeaderFields(), scheme));
    } catch (error) {
      return error instanceof FrontdeskError && error.headers.length;
    }
    return undefined;
  };
  assert.equal(await asked({}, 'https'), 1);
  assert.equal(await asked({}, 'http'), 0);
  assert.equal(await asked({ allowPlain: true }, 'http'), 1);
});

test('its challenge asks for UTF-8', () => {
  assert.deepEqual(setUp({ realm: 'inner' }).scheme.challenges(), ['Basic realm="inner", charset="UTF-8"']);
});

test('an address that fails too often has nothing computed any more, but who was good keeps in', async () => {
  const { clock, checks, scheme } = setUp();
  const failures = new FailureBuckets({ clock, logger: noLogger, meter: noMeter });
  failures.configure({ burst: 2, perSecond: 1 });
  const route = new Authenticator({ schemes: [scheme], failures, meter: noMeter }).forRoute(anyOf(['basic']));
  const ask = async (pair: string) => route.identify(over(HeaderFields.of({ authorization: basic(pair) })));
  await ask('acme:next');
  for (const guess of ['acme:1', 'acme:2']) await assert.rejects(ask(guess), { code: 'invalid_credentials' });
  const { computed } = checks;
  await assert.rejects(ask('acme:3'), { code: 'rate_limited' });
  assert.equal(checks.computed, computed);
  assert.equal((await ask('acme:next'))?.consumer, 'acme');
});
