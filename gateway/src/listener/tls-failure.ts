/** Why a TLS handshake came to nothing: a closed set of reasons, for metrics, from what OpenSSL and node say. */

export type TlsFailure =
  | 'protocol_version'
  | 'no_shared_cipher'
  | 'no_application_protocol'
  | 'not_tls'
  | 'client_alert'
  | 'timeout'
  | 'broken_off'
  | 'certificate_missing'
  | 'certificate_malformed'
  | 'certificate_expired'
  | 'certificate_not_yet_valid'
  | 'certificate_revoked'
  | 'certificate_purpose'
  | 'certificate_untrusted'
  | 'revocation_list'
  | 'trust_changed'
  | 'other';

const BY_CODE: Readonly<Record<string, TlsFailure>> = {
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'protocol_version',
  ERR_SSL_WRONG_SSL_VERSION: 'protocol_version',
  ERR_SSL_VERSION_TOO_LOW: 'protocol_version',
  ERR_SSL_NO_SHARED_CIPHER: 'no_shared_cipher',
  ERR_SSL_NO_SUITABLE_KEY_SHARE: 'no_shared_cipher',
  ERR_SSL_NO_SHARED_GROUPS: 'no_shared_cipher',
  ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS: 'no_shared_cipher',
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: 'no_shared_cipher',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'no_application_protocol',
  ERR_SSL_HTTP_REQUEST: 'not_tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not_tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not_tls',
  ERR_SSL_BAD_RECORD_TYPE: 'not_tls',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'timeout',
  ECONNRESET: 'broken_off',
  EPIPE: 'broken_off',
};

/** The reason of a handshake that did not end. */
export function tlsFailure(code: string | undefined): TlsFailure {
  if (code === undefined) return 'other';
  if (code.includes('_ALERT_')) return 'client_alert';
  return Object.hasOwn(BY_CODE, code) ? (BY_CODE[code] ?? 'other') : 'other';
}

/** The reason why a client's certificate does not hold, by node's `authorizationError`. */
export function certificateFailure(code: string): TlsFailure {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'certificate_expired';
    case 'CERT_NOT_YET_VALID':
      return 'certificate_not_yet_valid';
    case 'CERT_REVOKED':
      return 'certificate_revoked';
    case 'INVALID_PURPOSE':
      return 'certificate_purpose';
    default:
      return code.includes('CRL') ? 'revocation_list' : 'certificate_untrusted';
  }
}
