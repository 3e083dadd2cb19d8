/**
 * The key by which a caller names one thing to be done (draft-ietf-httpapi-idempotency-key-header-07): `Idempotency-Key:
 * "8e03978e-40d5-43dd-bc93-6894a57f9324"`, a string of structured fields. The many clients that leave its quotes out are
 * understood too, so that both forms name the same thing.
 */
import { FrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';

const MAX_CHARS = 255;
const FIELD = 'idempotency-key';

/** The key of a request; `undefined` where it has none. Throws `idempotency_key_missing` for what is no key. */
export function keyOfRequest(headers: HeaderFields): string | undefined {
  const count = headers.count(FIELD);
  if (count === 0) return undefined;
  if (count > 1) throw noKey('the field came more than once');
  return readKey(headers.get(FIELD) ?? '');
}

/** A key as it stands in the field or in an argument. Throws likewise. */
export function readKey(written: string): string {
  const text = written.trim();
  const key = text.startsWith('"') ? unquoted(text) : text;
  if (key === '' || key.length > MAX_CHARS) throw noKey(`a key has 1 to ${MAX_CHARS} characters`);
  for (let i = 0; i < key.length; i += 1) {
    const code = key.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) throw noKey('a key has visible characters of ASCII alone');
  }
  return key;
}

function unquoted(text: string): string {
  const inner = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text)?.[1];
  if (inner === undefined) throw noKey('its quotes do not close');
  return inner.replace(/\\(["\\])/g, '$1');
}

/** The refusal of a request that must have a key. */
export function noKey(detail: string): FrontdeskError {
  return new FrontdeskError('idempotency_key_missing', { detail });
}
