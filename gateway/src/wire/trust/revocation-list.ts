/**
 * Certificate revocation lists (RFC 5280 §5): which certificates of which authority no longer hold. Signatures are not
 * looked at here: the TLS library does so in every full handshake, and refuses a client where a list does not hold. Lists
 * that it does not use, since they tell only a part, are refused here, where their reader can still say why.
 */
import type { X509Certificate } from 'node:crypto';
import {
  DER_BOOLEAN,
  DER_GENERALIZED_TIME,
  DER_INTEGER,
  DER_SEQUENCE,
  DER_UTC_TIME,
  type DerElement,
  derElement,
  derSequence,
} from './der.ts';

export interface RevocationList {
  /** Issuer and serial of each revoked certificate, as `certificateKey` writes them. */
  readonly revoked: ReadonlySet<string>;
  /** Wall clock, ms: from then on the list is out of date. `undefined` where it says nothing. */
  readonly nextUpdate: number | undefined;
}

const PEM = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g;

/** The lists of a file (PEM). Throws an `Error` where there is none, or one cannot be read. */
export function readRevocationLists(pem: string): RevocationList[] {
  const lists = Array.from(pem.matchAll(PEM), ([, base64 = '']) => readList(Buffer.from(base64, 'base64')));
  if (lists.length === 0) throw new RangeError('there is no certificate revocation list (PEM) in it');
  return lists;
}

/** Issuer and serial: what a certificate is known by in the lists of its authority. */
export function certificateKey({ raw }: Pick<X509Certificate, 'raw'>): string {
  const [certificate] = derSequence(derElement(raw));
  const fields = Array.from(derSequence(certificate));
  // The version is explicitly tagged and left out by certificates of version 1.
  const first = fields[0]?.tag === DER_INTEGER ? 0 : 1;
  return keyOf(fields[first + 2], fields[first]);
}

function readList(der: Buffer): RevocationList {
  const [list] = derSequence(derElement(der));
  const fields = Array.from(derSequence(list));
  let at = fields[0]?.tag === DER_INTEGER ? 1 : 0;
  const issuer = fields[at + 1];
  at += 3;
  let nextUpdate: number | undefined;
  const following = fields[at];
  if (following && isTime(following)) {
    nextUpdate = timeOf(following);
    at += 1;
  }
  const revoked = new Set<string>();
  const entries = fields[at];
  // What else may stand here, extensions, has a tag of its own.
  if (entries?.tag === DER_SEQUENCE) {
    at += 1;
    for (const entry of derSequence(entries)) {
      const [serial] = derSequence(entry);
      revoked.add(keyOf(issuer, serial));
    }
  }
  const extensions = fields[at];
  if (extensions?.tag === EXTENSIONS) refusePartial(derElement(extensions.content));
  return { revoked, nextUpdate };
}

/** `crlExtensions`, explicitly tagged 0. */
const EXTENSIONS = 0xa0;
/** 2.5.29.27: the list tells only what has changed since another. */
const DELTA_LIST = '551d1b';
/** 2.5.29.28: of what the list tells. */
const DISTRIBUTION_POINT = '551d1c';
/** Within it: only some reasons for a revocation count; certificates of other authorities stand in it. */
const SOME_REASONS = 0x83;
const INDIRECT = 0x84;

/** Throws where the list is not the whole truth on its issuer's certificates, or where it is not known what it tells. */
function refusePartial(extensions: DerElement): void {
  for (const extension of derSequence(extensions)) {
    const [name, ...rest] = derSequence(extension);
    const isCritical = rest[0]?.tag === DER_BOOLEAN && rest[0].content[0] !== 0;
    const id = name?.content.toString('hex');
    if (id === DELTA_LIST) throw new RangeError('a delta list: expected complete ones');
    if (id === DISTRIBUTION_POINT) {
      const value = rest.at(-1);
      for (const { tag } of derSequence(value && derElement(value.content))) {
        if (tag === INDIRECT)
          throw new RangeError('an indirect list: expected those of each authority itself');
        if (tag === SOME_REASONS) throw new RangeError('a list of some reasons: expected one of all');
      }
    } else if (isCritical) throw new RangeError('a list with a critical extension that is unknown');
  }
}

function keyOf(issuer: DerElement | undefined, serial: DerElement | undefined): string {
  if (!issuer || serial?.tag !== DER_INTEGER)
    throw new RangeError('issuer and serial are not where they belong');
  return `${issuer.whole.toString('base64')} ${serial.content.toString('hex')}`;
}

function isTime({ tag }: DerElement): boolean {
  return tag === DER_UTC_TIME || tag === DER_GENERALIZED_TIME;
}

/** `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280 §4.1.2.5). */
function timeOf({ tag, content }: DerElement): number {
  let digits = content.toString('latin1');
  if (tag === DER_UTC_TIME) digits = (digits < '50' ? '20' : '19') + digits;
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(at)) throw new RangeError('a time is not in the form of RFC 5280');
  return at;
}
