/**
 * The fields by which backends learn who is asking (DESIGN.md §4). Values come from a proved identity alone. What
 * cannot stand in a field, or would read as something else there, is percent-encoded, `%` itself included, so that
 * no two identities ever look alike.
 */
import { z } from 'zod';
import { FrontdeskError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { fieldName } from '../../settings/settings.ts';

export const identityHeadersConfig = z
  .strictObject({
    user: fieldName.prefault('X-User-Id').describe('The subject of the identity'),
    roles: fieldName
      .prefault('X-User-Roles')
      .describe('Its roles, with commas between them; not sent where it has none'),
    scopes: fieldName
      .prefault('X-User-Scopes')
      .describe('Its scopes, with spaces between them; not sent where it has none'),
    tenant: fieldName.prefault('X-Tenant-Id').describe('Its tenant, where it has one'),
    consumer: fieldName.prefault('X-Consumer-Id').describe('The application, where it is known by name'),
  })
  .prefault({})
  .describe('Names of the fields that tell backends who is asking');

export type IdentityHeaders = z.output<typeof identityHeadersConfig>;

/** Bytes of one value: more is no identity but an attack on the backend's header limit. */
const MAX_VALUE_BYTES = 4096;

/** Appends the identity's fields to a flat list of names and values. */
export function appendIdentity(flat: string[], names: IdentityHeaders, identity: Identity): void {
  append(flat, names.user, encodeValue(identity.subject, false));
  if (identity.roles.length > 0) append(flat, names.roles, encodeList(identity.roles, ','));
  if (identity.scopes.size > 0) append(flat, names.scopes, encodeList(identity.scopes, ' '));
  if (identity.tenant !== undefined) append(flat, names.tenant, encodeValue(identity.tenant, false));
  if (identity.consumer !== undefined) append(flat, names.consumer, encodeValue(identity.consumer, false));
}

function append(flat: string[], name: string, value: string): void {
  if (value.length > MAX_VALUE_BYTES) {
    throw new FrontdeskError('invalid_credentials', {
      detail: `the identity's ${name} is ${value.length} bytes long`,
    });
  }
  flat.push(name, value);
}

function encodeList(items: Iterable<string>, separator: string): string {
  let list = '';
  for (const item of items) {
    const encoded = encodeValue(item, true);
    list = list === '' ? encoded : list + separator + encoded;
  }
  return list;
}

const SPACE = 0x20;
const PERCENT = 0x25;
const COMMA = 0x2c;
const TILDE = 0x7e;

/** `member`: within a list, where the separators must be encoded too. */
function encodeValue(value: string, member: boolean): string {
  for (let i = 0; i < value.length; i += 1) {
    if (!isPlain(value.charCodeAt(i), member)) return encodeSlowly(value, member);
  }
  return value;
}

/** A space is encoded everywhere: at an edge it would be trimmed on the way. */
function isPlain(code: number, member: boolean): boolean {
  return code > SPACE && code <= TILDE && code !== PERCENT && !(member && code === COMMA);
}

function encodeSlowly(value: string, member: boolean): string {
  if (!value.isWellFormed()) {
    throw new FrontdeskError('invalid_credentials', { detail: 'a claim is not well-formed Unicode' });
  }
  let encoded = '';
  for (const byte of Buffer.from(value)) {
    encoded += isPlain(byte, member)
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
