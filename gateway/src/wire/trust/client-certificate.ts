/**
 * What a certificate says of its holder (RFC 5280 §4.2.1.6), read so that nothing in it can pretend to be something
 * else: node writes all alternative names into one text, with those that need it in quotes (CVE-2021-44532), and a name
 * with control characters is no name at all (CVE-2009-2408).
 */
import type { X509Certificate } from 'node:crypto';
import type { ClientCertificate } from '../../core/exchange.ts';

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
  const { subject = '' } = certificate;
  const commonNames = commonNamesOf(subject);
  if (!names || commonNames.some(hasControl)) return undefined;
  return {
    thumbprint: Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
    subject,
    // More than one common name is none: which of them is meant?
    commonName: commonNames.length === 1 ? commonNames[0] : undefined,
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

/**
 * The common names of a subject as node writes it: an attribute a line, or several with ` + ` between them, escaped as RFC
 * 2253 has it. (`toLegacyObject` says the same for three times the work.)
 */
function commonNamesOf(subject: string): string[] {
  const found: string[] = [];
  let start = 0;
  for (let at = 0; at <= subject.length; at += 1) {
    const char = subject[at];
    if (char === '\\') at += 1;
    else if (char === undefined || char === '\n' || char === '+') {
      const attribute = subject.slice(start, at).trimStart();
      if (attribute.startsWith('CN=')) {
        found.push(unescaped(char === '+' ? attribute.slice(3).trimEnd() : attribute.slice(3)));
      }
      start = at + 1;
    }
  }
  return found;
}

/** A backslash stands before a letter that is meant as such, or before a byte in hex. */
function unescaped(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(/\\([0-9A-Fa-f]{2})|\\(.)/g, (_, hex?: string, char?: string) =>
    hex === undefined ? (char ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
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

function hasControl(value: string): boolean {
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code < SPACE || code === DELETE) return true;
  }
  return false;
}
