/**
 * What a call sticks by: who asks, where from, or what the client said. It is read before the fields are made ready
 * for the backend, since a cookie decides although it is not passed on. Only where the balancer hashes.
 */
import { z } from 'zod';
import type { CallContext } from '../../core/exchange.ts';
import type { HeaderFields } from '../../core/headers.ts';
import { bareName, COMMONLY_TRUSTED, FORWARDING_FIELDS } from '../../wire/trust/trusted-fields.ts';
import type { Policy } from '../call.ts';
import { hashText } from './stable-hash.ts';

const KINDS = ['consumer', 'subject', 'tenant', 'address', 'path'] as const;
const FIELD = /^(header|cookie):([!#$%&'*+.^_`|~0-9A-Za-z-]+)$/;
/** Nobody would ever have such a key. */
const WITHHELD = new Set([...COMMONLY_TRUSTED, ...FORWARDING_FIELDS].map(bareName));
const EXPECTED = 'expected consumer, subject, tenant, address, path, header:NAME or cookie:NAME';

export type AffinityKey =
  | { readonly from: (typeof KINDS)[number] }
  | { readonly from: 'header' | 'cookie'; readonly name: string };

export const affinityKey = z.string({ error: EXPECTED }).transform((text, context): AffinityKey => {
  const kind = KINDS.find((one) => one === text);
  if (kind) return { from: kind };
  const [, from, name] = FIELD.exec(text) ?? [];
  if (from === 'header' && name !== undefined) {
    if (!WITHHELD.has(bareName(name))) return { from, name: name.toLowerCase() };
    const message = `"${name}" is taken from requests at the door, because backends trust it: expected subject, consumer, tenant, or another header`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
  if (from === 'cookie' && name !== undefined) return { from, name };
  context.addIssue({ code: 'custom', message: `${EXPECTED}, not "${text}"` });
  return z.NEVER;
});

export function affinity(key: AffinityKey): Policy {
  return (call, next) => {
    const value = stickyValue(key, call);
    if (value !== undefined && value !== '') call.affinity = hashText(value);
    return next(call);
  };
}

/** What of a call says by whom and from where it comes. */
export interface Asked {
  readonly headers: HeaderFields;
  readonly path: string;
  readonly context: Pick<CallContext, 'identity' | 'client'>;
}

/** What a call says under this key; `undefined` where it says nothing. */
export function stickyValue(key: AffinityKey, { context, path, headers }: Asked): string | undefined {
  switch (key.from) {
    case 'consumer':
    case 'subject':
    case 'tenant':
      return context.identity?.[key.from];
    case 'address':
      return context.client?.address;
    case 'path': {
      const query = path.indexOf('?');
      return query < 0 ? path : path.slice(0, query);
    }
    case 'header':
      return headers.get(key.name);
    case 'cookie':
      return cookieOf(headers, key.name);
  }
}

/** The first cookie of this name (RFC 6265 §4.2.1), as it was sent. */
export function cookieOf(headers: HeaderFields, name: string): string | undefined {
  for (const field of headers.getAll('cookie')) {
    for (const pair of field.split(';')) {
      const equals = pair.indexOf('=');
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
    }
  }
  return undefined;
}
