/**
 * Who may come, by address: the longest range that holds the client's address says, and of two of the same length the
 * one that denies. Whom no range holds may come unless somebody is allowed by name: then nobody else is. Who has no address
 * does not come: nobody can say in which range he is.
 */
import { FrontdeskError } from '../core/errors.ts';
import type { Middleware } from '../core/exchange.ts';
import { parseAddress } from '../core/ip-address.ts';
import { IpSet } from '../core/ip-set.ts';
import type { Meter } from '../core/meter.ts';
import type { IpRulesConfig } from '../settings/ip-rules.ts';
import type { AddressFile } from './address-files.ts';

export interface IpRulesOptions {
  /** Finds a file that the rules name. */
  readonly fileAt: (path: string) => AddressFile;
  readonly meter: Meter;
  /** The route's template, or what stands for all routes. */
  readonly label: string;
}

/** `undefined` where anybody may come. */
export function ipRules(
  config: IpRulesConfig | undefined,
  { fileAt, meter, label }: IpRulesOptions,
): Middleware | undefined {
  if (!config) return undefined;
  const allows = listsOf(config.allow, config.allowFile, fileAt);
  const denies = listsOf(config.deny, config.denyFile, fileAt);
  const refused = meter.counter({
    name: 'frontdesk_ip_refused_total',
    help: 'Requests refused for the address of their client, by route',
    labels: ['route'],
  });
  return (exchange, next) => {
    const address = parseAddress(exchange.client.address);
    const allowed = address ? longestOf(allows, address) : -1;
    const denied = address ? longestOf(denies, address) : 0;
    if (allowed > denied || (denied < 0 && allows.length === 0)) return next(exchange);
    refused(1, label);
    const error = new FrontdeskError('forbidden', { detail: 'the address of the client may not come here' });
    exchange.body.discard(error);
    return Promise.reject(error);
  };
}

/** The files that rules name. */
export function filesOfIpRules(rules: Iterable<IpRulesConfig | undefined>): string[] {
  const files: string[] = [];
  for (const one of rules) {
    if (one?.allowFile !== undefined) files.push(one.allowFile);
    if (one?.denyFile !== undefined) files.push(one.denyFile);
  }
  return files;
}

function listsOf(
  inline: IpRulesConfig['allow'],
  path: string | undefined,
  fileAt: IpRulesOptions['fileAt'],
): readonly AddressFile[] {
  const lists: AddressFile[] = inline.length > 0 ? [{ ranges: new IpSet(inline) }] : [];
  if (path !== undefined) lists.push(fileAt(path));
  return lists;
}

function longestOf(lists: readonly AddressFile[], address: Parameters<IpSet['longest']>[0]): number {
  let longest = -1;
  for (const { ranges: list } of lists) longest = Math.max(longest, list.longest(address));
  return longest;
}
