/**
 * The strictest of several `Cache-Control` fields (RFC 9111 §5.2.2): an answer made of several replies may be kept no
 * longer, and shared no more widely, than each of them. What says nothing may not be kept at all.
 */

export class CacheControl {
  #noStore = false;
  #noCache = false;
  #isPrivate = false;
  #isPublic = true;
  #maxAge: number | undefined;
  #sharedMaxAge: number | undefined;
  #count = 0;
  readonly #always = new Set<string>();

  /** Takes in a reply: the values of its `Cache-Control` fields, and seconds of `Age` that it has behind it. */
  add(values: readonly string[], ageS = 0): void {
    const directives = parse(values);
    this.#count += 1;
    if (directives.size === 0 || directives.has('no-store')) this.#noStore = true;
    if (directives.has('no-cache')) this.#noCache = true;
    if (directives.has('private')) this.#isPrivate = true;
    if (!directives.has('public')) this.#isPublic = false;
    for (const name of ALWAYS) if (directives.has(name)) this.#always.add(name);
    const maxAge = secondsLeft(directives.get('max-age'), ageS);
    const shared = secondsLeft(directives.get('s-maxage'), ageS);
    if (maxAge === undefined && shared === undefined && !directives.has('no-cache')) this.#noStore = true;
    this.#maxAge = least(this.#maxAge, maxAge ?? 0);
    this.#sharedMaxAge = least(this.#sharedMaxAge, shared ?? maxAge ?? 0);
  }

  /** From now on no cache may keep the answer: a part of it failed, or it changed something. */
  forbid(): void {
    this.#noStore = true;
  }

  /** From now on no shared cache may keep the answer: it depends on who asked. */
  makePrivate(): void {
    this.#isPrivate = true;
  }

  toString(): string {
    if (this.#noStore || this.#count === 0) return 'no-store';
    const directives: string[] = [];
    if (this.#isPrivate) directives.push('private');
    else if (this.#isPublic) directives.push('public');
    if (this.#noCache) directives.push('no-cache');
    directives.push(`max-age=${this.#maxAge ?? 0}`);
    if (!this.#isPrivate && this.#sharedMaxAge !== this.#maxAge)
      directives.push(`s-maxage=${this.#sharedMaxAge ?? 0}`);
    return [...directives, ...this.#always].join(', ');
  }
}

/** Restrictions that hold for the whole where one part has them. */
const ALWAYS = ['must-revalidate', 'proxy-revalidate', 'no-transform', 'must-understand'];
/** RFC 9111 §1.2.2: as long as can be told. */
const MAX_SECONDS = 2_147_483_648;

function least(a: number | undefined, b: number): number {
  return a === undefined ? b : Math.min(a, b);
}

/** A time that cannot be read, or that is told twice differently, is none. */
function secondsLeft(values: readonly string[] | undefined, ageS: number): number | undefined {
  if (!values) return undefined;
  let seconds = MAX_SECONDS;
  for (const value of values) {
    seconds = Math.min(seconds, /^\d{1,15}$/.test(value) ? Math.min(Number(value), MAX_SECONDS) : 0);
  }
  return Math.max(0, seconds - ageS);
}

/** Directive names in lower case with their arguments. Commas within quotes separate nothing (RFC 9110 §5.6.4). */
function parse(values: readonly string[]): Map<string, string[]> {
  const directives = new Map<string, string[]>();
  for (const value of values) {
    for (const part of split(value)) {
      const at = part.indexOf('=');
      const name = (at < 0 ? part : part.slice(0, at)).trim().toLowerCase();
      if (name === '') continue;
      const argument =
        at < 0
          ? ''
          : part
              .slice(at + 1)
              .trim()
              .replace(/^"(.*)"$/, '$1');
      const known = directives.get(name);
      if (known) known.push(argument);
      else directives.set(name, [argument]);
    }
  }
  return directives;
}

function split(value: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < value.length; i += 1) {
    const char = value[i];
    if (char === '\\' && quoted) i += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      parts.push(value.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(value.slice(start));
  return parts;
}
