/** Ranges of IP addresses as people write them in a configuration. */
import { z } from 'zod';
import { parseRange } from '../core/ip-address.ts';

/** `10.0.0.0/8`, `2001:db8::/32` or one address, as an `IpRange`. */
export const addressRange = z
  .string({ error: 'expected an address or a range such as 10.0.0.0/8 or 2001:db8::/32' })
  .transform((text, context) => {
    const range = parseRange(text);
    if (range) return range;
    context.addIssue({
      code: 'custom',
      message: `expected an address or a range such as 10.0.0.0/8 or 2001:db8::/32 (no bits set behind its length), not "${text}"`,
    });
    return z.NEVER;
  });
