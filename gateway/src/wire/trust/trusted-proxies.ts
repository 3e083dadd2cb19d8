/** `listen.trustedProxies`: the proxies in front of the gateway whose word on the way of a request counts. */
import { z } from 'zod';
import { parseAddress } from '../../core/ip-address.ts';
import { IpSet } from '../../core/ip-set.ts';
import { addressRange } from '../../settings/address-range.ts';
import { fieldName } from '../../settings/settings.ts';
import { MAX_HOPS } from './forwarded-hops.ts';

export const trustedProxiesConfig = z.strictObject({
  addresses: z
    .array(addressRange)
    .min(1)
    .max(4_096)
    .describe('Addresses and ranges of the proxies; from anybody else these fields are thrown away'),
  header: z
    .enum(['x-forwarded-for', 'forwarded'])
    .default('x-forwarded-for')
    .describe('The field that the proxies write; the other one is thrown away'),
  hops: z
    .int()
    .min(1)
    .max(MAX_HOPS)
    .default(MAX_HOPS)
    .describe(
      'How many hops are believed at most, from the nearest: the number of proxies, where it is known',
    ),
  host: z
    .boolean()
    .default(false)
    .describe('Takes the host too from the proxies (X-Forwarded-Host, or host of Forwarded)'),
  deadline: fieldName
    .optional()
    .describe(
      'A field in which they say for how many milliseconds an answer is of use; never more than ours',
    ),
});

export type TrustedProxiesConfig = z.output<typeof trustedProxiesConfig>;

/** Whether an address, in canonical text, is one of the proxies'. */
export type Trusts = (address: string) => boolean;

export function compileTrust({ addresses }: Pick<TrustedProxiesConfig, 'addresses'>): Trusts {
  const proxies = new IpSet(addresses);
  return (text) => {
    const address = parseAddress(text);
    return address !== undefined && proxies.has(address);
  };
}
