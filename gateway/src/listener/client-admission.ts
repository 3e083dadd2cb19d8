/**
 * Whether a client whose handshake ended may come in, by the certificate it showed. Asked once for each connection,
 * resumed sessions included: a ticket carries what was found when its session began, so what time and the lists have
 * changed since is looked at again. (Under other authorities or lists no ticket of before is taken at all.)
 */
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ClientCertificate } from '../core/exchange.ts';
import { clientCertificate } from '../wire/trust/client-certificate.ts';
import { certificateKey } from '../wire/trust/revocation-list.ts';
import type { ClientTrust } from './client-trust.ts';
import { certificateFailure, type TlsFailure } from './tls-failure.ts';

export interface AdmittedCertificate {
  readonly certificate: ClientCertificate;
  /** What lists of revoked ones know it by. */
  readonly key: string;
}

export type Admission =
  | { readonly admitted: AdmittedCertificate | undefined }
  | { readonly refused: TlsFailure };

const NO_CERTIFICATE: Admission = { admitted: undefined };

/** `now`: wall clock, ms. `isStale`: whether the handshake began under other authorities or lists. */
export function admit(
  socket: Pick<TLSSocket, 'authorized' | 'authorizationError' | 'getPeerX509Certificate'>,
  trust: ClientTrust,
  now: number,
  isStale = false,
): Admission {
  const shown = socket.getPeerX509Certificate();
  // Asked before `authorized`: node's word on it was once yes for a resumed session without any certificate.
  if (!shown) return trust.required ? { refused: 'certificate_missing' } : NO_CERTIFICATE;
  if (!socket.authorized) return { refused: certificateFailure(String(socket.authorizationError)) };
  // Its client tries again at once, and is then held to those of today.
  if (isStale) return { refused: 'trust_changed' };
  return examine(shown, trust, now);
}

function examine(shown: X509Certificate, trust: ClientTrust, now: number): Admission {
  if (shown.validToDate.getTime() < now) return { refused: 'certificate_expired' };
  if (shown.validFromDate.getTime() > now) return { refused: 'certificate_not_yet_valid' };
  if (trust.listsEndAt < now) return { refused: 'revocation_list' };
  const certificate = clientCertificate(shown);
  const key = keyIn(shown);
  if (!certificate || key === undefined) return { refused: 'certificate_malformed' };
  if (trust.isRevoked(key)) return { refused: 'certificate_revoked' };
  return { admitted: { certificate, key } };
}

/** OpenSSL reads more than DER. What lists cannot know it by is nobody's certificate. */
function keyIn(shown: X509Certificate): string | undefined {
  try {
    return certificateKey(shown);
  } catch {
    return undefined;
  }
}
