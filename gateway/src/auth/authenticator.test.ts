import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { noMeter } from '../core/meter.ts';
import { makeIdentity } from '../core/testing/exchange.ts';
import { Authenticator, authConfig, configuredSchemes } from './authenticator.ts';
import { invalidCredentials } from './refusal.ts';
import { anyOf } from './route-auth.ts';
import type { Scheme } from './scheme.ts';
import { presented } from './testing/presented.ts';

/** A scheme whose header's value says what it finds: `bad`, or a consumer's name (`-` for none). */
function scheme(name: 'jwt' | 'apiKey', header: string, later = false): Scheme {
  return {
    name,
    credentialHeaders: [header],
    identify({ headers }) {
      const value = headers.get(header);
      if (value === undefined) return undefined;
      const found = () => {
        if (value === 'bad') throw invalidCredentials('bad');
        return makeIdentity({
          scheme: name,
          subject: name,
          consumer: value === '-' ? undefined : value,
          plan: `${value}-plan`,
        });
      };
      return later ? Promise.resolve().then(found) : found();
    },
    challenges: (error) => [`${name}${error === undefined ? '' : ` error=${error}`}`],
  };
}

for (const later of [false, true]) {
  const authenticator = new Authenticator({
    schemes: [scheme('jwt', 'authorization', later), scheme('apiKey', 'x-api-key')],
    meter: noMeter,
  });
  const route = (...names: ('jwt' | 'apiKey' | 'anonymous')[]) => {
    const accepted = authenticator.forRoute(anyOf(names));
    return async (headers: Record<string, string>) => accepted.identify(presented(headers));
  };
  const refusal = async (found: Promise<unknown>): Promise<FrontdeskError> => {
    const error = await found.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof FrontdeskError);
    return error;
  };
  const kind = later ? 'asynchronous' : 'synchronous';

  test(`${kind}: one accepted scheme will do, whichever; others are not looked at`, async () => {
    assert.equal((await route('jwt', 'apiKey')({ 'x-api-key': 'acme' }))?.scheme, 'apiKey');
    assert.equal((await route('jwt', 'apiKey')({ authorization: 'acme' }))?.scheme, 'jwt');
    assert.equal((await route('apiKey')({ 'x-api-key': 'acme', authorization: 'bad' }))?.scheme, 'apiKey');
  });

  test(`${kind}: no credentials: 401 with challenges that name no error`, async () => {
    const error = await refusal(route('jwt', 'apiKey')({}));
    assert.equal(error.code, 'unauthenticated');
    assert.deepEqual(error.headers, [
      ['www-authenticate', 'jwt'],
      ['www-authenticate', 'apiKey'],
    ]);
    assert.equal((await refusal(route('apiKey')({ authorization: 'acme' }))).code, 'unauthenticated');
  });

  test(`${kind}: bad credentials: 401 with the error, however good the others are`, async () => {
    for (const headers of [
      { authorization: 'bad' },
      { authorization: 'bad', 'x-api-key': 'acme' },
      { authorization: 'acme', 'x-api-key': 'bad' },
    ]) {
      const error = await refusal(route('jwt', 'apiKey')(headers));
      assert.equal(error.code, 'invalid_credentials');
      assert.match(String(error.headers[0]), /error=invalid_token/);
    }
  });

  test(`F99: ${kind}: two credentials that name different consumers: 401`, async () => {
    const error = await refusal(route('jwt', 'apiKey')({ authorization: 'acme', 'x-api-key': 'evil' }));
    assert.equal(error.code, 'invalid_credentials');
    assert.equal(
      (await route('jwt', 'apiKey')({ authorization: 'acme', 'x-api-key': 'acme' }))?.subject,
      'jwt',
    );
  });

  test(`${kind}: a key may name the application of a user's token`, async () => {
    const both = await route('jwt', 'apiKey')({ authorization: '-', 'x-api-key': 'acme' });
    assert.deepEqual([both?.subject, both?.consumer, both?.plan], ['jwt', 'acme', 'acme-plan']);
    const keyFirst = await route('apiKey', 'jwt')({ authorization: '-', 'x-api-key': 'acme' });
    assert.equal(keyFirst?.subject, 'apiKey');
  });

  test(`${kind}: anonymous lets nobody pass, but not somebody with bad credentials`, async () => {
    assert.equal(await route('jwt', 'anonymous')({}), undefined);
    assert.equal((await route('jwt', 'anonymous')({ authorization: 'acme' }))?.consumer, 'acme');
    assert.equal(
      (await refusal(route('jwt', 'anonymous')({ authorization: 'bad' }))).code,
      'invalid_credentials',
    );
  });
}

test('every configured credential header is taken away, accepted here or not', () => {
  const authenticator = new Authenticator({
    schemes: [scheme('jwt', 'authorization'), scheme('apiKey', 'x-api-key')],
    meter: noMeter,
  });
  assert.deepEqual(
    [...authenticator.forRoute(anyOf(['apiKey'])).credentialHeaders],
    ['authorization', 'x-api-key'],
  );
});

test('errors that are no refusal pass as they are', async () => {
  const broken: Scheme = {
    ...scheme('jwt', 'authorization'),
    identify: () => Promise.reject(new FrontdeskError('upstream_unavailable')),
  };
  const accepted = new Authenticator({ schemes: [broken], meter: noMeter }).forRoute(anyOf(['jwt']));
  await assert.rejects(
    async () => accepted.identify(presented({})),
    (error) => error instanceof FrontdeskError && error.status === 503,
  );
});

test('all: each scheme must hold, and a missing one is asked for', async () => {
  const authenticator = new Authenticator({
    schemes: [scheme('jwt', 'authorization', true), scheme('apiKey', 'x-api-key')],
    meter: noMeter,
  });
  const both = authenticator.forRoute({ require: 'all', schemes: ['jwt', 'apiKey'], anonymous: false });
  const ask = async (headers: Record<string, string>) => both.identify(presented(headers));
  assert.equal((await ask({ authorization: '-', 'x-api-key': 'acme' }))?.consumer, 'acme');
  for (const lacking of [{}, { authorization: 'acme' }, { 'x-api-key': 'acme' }]) {
    await assert.rejects(
      ask(lacking),
      (error) => error instanceof FrontdeskError && error.code === 'unauthenticated',
    );
  }
});

test('all: what was proved ends with the first credential to end, whichever comes first', async () => {
  const ending = (name: 'jwt' | 'apiKey', header: string, expiresAt: number): Scheme => ({
    ...scheme(name, header),
    identify: () => makeIdentity({ scheme: name, subject: name, consumer: 'acme', expiresAt }),
  });
  const authenticator = new Authenticator({
    schemes: [ending('apiKey', 'x-api-key', Number.POSITIVE_INFINITY), ending('jwt', 'authorization', 500)],
    meter: noMeter,
  });
  const both = authenticator.forRoute({ require: 'all', schemes: ['apiKey', 'jwt'], anonymous: false });
  const identity = await both.identify(presented({ authorization: 'x', 'x-api-key': 'x' }));
  assert.deepEqual([identity?.subject, identity?.expiresAt], ['apiKey', 500]);
  assert.deepEqual(
    identity?.also?.map(({ scheme: name }) => name),
    ['jwt'],
  );
});

test('the schemes that are configured, in the order of their table', () => {
  assert.deepEqual(configuredSchemes(authConfig.parse({ apiKey: {} })), ['apiKey']);
  assert.deepEqual(configuredSchemes(authConfig.parse(undefined)), []);
});
