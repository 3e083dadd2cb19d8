/** The certificates of a listener, as a TLS server takes them: one by default, others by the names that they hold. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { ListenTlsConfig } from './tls-config.ts';

export interface Certificates {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: tls.SecureVersion;
  /** Names, `*.` in front of some, → what is shown to clients that ask for one. */
  readonly others: ReadonlyMap<string, tls.SecureContext>;
}

const DNS = /^DNS:"?([^"]+)"?$/;

/** Reads them. Throws where a file cannot be read or holds something else. */
export function readCertificates(config: ListenTlsConfig): Certificates {
  const minVersion = `TLSv${config.minVersion}` as const;
  const others = new Map<string, tls.SecureContext>();
  for (const other of config.others) {
    const [cert, key] = [readFileSync(other.cert), readFileSync(other.key)];
    const context = tls.createSecureContext({ cert, key, minVersion });
    for (const name of namesOf(cert)) if (!others.has(name)) others.set(name, context);
  }
  return { cert: readFileSync(config.cert), key: readFileSync(config.key), minVersion, others };
}

/** The one whose name a client asks for: exactly, or by one label (RFC 6125 §6.4.3); `undefined` for the default. */
export function certificateFor({ others }: Certificates, name: string): tls.SecureContext | undefined {
  const asked = name.toLowerCase();
  const exact = others.get(asked);
  if (exact) return exact;
  const dot = asked.indexOf('.');
  return dot < 0 ? undefined : others.get(`*${asked.slice(dot)}`);
}

/** The names that a certificate is for. */
export function namesOf(cert: Buffer): string[] {
  const { subjectAltName = '' } = new X509Certificate(cert);
  return subjectAltName.split(', ').flatMap((one) => DNS.exec(one)?.[1]?.toLowerCase() ?? []);
}
