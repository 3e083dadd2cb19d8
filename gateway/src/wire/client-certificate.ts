/**
 * What a certificate says of its holder (RFC 5280 §4.2.1.6), read so that nothing in it can pretend to be something
 * else: node writes all alternative names into one text, with those that need it in quotes (CVE-2021-44532), and a name
 * with control characters is no name at all (CVE-2009-2408).
 */
import type { X509Certificate } from 'node:crypto';
import type { ClientCertificate } from '../core/exchange.ts';

type SubjectName = ClientCertificate['names'][number];

/** As node writes them → as we do. Others (directory names, registered ids) are not used to find anybody. */
const KINDS: Readonly<Record<string, SubjectName['kind']>> = {
  DNS: 'dns',
  URI: 'uri',
  email: 'email',
  'IP Address': 'ip',
};

const SPACE = 0x20;
const DELETE = 0x7f;

/** `undefined` for a certificate of which nobody should believe anything: its names hold control characters. */
export function clientCertificate(certificate: X509Certificate): ClientCertificate | undefined {
  const names = subjectNames(certificate.subjectAltName ?? '');
  // Node's types have no word for a certificate without a subject, which has none of its attributes.
  const commonName: unknown = certificate.toLegacyObject().subject?.CN;
  if (!names || hasControl(commonName)) return undefined;
  return {
    thumbprint: Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
    subject: certificate.subject ?? '',
    // More than one common name is none: which of them is meant?
    commonName: typeof commonName === 'string' ? commonName : undefined,
    names,
    issuer: certificate.issuer ?? '',
    serial: certificate.serialNumber.toUpperCase(),
    notAfter: certificate.validToDate.getTime(),
  };
}

/** Node's `subjectAltName` apart; `undefined` where a name holds what no name does. */
export function subjectNames(text: string): SubjectName[] | undefined {
  const names: SubjectName[] = [];
  let at = 0;
  while (at < text.length) {
    const colon = text.indexOf(':', at);
    if (colon < 0) return undefined;
    const kind = KINDS[text.slice(at, colon)];
    const end = endOfName(text, colon + 1);
    const value = nameValue(text.slice(colon + 1, end));
    if (value === undefined || hasControl(value)) return undefined;
    if (kind !== undefined) names.push({ kind, value: kind === 'dns' ? value.toLowerCase() : value });
    // `, ` parts one from the next.
    at = end + 2;
  }
  return names;
}

function endOfName(text: string, start: number): number {
  let at = start;
  if (text[at] === '"') {
    at += 1;
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    at += 1;
  }
  const comma = text.indexOf(', ', at);
  return comma < 0 ? text.length : comma;
}

function nameValue(written: string): string | undefined {
  if (!written.startsWith('"')) return written;
  try {
    const value: unknown = JSON.parse(written);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function hasControl(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasControl);
  if (typeof value !== 'string') return false;
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code < SPACE || code === DELETE) return true;
  }
  return false;
}
