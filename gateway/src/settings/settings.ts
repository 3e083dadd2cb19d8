/**
 * The words that configuration fragments share: durations, rates, sizes, names. Each parses text as people write
 * it into the unit the code uses, and says what was expected when it can't.
 */
import { z } from 'zod';
import { parseDuration, parseRate } from '../core/duration.ts';

/** `250ms`, `1.5s`, `2m`, `1h`, as milliseconds. */
export const durationMs = z
  .string({ error: 'expected a duration such as 250ms, 5s, 2m or 1h' })
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined) return ms;
    context.addIssue({
      code: 'custom',
      message: `expected a duration such as 250ms, 5s, 2m or 1h, not "${text}"`,
    });
    return z.NEVER;
  });

/** `100/min`, `5/s`, as units per millisecond; more than none. */
export const ratePerMs = z
  .string({ error: 'expected a rate such as 100/min or 5/s' })
  .transform((text, context) => {
    const rate = parseRate(text);
    if (rate !== undefined && rate > 0) return rate;
    context.addIssue({ code: 'custom', message: `expected a rate such as 100/min or 5/s, not "${text}"` });
    return z.NEVER;
  });

const BYTES_PER_UNIT: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const SIZE = /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB)$/;

/** `256KiB`, `1MiB`, as bytes. */
export const sizeBytes = z
  .string({ error: 'expected a size such as 256KiB or 1MiB' })
  .transform((text, context) => {
    const match = SIZE.exec(text.trim());
    const perUnit = BYTES_PER_UNIT[match?.[2] ?? ''];
    if (match && perUnit !== undefined) return Math.floor(Number(match[1]) * perUnit);
    context.addIssue({ code: 'custom', message: `expected a size such as 256KiB or 1MiB, not "${text}"` });
    return z.NEVER;
  });

/** What a socket's own stream takes before it says wait: below it nobody tells that a client has taken what there was. */
const MIN_SEND_BUFFER_BYTES = 65_536;

/** What may wait for the client of a WebSocket. */
export const sendBufferBytes = sizeBytes.refine(
  (bytes) => bytes >= MIN_SEND_BUFFER_BYTES,
  'expected 64KiB at least',
);

/** An absolute http or https URL without credentials or fragment. */
export const httpUrl = z.string().superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.hash) return;
  context.addIssue({
    code: 'custom',
    message: `expected an http:// or https:// URL without credentials or fragment, not "${text}"`,
  });
});

/** A name that routes, metrics and logs carry: letters, digits, `-`, `_`, `.`. */
export const name = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/,
    'expected a name: a letter, then letters, digits, -, _ or . (64 at most)',
  );

/** An HTTP field name (RFC 9110 §5.1), in lower case from here on. */
export const fieldName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected an HTTP header name')
  .transform((text) => text.toLowerCase());

/** Scopes that a caller must all have. */
export const scopes = z.array(z.string().min(1)).default([]);

const webOrigin = z
  .string()
  .regex(/^(\*|https?:\/\/[^/\s?#]+)$/, 'expected an origin such as https://app.example, or *')
  .transform((text) => text.toLowerCase());

/** Pages that may open a WebSocket. */
export const webOrigins = z
  .array(webOrigin)
  .default([])
  .describe('Origins of web pages that may open a WebSocket, beside our own; * for all, but without cookies');
