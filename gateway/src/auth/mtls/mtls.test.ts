import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import type { ClientCertificate } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { consumersConfig } from '../consumers/consumers.ts';
import { certificateOf } from '../testing/certificate.ts';
import { presented } from '../testing/presented.ts';
import { MtlsScheme, mtlsConfig } from './mtls.ts';

const gold = { name: 'gold', scopes: new Set(['orders:read']) };
const free = { name: 'free', scopes: new Set<string>() };
const consumers = consumersConfig.parse([
  { id: 'acme', plan: 'gold', tenant: 't1', certificates: [{ commonName: 'partner' }] },
  { id: 'other', certificates: [{ san: { dns: 'other.example' } }] },
]);

function schemeWith(config: unknown = {}) {
  const clock = new ManualClock();
  const plans = { byName: new Map([['gold', gold]]), defaultPlan: free };
  return { clock, scheme: new MtlsScheme({ config: mtlsConfig.parse(config), consumers, plans, clock }) };
}

const over = (certificate: ClientCertificate | undefined) =>
  presented(new HeaderFields(), { client: { address: '192.0.2.1', scheme: 'https', certificate } });

const refused = (detail: RegExp) => (error: unknown) =>
  error instanceof FrontdeskError && error.code === 'invalid_credentials' && detail.test(error.detail ?? '');

test('a certificate is its consumer, with the scopes of its plan, until it expires', () => {
  const { clock, scheme } = schemeWith();
  const certificate = certificateOf({ notAfter: clock.wall() + 1_000 });
  const identity = scheme.identify(over(certificate)) ?? assert.fail();
  assert.equal(identity.consumer, 'acme');
  assert.equal(identity.subject, 'acme');
  assert.equal(identity.tenant, 't1');
  assert.equal(identity.plan, 'gold');
  assert.equal(identity.scopes, gold.scopes);
  assert.equal(identity.expiresAt, certificate.notAfter);
  assert.equal(identity.claims.subject, 'O=Example, CN=partner');
  // Nothing is made for a second request of the connection.
  assert.equal(scheme.identify(over(certificate)), identity);
  clock.advance(1_000);
  assert.throws(() => scheme.identify(over(certificate)), refused(/expired/));
});

test('no certificate is no credential, and asks for nothing', () => {
  const { scheme } = schemeWith();
  assert.equal(scheme.identify(over(undefined)), undefined);
  assert.deepEqual(scheme.challenges(), []);
  assert.deepEqual(scheme.credentialHeaders, []);
});

test('a certificate of nobody is refused, or speaks for itself where that is accepted', () => {
  const stranger = certificateOf({ commonName: 'stranger', subject: 'CN=stranger' });
  assert.throws(() => schemeWith().scheme.identify(over(stranger)), refused(/no consumer's/));
  const { scheme } = schemeWith({ unknown: 'accept' });
  const identity = scheme.identify(over(stranger));
  assert.deepEqual([identity?.subject, identity?.consumer, identity?.plan], ['stranger', undefined, 'free']);
  const workload = certificateOf({ commonName: 'x', names: [{ kind: 'uri', value: 'spiffe://x/y' }] });
  assert.equal(scheme.identify(over(workload))?.subject, 'spiffe://x/y');
  const nameless = certificateOf({ commonName: undefined, subject: '' });
  assert.throws(() => scheme.identify(over(nameless)), refused(/names nobody/));
});

test('a certificate that is two consumers’ by its names is nobody’s', () => {
  const both = certificateOf({ names: [{ kind: 'dns', value: 'other.example' }] });
  assert.throws(
    () => schemeWith().scheme.identify(over(both)),
    refused(/other's by one .* acme's by another/),
  );
});
