/**
 * IP addresses and ranges of them, from text (RFC 4291 §2.2, RFC 4632 §3.1). An IPv6 address that stands for an IPv4 one
 * (`::ffff:192.0.2.1`) is that IPv4 address: one host, one spelling, one place in every list.
 */

/** Four numbers of 32 bits, the first the highest. An IPv4 address has one, and the others are 0. */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly words: readonly [number, number, number, number];
}

/** All addresses that agree with `address` in their first `length` bits. The bits behind them are 0. */
export interface IpRange extends IpAddress {
  /** Bits that count: 32 at most in version 4, 128 in version 6. */
  readonly length: number;
}

/** Longest text that can be an address: six groups and an IPv4 address. */
const LONGEST_ADDRESS = 45;
const MAPPED = 0xffff;
/** Bits before the IPv4 address in one that is mapped. */
const MAPPED_BITS = 96;

/** `undefined` for what is no address: a port, a zone, brackets and leading zeros in IPv4 are none of it. */
export function parseAddress(text: string): IpAddress | undefined {
  if (text.length === 0 || text.length > LONGEST_ADDRESS) return undefined;
  if (!text.includes(':')) {
    const word = parseIpv4(text, 0);
    return word === undefined ? undefined : { version: 4, words: [word, 0, 0, 0] };
  }
  const words = parseIpv6(text);
  if (!words) return undefined;
  return isMapped(words) ? { version: 4, words: [words[3], 0, 0, 0] } : { version: 6, words };
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address. Bits behind the length must be 0, so that a slip is not taken for a range. */
export function parseRange(text: string): IpRange | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (!address) return undefined;
  const most = address.version === 4 ? 32 : 128;
  if (slash < 0) return { ...address, length: most };
  const written = parseLength(text, slash + 1);
  if (written === undefined) return undefined;
  const isWrittenAsIpv6 = address.version === 4 && text.includes(':');
  const length = isWrittenAsIpv6 ? written - MAPPED_BITS : written;
  if (length < 0 || length > most || !endsInZeros(address.words, length)) return undefined;
  return { ...address, length };
}

/** The one spelling of an address (RFC 5952 for IPv6). */
export function formatAddress({ version, words }: IpAddress): string {
  if (version === 4) {
    const [word] = words;
    return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
  }
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  const { start, end } = longestZeros(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (end - start < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(end))}`;
}

/** An IPv4 address from `start` to the end of `text`, as a number. */
function parseIpv4(text: string, start: number): number | undefined {
  let word = 0;
  let part = -1;
  let parts = 1;
  for (let i = start; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (part < 0 || parts === 4) return undefined;
      word = word * 256 + part;
      part = -1;
      parts += 1;
      continue;
    }
    const digit = code - 0x30;
    // A leading zero is octal to some and decimal to others.
    if (digit < 0 || digit > 9 || part === 0) return undefined;
    part = part < 0 ? digit : part * 10 + digit;
    if (part > 255) return undefined;
  }
  return part < 0 || parts !== 4 ? undefined : (word * 256 + part) >>> 0;
}

function parseIpv6(text: string): [number, number, number, number] | undefined {
  const groups: number[] = [];
  let gap = -1;
  let at = 0;
  if (text.startsWith('::')) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    if (groups.length === 8) return undefined;
    const end = endOfGroup(text, at);
    if (text.charCodeAt(end) === 0x2e) {
      const word = parseIpv4(text, at);
      if (word === undefined || groups.length > 6) return undefined;
      groups.push(word >>> 16, word & 0xffff);
      break;
    }
    if (end === at || end - at > 4) return undefined;
    groups.push(Number.parseInt(text.slice(at, end), 16));
    if (end === text.length) break;
    if (text.charCodeAt(end) !== 0x3a) return undefined;
    at = end + 1;
    if (text.charCodeAt(at) === 0x3a) {
      if (gap >= 0) return undefined;
      gap = groups.length;
      at += 1;
    } else if (at === text.length) return undefined;
  }
  const missing = 8 - groups.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined;
  if (gap >= 0) groups.splice(gap, 0, ...new Array<number>(missing).fill(0));
  return [wordOf(groups, 0), wordOf(groups, 2), wordOf(groups, 4), wordOf(groups, 6)];
}

/** The first character from `at` on that is no hexadecimal digit. */
function endOfGroup(text: string, at: number): number {
  let end = at;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    const lower = code | 0x20;
    if (!((code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x66))) break;
    end += 1;
  }
  return end;
}

function wordOf(groups: readonly number[], at: number): number {
  return (((groups[at] ?? 0) << 16) | (groups[at + 1] ?? 0)) >>> 0;
}

function isMapped([first, second, third]: IpAddress['words']): boolean {
  return first === 0 && second === 0 && third === MAPPED;
}

function parseLength(text: string, start: number): number | undefined {
  const digits = text.length - start;
  if (digits < 1 || digits > 3 || (digits > 1 && text.charCodeAt(start) === 0x30)) return undefined;
  let length = 0;
  for (let i = start; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    length = length * 10 + digit;
  }
  return length;
}

function endsInZeros(words: IpAddress['words'], length: number): boolean {
  return words.every((word, i) => {
    const counted = length - 32 * i;
    if (counted >= 32) return true;
    return counted <= 0 ? word === 0 : (word << counted) >>> 0 === 0;
  });
}

function longestZeros(groups: readonly number[]): { start: number; end: number } {
  let best = { start: 0, end: 0 };
  for (let start = 0; start < groups.length; start += 1) {
    let end = start;
    while (end < groups.length && groups[end] === 0) end += 1;
    if (end - start > best.end - best.start) best = { start, end };
  }
  return best;
}
