/**
 * Regular expressions for paths that can't be made to run away: a pattern becomes a deterministic automaton when
 * the configuration is built, so that a request costs one table look-up a character, whatever it sends.
 * The dialect is the regular part of JavaScript's: literals, `.`, classes, `\d \w \s`, groups, `|`, `* + ?`, `{n,m}`.
 * The whole path must match; `^` at the start and `$` at the end may be written. Paths are ASCII by then.
 */

const ALPHABET = 128;
const MAX_PATTERN_LENGTH = 500;
const MAX_REPEAT = 100;
const MAX_POSITIONS = 2000;
const MAX_STATES = 2000;
const DEAD = 0;

/** Why a pattern can't be used. */
export class PathRegexError extends Error {
  override readonly name = 'PathRegexError';
}

export interface PathRegex {
  readonly source: string;
  /** What every matching path starts with: patterns with a longer one are tried first. */
  readonly literalPrefix: string;
  test(path: string): boolean;
}

/** @throws PathRegexError for what is not in the dialect, or needs too large an automaton. */
export function compilePathRegex(source: string): PathRegex {
  if (source.length > MAX_PATTERN_LENGTH) {
    throw new PathRegexError(`is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  const nfa = new Nfa();
  const last = nfa.build(new Parser(source).parse());
  const { table, accepting } = determinize(nfa, last);
  return {
    source,
    literalPrefix: literalPrefix(source),
    test(path) {
      let state = 1;
      for (let i = 0; i < path.length && state !== DEAD; i += 1) {
        const code = path.charCodeAt(i);
        state = code < ALPHABET ? (table[state * ALPHABET + code] ?? DEAD) : DEAD;
      }
      return accepting[state] === 1;
    },
  };
}

/** The characters that stand for themselves at the start, up to the first that may not be there. */
function literalPrefix(source: string): string {
  if (source.includes('|')) return '';
  const plain = /^\^?([A-Za-z0-9/_~:@=,;!&'%-]*)/.exec(source)?.[1] ?? '';
  const next = source.charAt((source.startsWith('^') ? 1 : 0) + plain.length);
  return next === '?' || next === '*' || next === '{' ? plain.slice(0, -1) : plain;
}

type Node =
  | { readonly kind: 'set'; readonly set: Uint8Array }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Node {
    this.#take('^');
    const node = this.#choice();
    if (this.#at < this.#source.length) throw this.#error('an unmatched )');
    return node;
  }

  #choice(): Node {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return { kind: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (;;) {
      const next = this.#source.charAt(this.#at);
      if (next === '' || next === '|' || next === ')') break;
      if (next === '$') {
        if (this.#at !== this.#source.length - 1) throw this.#error('$ before the end');
        this.#at += 1;
        break;
      }
      parts.push(this.#repeated(this.#atom()));
    }
    return { kind: 'sequence', parts };
  }

  #repeated(part: Node): Node {
    let node = part;
    for (;;) {
      if (this.#take('*')) node = { kind: 'repeat', part: node, min: 0, max: Number.POSITIVE_INFINITY };
      else if (this.#take('+')) node = { kind: 'repeat', part: node, min: 1, max: Number.POSITIVE_INFINITY };
      else if (this.#take('?')) node = { kind: 'repeat', part: node, min: 0, max: 1 };
      else if (this.#source.charAt(this.#at) === '{') node = this.#counted(node);
      else return node;
    }
  }

  #counted(part: Node): Node {
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
    return { kind: 'repeat', part, min, max };
  }

  #atom(): Node {
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
        return { kind: 'set', set: this.#escape() };
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.#error(`a ${character} with nothing to repeat`);
      case '^':
        throw this.#error('^ after the start');
      default: {
        const code = this.#ascii(character);
        return { kind: 'set', set: setOf((other) => other === code) };
      }
    }
  }

  #group(): Node {
    if (this.#take('?') && !this.#take(':')) {
      throw this.#error('a lookaround or named group, which is not supported');
    }
    const node = this.#choice();
    if (!this.#take(')')) throw this.#error('an unmatched (');
    return node;
  }

  #class(): Uint8Array {
    const set = new Uint8Array(ALPHABET);
    const negated = this.#take('^');
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
    if (negated) for (let code = 0; code < ALPHABET; code += 1) set[code] = set[code] === 1 ? 0 : 1;
    return set;
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
    const code = this.#ascii(character);
    return setOf((other) => other === code);
  }

  #ascii(character: string): number {
    const code = character.charCodeAt(0);
    if (Number.isNaN(code) || code >= ALPHABET) {
      throw this.#error(`the character ${character}: write it percent-encoded`);
    }
    return code;
  }

  #take(character: string): boolean {
    if (this.#source.charAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }

  #error(what: string): PathRegexError {
    return new PathRegexError(`has ${what} (at character ${this.#at})`);
  }
}

const SHORTHANDS: Readonly<Record<string, (code: number) => boolean>> = {
  d: (code) => code >= 0x30 && code <= 0x39,
  w: (code) => /\w/.test(String.fromCharCode(code)),
  s: (code) => /\s/.test(String.fromCharCode(code)),
};

function setOf(has: (code: number) => boolean): Uint8Array {
  const set = new Uint8Array(ALPHABET);
  for (let code = 0; code < ALPHABET; code += 1) set[code] = has(code) ? 1 : 0;
  return set;
}

/** States with at most one labelled edge, and edges that cost nothing (Thompson's construction). */
class Nfa {
  readonly free: number[][] = [];
  readonly labels: (Uint8Array | undefined)[] = [];
  readonly targets: number[] = [];

  /** Builds `node` from state 0; its end is the one accepting state. */
  build(node: Node): number {
    return this.#from(node, this.#state());
  }

  #from(node: Node, start: number): number {
    switch (node.kind) {
      case 'set': {
        const end = this.#state();
        this.labels[start] = node.set;
        this.targets[start] = end;
        // The next part begins on a state of its own, so that no state gets a second label.
        return this.#after(end);
      }
      case 'sequence':
        return node.parts.reduce((at, part) => this.#from(part, at), this.#after(start));
      case 'choice': {
        const end = this.#state();
        for (const part of node.parts) this.#free(this.#from(part, this.#after(start)), end);
        return end;
      }
      case 'repeat':
        return this.#repeat(node.part, node.min, node.max, start);
    }
  }

  #repeat(part: Node, min: number, max: number, start: number): number {
    let at = this.#after(start);
    for (let i = 0; i < min; i += 1) at = this.#from(part, at);
    const end = this.#state();
    this.#free(at, end);
    if (max === Number.POSITIVE_INFINITY) {
      const again = this.#after(at);
      this.#free(this.#from(part, again), at);
      return end;
    }
    for (let i = min; i < max; i += 1) {
      at = this.#from(part, this.#after(at));
      this.#free(at, end);
    }
    return end;
  }

  #state(): number {
    if (this.free.length >= MAX_POSITIONS * 4) throw new PathRegexError('is too large');
    this.labels.push(undefined);
    this.targets.push(-1);
    return this.free.push([]) - 1;
  }

  #after(state: number): number {
    const next = this.#state();
    this.#free(state, next);
    return next;
  }

  #free(from: number, to: number): void {
    this.free[from]?.push(to);
  }
}

