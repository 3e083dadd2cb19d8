/**
 * The expression language: CEL, with the variables of a policy and their types. Two of its functions are ours: `matches`
 * (linear, see pattern.ts) and `inCidr`; both take literals alone, so that nothing is compiled while a request waits.
 */
import { Environment } from '@marcbachmann/cel-js';
import { parseAddress, parseRange } from '../core/ip-address.ts';
import { IpSet } from '../core/ip-set.ts';
import type { LinearRegex } from '../router/linear-regex.ts';
import { ClientInput, IdentityInput, RequestInput } from './input.ts';
import { compilePattern } from './pattern.ts';

/** In place of the library's `matches`, which can't be replaced. */
export const OWN_MATCHES = 'matches_linear';

const patterns = new Map<string, LinearRegex>();
const sets = new Map<string, IpSet>();
/** What more configurations than a process ever sees would hold; what is forgotten is made again. */
const MAX_KEPT = 2000;
/** Between the ranges of a list, which none can hold. */
const SEPARATOR = '\n';

/** The pattern of a literal, made once. @throws RegexError */
export function patternOf(source: string): LinearRegex {
  return kept(patterns, source, compilePattern);
}

/** The ranges of literals, made once. @throws RangeError that names the text which is none. */
export function rangesOf(texts: readonly string[]): IpSet {
  return setOf(texts.join(SEPARATOR));
}

function setOf(key: string): IpSet {
  return kept(sets, key, (joined) => {
    return new IpSet(
      joined.split(SEPARATOR).map((text) => {
        const range = parseRange(text);
        if (range) return range;
        throw new RangeError(`"${text}" is no range of addresses`);
      }),
    );
  });
}

function kept<T>(map: Map<string, T>, key: string, make: (key: string) => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make(key);
  if (map.size >= MAX_KEPT) map.clear();
  map.set(key, made);
  return made;
}

function isWithin(text: unknown, key: string): boolean {
  const address = typeof text === 'string' ? parseAddress(text) : undefined;
  if (!address) throw new RangeError('not an address');
  return setOf(key).has(address);
}

export const LANGUAGE = new Environment({
  limits: { maxAstNodes: 500, maxDepth: 32, maxListElements: 200, maxMapEntries: 100, maxCallArguments: 4 },
})
  .registerType('Identity', {
    ctor: IdentityInput,
    fields: {
      anonymous: 'bool',
      subject: 'string',
      consumer: 'string',
      tenant: 'string',
      plan: 'string',
      scheme: 'string',
      scopes: 'list<string>',
      roles: 'list<string>',
      claims: 'map<string, dyn>',
    },
  })
  .registerType('Request', {
    ctor: RequestInput,
    fields: {
      method: 'string',
      path: 'string',
      host: 'string',
      params: 'map<string, string>',
      query: 'map<string, string>',
      headers: 'map<string, string>',
    },
  })
  .registerType('Client', { ctor: ClientInput, fields: { address: 'string' } })
  .registerVariable('identity', 'Identity')
  .registerVariable('request', 'Request')
  .registerVariable('client', 'Client')
  .registerVariable('now', 'google.protobuf.Timestamp')
  .registerFunction(`string.${OWN_MATCHES}(string): bool`, (text: unknown, source: unknown) =>
    patternOf(String(source)).test(String(text)),
  )
  .registerFunction('string.inCidr(string): bool', (address: unknown, range: unknown) =>
    isWithin(address, String(range)),
  )
  .registerFunction('string.inCidr(list<string>): bool', (address: unknown, list: unknown) =>
    isWithin(address, Array.isArray(list) ? list.join(SEPARATOR) : ''),
  );
