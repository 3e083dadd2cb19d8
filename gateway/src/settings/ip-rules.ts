/** `ip`: which addresses may come, the same words for a route and for all of them. */
import { z } from 'zod';
import { addressRange } from './address-range.ts';

const ranges = z.array(addressRange).max(100_000).default([]);
const file = z.string().min(1).optional();

export const ipRulesConfig = z
  .strictObject({
    allow: ranges.describe('Addresses and ranges that may come; where there is one, nobody else may'),
    deny: ranges.describe('Addresses and ranges that may not'),
    allowFile: file.describe('A file with more of `allow`, one a line; followed when it changes'),
    denyFile: file.describe('A file with more of `deny`, one a line; followed when it changes'),
  })
  .refine(
    ({ allow, deny, allowFile, denyFile }) =>
      allow.length > 0 || deny.length > 0 || allowFile !== undefined || denyFile !== undefined,
    'expected an address in allow or deny, or a file with some',
  );

export type IpRulesConfig = z.output<typeof ipRulesConfig>;
