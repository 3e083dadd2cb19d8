/** Tokens that are nearly good: one to three changes to a valid one, to bytes, segments, header or claims. All by one seed. */

export type Random = () => number;

/** The same numbers for the same seed, from 0 up to 1 (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const below = (random: Random, limit: number): number => Math.floor(random() * limit);

function pick<T>(random: Random, all: readonly [T, ...T[]]): T {
  return all[below(random, all.length)] ?? all[0];
}

const STRANGE_VALUES = [
  null,
  true,
  0,
  -1,
  1e308,
  -1e308,
  0.5,
  '',
  '\u0000',
  '__proto__',
  'constructor',
  [],
  {},
  [[]],
  { a: { a: {} } },
  '\ud800',
  'x'.repeat(1000),
  '9999999999',
  'none',
  'HS256',
  'admin',
] as const;
const HEADER_NAMES = [
  'alg',
  'typ',
  'kid',
  'crit',
  'b64',
  'jwk',
  'jku',
  'x5u',
  'x5c',
  'zip',
  'enc',
  'cty',
  '__proto__',
] as const;
const CLAIM_NAMES = [
  'iss',
  'aud',
  'sub',
  'exp',
  'nbf',
  'iat',
  'jti',
  'cnf',
  'nonce',
  'client_id',
  'scope',
  'roles',
  '__proto__',
  'constructor',
] as const;
const STRANGE_LETTERS = '=.+/ \t\0#?%é~-_AAAA';

type Mutation = (token: string, random: Random) => string;

/** One letter is another, is gone, or is there twice; a piece is moved or cut off. */
const bytes: Mutation = (token, random) => {
  const at = below(random, token.length);
  const letter = STRANGE_LETTERS[below(random, STRANGE_LETTERS.length)] ?? 'A';
  switch (below(random, 6)) {
    case 0:
      return token.slice(0, at) + letter + token.slice(at + 1);
    case 1:
      return token.slice(0, at) + token.slice(at + 1);
    case 2:
      return token.slice(0, at) + letter + token.slice(at);
    case 3:
      return token.slice(0, at);
    case 4:
      return token.slice(at) + token.slice(0, at);
    default: {
      const flipped = String.fromCharCode(token.charCodeAt(at) ^ (1 << below(random, 7)));
      return token.slice(0, at) + flipped + token.slice(at + 1);
    }
  }
};

/** Segments are gone, empty, swapped, there twice, or encoded anew. */
const segments: Mutation = (token, random) => {
  const parts = token.split('.');
  const at = below(random, parts.length);
  const part = parts[at] ?? '';
  switch (below(random, 6)) {
    case 0:
      parts.splice(at, 1);
      break;
    case 1:
      parts[at] = '';
      break;
    case 2:
      parts.splice(at, 0, part);
      break;
    case 3:
      parts.reverse();
      break;
    case 4:
      parts[at] = Buffer.from(part, 'base64url').toString('base64');
      break;
    default:
      parts[at] = Buffer.from(Buffer.from(part, 'base64url').toReversed()).toString('base64url');
  }
  return parts.join('.');
};

/** A member of the JSON in a segment is another, is gone, or is there twice; the JSON is cut or wrapped. */
function json(segment: 0 | 1, names: readonly [string, ...string[]]): Mutation {
  return (token, random) => {
    const parts = token.split('.');
    const text = Buffer.from(parts[segment] ?? '', 'base64url').toString();
    const written = JSON.stringify(pick(random, names));
    const value = JSON.stringify(pick(random, STRANGE_VALUES));
    const changed = () => {
      switch (below(random, 6)) {
        case 0:
          return text.replace('{', `{${written}:${value},`);
        case 1:
          return text.replace(/\}$/, `,${written}:${value}}`);
        case 2:
          return text.replace(new RegExp(`${written}:("[^"]*"|[^,}]*)`), `${written}:${value}`);
        case 3:
          return text.slice(0, below(random, text.length));
        case 4:
          return `[${text}]`;
        default:
          return text.replaceAll('"', below(random, 2) === 0 ? "'" : '"\\u0000');
      }
    };
    parts[segment] = Buffer.from(changed()).toString('base64url');
    return parts.join('.');
  };
}

const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  bytes,
  segments,
  json(0, HEADER_NAMES),
  json(1, CLAIM_NAMES),
];

/** A changed token; it may by chance be as it was. */
export function mutated(token: string, random: Random): string {
  let changed = token;
  for (let left = 1 + below(random, 3); left > 0; left -= 1)
    changed = pick(random, MUTATIONS)(changed, random);
  return changed;
}

/** A header and claims that are strange, to be signed by the right key: what an issuer might sign that means us no good. */
export function strangeClaims(claims: object, random: Random): { header: object; claims: object } {
  const change = (from: object, names: readonly [string, ...string[]]) => {
    const entries = new Map(Object.entries(from));
    for (let left = below(random, 3); left > 0; left -= 1)
      entries.set(pick(random, names), pick(random, STRANGE_VALUES));
    return Object.fromEntries(entries);
  };
  return { header: change({}, HEADER_NAMES), claims: change(claims, CLAIM_NAMES) };
}
