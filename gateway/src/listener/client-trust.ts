/** Whom a listener takes client certificates from: authorities, and lists of what they revoked. */
import { hash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readRevocationLists } from '../wire/trust/revocation-list.ts';
import type { ListenTlsConfig } from './tls-config.ts';

export interface ClientTrust {
  readonly required: boolean;
  /** Of each file. */
  readonly ca: readonly string[];
  /** Each list by itself: node reads no more than the first of a text. */
  readonly crl: readonly string[];
  /** Tells one content of these files from another; the same on every node that has the same. */
  readonly digest: string;
  /** By `certificateKey`. */
  isRevoked(key: string): boolean;
  /** Wall clock, ms: when the first of the lists is out of date, and no client is believed any more. */
  readonly listsEndAt: number;
}

const LIST = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g;

/** Throws where a file cannot be read or holds something else. */
export function readClientTrust(config: ListenTlsConfig): ClientTrust | undefined {
  const { clientCa, clientAuth = 'require', crl = [] } = config;
  if (!clientCa) return undefined;
  const authorities = clientCa.map((file) => readFileSync(file, 'utf8'));
  // Node takes a text without any, and then trusts nobody.
  for (const text of authorities) new X509Certificate(text);
  const texts = crl.map((file) => readFileSync(file, 'utf8'));
  const lists = texts.flatMap(readRevocationLists);
  return {
    required: clientAuth === 'require',
    ca: authorities,
    crl: texts.flatMap((text) => text.match(LIST) ?? []),
    digest: hash('sha256', JSON.stringify([authorities, texts]), 'base64url'),
    isRevoked: (key) => lists.some(({ revoked }) => revoked.has(key)),
    listsEndAt: Math.min(...lists.map(({ nextUpdate }) => nextUpdate ?? Number.POSITIVE_INFINITY)),
  };
}
