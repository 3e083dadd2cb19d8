import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateFailure, tlsFailure } from './tls-failure.ts';

test('what OpenSSL says falls into few reasons', () => {
  assert.equal(tlsFailure('ERR_SSL_UNSUPPORTED_PROTOCOL'), 'protocol_version');
  assert.equal(tlsFailure('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'client_alert');
  assert.equal(tlsFailure('ERR_SSL_HTTP_REQUEST'), 'not_tls');
  assert.equal(tlsFailure('toString'), 'other');
  assert.equal(tlsFailure(undefined), 'other');
  assert.equal(certificateFailure('CRL_HAS_EXPIRED'), 'revocation_list');
  assert.equal(certificateFailure('UNABLE_TO_GET_CRL'), 'revocation_list');
  assert.equal(certificateFailure('DEPTH_ZERO_SELF_SIGNED_CERT'), 'certificate_untrusted');
});