/** The subset construction: state 0 is dead, state 1 the start. */
function determinize(nfa: Nfa, last: number): { table: Uint16Array; accepting: Uint8Array } {
  const numbers = new Map<string, number>();
  const subsets: number[][] = [[], closure(nfa, [0])];
  const rows: Uint16Array[] = [new Uint16Array(ALPHABET)];
  numbers.set(subsets[1]?.join() ?? '', 1);
  for (let state = 1; state < subsets.length; state += 1) {
    const row = new Uint16Array(ALPHABET);
    const subset = subsets[state] ?? [];
    for (let code = 0; code < ALPHABET; code += 1) {
      const reached = closure(
        nfa,
        subset.filter((at) => nfa.labels[at]?.[code] === 1).map((at) => nfa.targets[at] ?? 0),
      );
      if (reached.length === 0) continue;
      const key = reached.join();
      let number = numbers.get(key);
      if (number === undefined) {
        number = subsets.push(reached) - 1;
        if (number > MAX_STATES) throw new PathRegexError('is too complex to be matched in bounded time');
        numbers.set(key, number);
      }
      row[code] = number;
    }
    rows.push(row);
  }
  const table = new Uint16Array(rows.length * ALPHABET);
  rows.forEach((row, state) => {
    table.set(row, state * ALPHABET);
  });
  return { table, accepting: Uint8Array.from(subsets, (subset) => (subset.includes(last) ? 1 : 0)) };
}

/** What can be reached without a character, in ascending order. */
function closure(nfa: Nfa, from: readonly number[]): number[] {
  const seen = new Set(from);
  const pending = [...from];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const next of nfa.free[at] ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      pending.push(next);
    }
  }
  return [...seen].sort((a, b) => a - b);
}
