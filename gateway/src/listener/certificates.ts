/** The certificates of a listener, as a TLS server takes them: one by default, others by the names that they hold. */
import { constants, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { subjectNames } from '../wire/trust/client-certificate.ts';
import { type ClientTrust, readClientTrust } from './client-trust.ts';
import type { ListenTlsConfig } from './tls-config.ts';

export interface Certificates {
  /** Of the default certificate, and of all that has nothing to do with names. */
  readonly options: tls.SecureContextOptions;
  /** Names, `*.` in front of some, → what is shown to clients that ask for one. */
  readonly others: ReadonlyMap<string, tls.SecureContext>;
  /** The names that each of them holds; the default's under `undefined`. */
  readonly names: ReadonlyMap<tls.SecureContext | undefined, readonly string[]>;
  /** All chains, as PEM. */
  readonly chains: readonly string[];
  /** Whom clients' certificates are held to; `undefined` where none is asked for. */
  readonly trust: ClientTrust | undefined;
}

/** The same for all nodes: without it node takes one from the command line, and no other process resumes our sessions. */
const SESSION_ID_CONTEXT = 'frontdesk';

/** Reads them. Throws where a file cannot be read or holds something else. */
export function readCertificates(config: ListenTlsConfig): Certificates {
  const trust = readClientTrust(config);
  const common: tls.SecureContextOptions = {
    minVersion: `TLSv${config.minVersion}`,
    ciphers: config.ciphers.join(':'),
    honorCipherOrder: true,
    // A client that renegotiates could change its certificate within a connection, or keep us busy.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    sessionIdContext: SESSION_ID_CONTEXT,
    sessionTimeout: Math.ceil(config.tickets.lifetime / 1_000),
    ...(config.curves ? { ecdhCurve: config.curves.join(':') } : {}),
    ...(trust ? { ca: [...trust.ca] } : {}),
    ...(trust && trust.crl.length > 0 ? { crl: [...trust.crl] } : {}),
  };
  const others = new Map<string, tls.SecureContext>();
  const chains: string[] = [];
  const names = new Map<tls.SecureContext | undefined, readonly string[]>();
  for (const other of config.others) {
    const [cert, key] = [readFileSync(other.cert), readFileSync(other.key)];
    const context = tls.createSecureContext({ ...common, cert, key });
    chains.push(cert.toString());
    const held = namesOf(cert);
    names.set(context, held);
    for (const name of held) if (!others.has(name)) others.set(name, context);
  }
  const [cert, key] = [readFileSync(config.cert), readFileSync(config.key)];
  chains.push(cert.toString());
  names.set(undefined, namesOf(cert));
  return { options: { ...common, cert, key }, others, names, chains, trust };
}

/** The one whose name a client asks for: exactly, or by one label (RFC 6125 §6.4.3); `undefined` for the default. */
export function certificateFor({ others }: Certificates, name: string): tls.SecureContext | undefined {
  const asked = name.toLowerCase();
  const exact = others.get(asked);
  if (exact) return exact;
  const dot = asked.indexOf('.');
  return dot < 0 ? undefined : others.get(`*${asked.slice(dot)}`);
}

/**
 * Whether a request for `host`, in lower case, came over a connection for a name of another certificate (RFC 9110
 * §15.5.20). It did not where the certificate that the client saw is good for both.
 */
export function isMisdirected(certificates: Certificates, asked: string, host: string): boolean {
  const shown = certificateFor(certificates, asked);
  if (shown === certificateFor(certificates, host)) return false;
  const names = certificates.names.get(shown) ?? [];
  const dot = host.indexOf('.');
  return !(names.includes(host) || (dot > 0 && names.includes(`*${host.slice(dot)}`)));
}

/** The names that a certificate is for. */
export function namesOf(cert: Buffer): string[] {
  const names = subjectNames(new X509Certificate(cert).subjectAltName ?? '') ?? [];
  return names.filter(({ kind }) => kind === 'dns').map(({ value }) => value);
}
