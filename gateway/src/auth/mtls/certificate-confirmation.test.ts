import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientCertificate } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { certificateOf } from '../testing/certificate.ts';
import { presented } from '../testing/presented.ts';
import { certificateConfirmation, isHolder } from './certificate-confirmation.ts';

const holder = certificateOf({ commonName: 'holder' });
const thief = certificateOf({ commonName: 'thief' });

function confirm(value: unknown, certificate: ClientCertificate | undefined): unknown {
  const request = presented(new HeaderFields(), { client: { address: '::1', scheme: 'https', certificate } });
  return certificateConfirmation.confirm({ token: 't', claims: {}, value }, request);
}

test('RFC 8705 §3: a bound token is good over the connection of its holder alone', () => {
  assert.equal(confirm(holder.thumbprint, holder), undefined);
  assert.throws(() => confirm(holder.thumbprint, thief), { code: 'invalid_credentials' });
  assert.throws(() => confirm(holder.thumbprint, undefined), { code: 'invalid_credentials' });
});

test('what is no thumbprint is nobody’s, nor is a certificate of which none is known', () => {
  for (const value of [
    undefined,
    '',
    1,
    [holder.thumbprint],
    {},
    `${holder.thumbprint}=`,
    holder.thumbprint.slice(1),
  ]) {
    assert.equal(isHolder(value, holder), false);
  }
  assert.equal(isHolder('', certificateOf({ thumbprint: '' })), false);
});
