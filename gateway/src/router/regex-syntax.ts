/**
 * The dialect of regular expressions in a configuration, read into a tree: the regular part of JavaScript's. Literals,
 * `.`, classes, `\d \w \s`, groups, named groups, `|`, `* + ?` and `{n,m}`, the lazy forms of these, `(?i)` at the start.
 * What would need backtracking (lookaround, back references) is refused by name.
 */

/** Symbols: one for each ASCII character, and the last for all others together. */
export const ALPHABET = 129;
/** The symbol of whatever is not ASCII. */
export const OTHER = 128;
const MAX_PATTERN_LENGTH = 500;
const MAX_REPEAT = 100;
const MAX_GROUPS = 16;

/** Why a pattern can't be used. */
export class RegexError extends Error {
  override readonly name = 'RegexError';
}

export type RegexNode =
  /** One symbol, of those that are 1 in the set. */
  | { readonly kind: 'set'; readonly set: Uint8Array }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly name: string; readonly part: RegexNode }
  | {
      readonly kind: 'repeat';
      readonly part: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    };

/** @throws RegexError for what is not in the dialect. */
export function parseRegex(source: string): RegexNode {
  if (source.length > MAX_PATTERN_LENGTH) {
    throw new RegexError(`is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  return new Parser(source).parse();
}

class Parser {
  readonly #source: string;
  #at = 0;
  /** Whether `(?i)` stands at the start. */
  #ignoresCase = false;
  /** How many repetitions stand around the place that is read. */
  #repeatable: { hasNamedGroup: boolean }[] = [];
  readonly #names = new Set<string>();

  constructor(source: string) {
    this.#source = source;
  }

  parse(): RegexNode {
    if (this.#source.startsWith('(?i)')) {
      this.#ignoresCase = true;
      this.#at = 4;
    }
    this.#take('^');
    const node = this.#choice();
    if (this.#at < this.#source.length) throw this.#error('an unmatched )');
    return node;
  }

  #choice(): RegexNode {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return { kind: 'choice', parts };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    for (;;) {
      const next = this.#source.charAt(this.#at);
      if (next === '' || next === '|' || next === ')') break;
      if (next === '$') {
        if (this.#at !== this.#source.length - 1) throw this.#error('$ before the end');
        this.#at += 1;
        break;
      }
      parts.push(this.#repeated());
    }
    return { kind: 'sequence', parts };
  }

  #repeated(): RegexNode {
    const inside = { hasNamedGroup: false };
    this.#repeatable.push(inside);
    const part = this.#atom();
    this.#repeatable.pop();
    const counts = this.#counts();
    const outside = this.#repeatable.at(-1);
    if (inside.hasNamedGroup && outside) outside.hasNamedGroup = true;
    if (!counts) return part;
    if (inside.hasNamedGroup) throw this.#error('a named group that is repeated');
    const isLazy = this.#take('?');
    if (this.#counts()) throw this.#error('a repetition of a repetition: put it in (?:…)');
    return { kind: 'repeat', part, ...counts, isLazy };
  }

  #counts(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { min: 0, max: 1 };
    if (this.#source.charAt(this.#at) !== '{') return undefined;
    const counts = /^\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/.exec(this.#source.slice(this.#at));
    if (!counts) throw this.#error('a { that is no count');
    this.#at += counts[0].length;
    const min = Number(counts[1]);
    const max =
      counts[2] === undefined ? min : counts[3] === undefined ? Number.POSITIVE_INFINITY : Number(counts[3]);
    if (max < min) throw this.#error('a count whose end is before its start');
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY)) {
      throw this.#error(`a count over ${MAX_REPEAT}`);
    }
    return { min, max };
  }

  #atom(): RegexNode {
    const character = this.#source.charAt(this.#at);
    this.#at += 1;
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'set', set: this.#class() };
      case '.':
        return { kind: 'set', set: setOf(() => true) };
      case '\\':
        return { kind: 'set', set: this.#folded(this.#escape()) };
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.#error(`a ${character} with nothing to repeat`);
      case '^':
        throw this.#error('^ after the start');
      default: {
        const code = this.#ascii(character);
        return { kind: 'set', set: this.#folded(setWith(code)) };
      }
    }
  }

  #group(): RegexNode {
    let name: string | undefined;
    if (this.#take('?') && !this.#take(':')) name = this.#groupName();
    const part = this.#choice();
    if (!this.#take(')')) throw this.#error('an unmatched (');
    return name === undefined ? part : { kind: 'group', name, part };
  }

  #groupName(): string {
    const name = /^<([A-Za-z][A-Za-z0-9_]*)>/.exec(this.#source.slice(this.#at))?.[1];
    if (name === undefined) {
      throw this.#error('a lookaround or a flag, which is not supported: expected (…), (?:…) or (?<name>…)');
    }
    if (this.#names.has(name)) throw this.#error(`the group ${name} twice`);
    if (this.#names.size === MAX_GROUPS) throw this.#error(`more than ${MAX_GROUPS} named groups`);
    this.#names.add(name);
    this.#at += name.length + 2;
    const around = this.#repeatable.at(-1);
    if (around) around.hasNamedGroup = true;
    return name;
  }

  #class(): Uint8Array {
    const set = new Uint8Array(ALPHABET);
    const isNegated = this.#take('^');
    for (;;) {
      if (this.#at >= this.#source.length) throw this.#error('an unmatched [');
      if (this.#take(']')) break;
      const from = this.#classAtom();
      const isRange = this.#source.charAt(this.#at) === '-' && this.#source.charAt(this.#at + 1) !== ']';
      if (!isRange) {
        for (const code of from) set[code] = 1;
        continue;
      }
      this.#at += 1;
      const to = this.#classAtom();
      const [low, high] = [from[0], to[0]];
      if (from.length !== 1 || to.length !== 1 || low === undefined || high === undefined || low > high) {
        throw this.#error('a range that is none');
      }
      for (let code = low; code <= high; code += 1) set[code] = 1;
    }
    const folded = this.#folded(set);
    return isNegated ? folded.map((is) => 1 - is) : folded;
  }

  #classAtom(): number[] {
    const character = this.#source.charAt(this.#at);
    this.#at += 1;
    if (character !== '\\') return [this.#ascii(character)];
    const set = this.#escape();
    return [...set.keys()].filter((code) => set[code] === 1);
  }

  #escape(): Uint8Array {
    const character = this.#source.charAt(this.#at);
    this.#at += 1;
    const lower = character.toLowerCase();
    const shorthand = SHORTHANDS[lower];
    if (shorthand) return character === lower ? setOf(shorthand) : setOf((code) => !shorthand(code));
    if (character === '' || /[A-Za-z0-9]/.test(character)) {
      throw this.#error(`the escape \\${character}, which is not supported`);
    }
    return setWith(this.#ascii(character));
  }

  /** With the other case of every letter, where case is ignored. */
  #folded(set: Uint8Array): Uint8Array {
    if (!this.#ignoresCase) return set;
    for (let upper = 0x41; upper <= 0x5a; upper += 1) {
      if (set[upper] === 1 || set[upper + 0x20] === 1) set[upper] = set[upper + 0x20] = 1;
    }
    return set;
  }

  #ascii(character: string): number {
    const code = character.charCodeAt(0);
    if (Number.isNaN(code) || code >= OTHER) {
      throw this.#error(
        `the character ${character}, which is not ASCII: in a path, write it percent-encoded`,
      );
    }
    return code;
  }

  #take(character: string): boolean {
    if (this.#source.charAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }

  #error(what: string): RegexError {
    return new RegexError(`has ${what} (at character ${this.#at})`);
  }
}

const SHORTHANDS: Readonly<Record<string, (code: number) => boolean>> = {
  d: (code) => code >= 0x30 && code <= 0x39,
  w: (code) => code < OTHER && /\w/.test(String.fromCharCode(code)),
  s: (code) => code < OTHER && /\s/.test(String.fromCharCode(code)),
};

function setWith(code: number): Uint8Array {
  const set = new Uint8Array(ALPHABET);
  set[code] = 1;
  return set;
}

function setOf(has: (code: number) => boolean): Uint8Array {
  const set = new Uint8Array(ALPHABET);
  for (let code = 0; code < ALPHABET; code += 1) set[code] = has(code) ? 1 : 0;
  return set;
}
