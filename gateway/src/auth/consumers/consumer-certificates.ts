/**
 * `consumers[].certificates`: by which client certificates a consumer is known. A certificate is looked for by its
 * fingerprint first, which is its alone; then by its names, which must all lead to one consumer.
 */
import { z } from 'zod';
import type { ClientCertificate } from '../../core/exchange.ts';

const FINGERPRINT = /^[0-9a-fA-F]{64}$/;

const fingerprint = z.string().transform((written, context) => {
  const hex = written.replaceAll(':', '');
  if (FINGERPRINT.test(hex)) return Buffer.from(hex, 'hex').toString('base64url');
  context.addIssue({
    code: 'custom',
    message: 'expected the SHA-256 of a certificate in hex, as `openssl x509 -fingerprint -sha256` prints it',
  });
  return z.NEVER;
});

const text = z.string().min(1).max(2_048);
const san = z
  .strictObject({
    dns: text
      .transform((name) => name.toLowerCase())
      .optional()
      .describe('A host name, to the letter'),
    uri: text.optional().describe('A URI such as spiffe://example/partner, to the letter'),
    email: text.optional().describe('A mail address, to the letter'),
  })
  .refine((names) => Object.keys(names).length === 1, 'expected one of dns, uri and email');

export const certificatesConfig = z
  .array(
    z
      .strictObject({
        fingerprint: fingerprint
          .optional()
          .describe('SHA-256 of the certificate, in hex with or without colons'),
        commonName: text
          .optional()
          .describe("The subject's common name; only where the authority is one's own"),
        san: san.optional().describe('A subject alternative name'),
        issuer: text
          .transform((name) => name.split(/(?<!\\),\s*/).join('\n'))
          .optional()
          .describe(
            'The issuer it must have, such as `O=Example, CN=Partner CA`, in the order of `openssl x509 -issuer`; a comma within a name is written `\\,`',
          ),
      })
      .refine(
        (one) => [one.fingerprint, one.commonName, one.san].filter((way) => way !== undefined).length === 1,
        'expected one of fingerprint, commonName and san',
      ),
  )
  .default([])
  .describe('Client certificates by which it is known');

export type CertificatesConfig = z.output<typeof certificatesConfig>;
type CertificateConfig = CertificatesConfig[number];

/** What a matcher looks for: the kind of name and the name. */
function wanted({ fingerprint, commonName, san }: CertificateConfig): string {
  if (fingerprint !== undefined) return `fingerprint ${fingerprint}`;
  if (commonName !== undefined) return `commonName ${commonName}`;
  const [[kind, name] = ['', '']] = Object.entries(san ?? {});
  return `${kind} ${name}`;
}

interface Listed {
  readonly consumer: string;
  readonly issuer: string | undefined;
}

export interface CertificateFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Certificates that would be two consumers' at once. */
export function sharedCertificates(
  consumers: readonly { readonly id: string; readonly certificates: CertificatesConfig }[],
): CertificateFault[] {
  const seen = new Map<string, Listed[]>();
  const faults: CertificateFault[] = [];
  consumers.forEach(({ id, certificates }, i) => {
    certificates.forEach((certificate, c) => {
      const key = wanted(certificate);
      const { issuer } = certificate;
      const before = seen.get(key) ?? [];
      const same = before.find(
        (one) => one.issuer === issuer || one.issuer === undefined || issuer === undefined,
      );
      if (same) {
        const message = `this certificate is already ${same.consumer}'s`;
        faults.push({ path: [i, 'certificates', c], message });
      }
      seen.set(key, [...before, { consumer: id, issuer }]);
    });
  });
  return faults;
}

/** Finds consumers by certificates. */
export class CertificateIndex {
  readonly #byName = new Map<string, Listed[]>();

  constructor(consumers: readonly { readonly id: string; readonly certificates: CertificatesConfig }[]) {
    for (const { id, certificates } of consumers) {
      for (const certificate of certificates) {
        const key = wanted(certificate);
        const listed = this.#byName.get(key) ?? [];
        listed.push({ consumer: id, issuer: certificate.issuer });
        this.#byName.set(key, listed);
      }
    }
  }

  /** The ids of the consumers whose it is: more than one where its names are of several. */
  find({ thumbprint, commonName, names, issuer }: ClientCertificate): ReadonlySet<string> {
    const found = new Set<string>();
    const look = (key: string): void => {
      for (const listed of this.#byName.get(key) ?? []) {
        if (listed.issuer === undefined || listed.issuer === issuer) found.add(listed.consumer);
      }
    };
    if (thumbprint !== '') look(`fingerprint ${thumbprint}`);
    if (found.size > 0) return found;
    for (const { kind, value } of names) look(`${kind} ${value}`);
    if (commonName !== undefined) look(`commonName ${commonName}`);
    return found;
  }
}
