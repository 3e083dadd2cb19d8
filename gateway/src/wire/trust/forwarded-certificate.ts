/**
 * What a proxy that ended the client's TLS says of the client's certificate: `X-Forwarded-Client-Cert` as Envoy writes it
 * (an element of `Key=value;…`, and no more than one), or `Client-Cert` (RFC 9440). Only from a proxy that is trusted; whoever
 * calls knows that it is. What cannot be read is no certificate.
 */
import { X509Certificate } from 'node:crypto';
import type { ClientCertificate } from '../../core/exchange.ts';
import { clientCertificate } from './client-certificate.ts';

type SubjectName = ClientCertificate['names'][number];

/** What was said, key by key in lower case; a key may come more than once (`URI`, `DNS`). */
type Element = ReadonlyMap<string, readonly string[]>;

const ONCE = ['hash', 'cert', 'chain', 'subject'];
const HASH = /^[0-9a-fA-F]{64}$/;
const BYTES = /^:([A-Za-z0-9+/]+={0,2}):$/;
const PEM_END = '-----END CERTIFICATE-----';

/** `undefined` where the field says nothing of a certificate, or nothing that can be read. */
export function xfccCertificate(values: readonly string[]): ClientCertificate | undefined {
  // One, and each key that is looked at once: a name in a certificate may hold a comma and look like more.
  const [element, another] = elementsOf(values.join(',')) ?? [];
  if (!element || another || ONCE.some((key) => (element.get(key)?.length ?? 0) > 1)) return undefined;
  const [hashHex] = element.get('hash') ?? [];
  if (hashHex !== undefined && !HASH.test(hashHex)) return undefined;
  const thumbprint = hashHex === undefined ? '' : Buffer.from(hashHex, 'hex').toString('base64url');
  const [encoded] = element.get('cert') ?? element.get('chain') ?? [];
  if (encoded !== undefined) {
    const certificate = fromPem(encoded);
    const isOther = certificate && thumbprint !== '' && certificate.thumbprint !== thumbprint;
    return isOther ? undefined : certificate;
  }
  // A URI may hold a `;` and what follows it: no certificate for a workload has two (SPIFFE X509-SVID §2).
  if ((element.get('uri')?.length ?? 0) > 1) return undefined;
  const [subject] = element.get('subject') ?? [];
  const names: SubjectName[] = [
    ...(element.get('uri') ?? []).filter(Boolean).map((value): SubjectName => ({ kind: 'uri', value })),
    ...(element.get('dns') ?? [])
      .filter(Boolean)
      .map((value): SubjectName => ({ kind: 'dns', value: value.toLowerCase() })),
  ];
  if (thumbprint === '' && names.length === 0 && !subject) return undefined;
  return {
    thumbprint,
    subject: subject ?? '',
    commonName: commonNameOf(subject ?? ''),
    names,
    // Not told: a consumer that asks for an issuer is not found so.
    issuer: '',
    serial: '',
    notAfter: Number.POSITIVE_INFINITY,
  };
}

/** A byte sequence (RFC 8941 §3.3.5) with the DER form of the certificate. */
export function rfc9440Certificate(values: readonly string[]): ClientCertificate | undefined {
  const [value, another] = values;
  const [, base64] = (another === undefined && BYTES.exec(value?.trim() ?? '')) || [];
  return base64 === undefined ? undefined : fromBytes(Buffer.from(base64, 'base64'));
}

function fromPem(encoded: string): ClientCertificate | undefined {
  let pem: string;
  try {
    pem = decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
  const end = pem.indexOf(PEM_END);
  return end < 0 ? undefined : fromBytes(pem.slice(0, end + PEM_END.length));
}

function fromBytes(bytes: string | Buffer): ClientCertificate | undefined {
  try {
    return clientCertificate(new X509Certificate(bytes));
  } catch {
    return undefined;
  }
}

/** The elements of a field; `undefined` where it is not in that form. */
function elementsOf(field: string): Element[] | undefined {
  const elements: Element[] = [];
  let current = new Map<string, string[]>();
  let at = 0;
  while (at < field.length) {
    const equals = field.indexOf('=', at);
    if (equals < 0) return undefined;
    const key = field.slice(at, equals).trim().toLowerCase();
    const value = valueAt(field, equals + 1);
    if (!value || !isKey(key)) return undefined;
    const said = current.get(key);
    if (said) said.push(value.text);
    else current.set(key, [value.text]);
    const separator = field[value.end];
    if (separator !== undefined && separator !== ';' && separator !== ',') return undefined;
    if (separator !== ';') {
      elements.push(current);
      current = new Map();
    }
    at = value.end + 1;
  }
  return elements;
}

/** A value in quotes, with `\"` for quotes in it, or what comes up to the next separator. */
function valueAt(field: string, start: number): { text: string; end: number } | undefined {
  if (field[start] !== '"') {
    let end = start;
    while (end < field.length && field[end] !== ';' && field[end] !== ',') end += 1;
    return { text: field.slice(start, end).trim(), end };
  }
  let text = '';
  for (let at = start + 1; at < field.length; at += 1) {
    const char = field[at];
    if (char === '"') return { text, end: at + 1 };
    if (char === '\\' && field[at + 1] === '"') at += 1;
    text += field[at] ?? '';
  }
  return undefined;
}

function isKey(key: string): boolean {
  return key !== '' && !key.includes('"') && !key.includes(';') && !key.includes(',');
}

/** The common name of a subject in the form of RFC 2253; `undefined` where there is none, or more than one. */
function commonNameOf(subject: string): string | undefined {
  let found: string | undefined;
  for (const attribute of attributesOf(subject)) {
    if (attribute.slice(0, 3).toUpperCase() !== 'CN=') continue;
    if (found !== undefined) return undefined;
    found = attribute.slice(3);
  }
  return found;
}

/** Attributes, without the escapes in them. What is written in hex stays so: it is then nobody's name. */
function attributesOf(subject: string): string[] {
  const attributes: string[] = [];
  let current = '';
  for (let at = 0; at < subject.length; at += 1) {
    const char = subject[at] ?? '';
    if (char === '\\') {
      at += 1;
      current += subject[at] ?? '';
    } else if (char === ',' || char === '+') {
      attributes.push(current.trim());
      current = '';
    } else current += char;
  }
  attributes.push(current.trim());
  return attributes;
}
