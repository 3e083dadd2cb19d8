/**
 * `pattern` of JSON Schema (ECMA-262 with flag `u`, found anywhere in the text) on the automata of the router, so that no
 * text a client sends makes a pattern run away. What they cannot say (lookaround, back references, `\b`, letters that are
 * not ASCII, more than 1,000 repetitions) is refused.
 */
import { compileRegex } from '../router/linear-regex.ts';

export interface TextPattern {
  test(text: string): boolean;
  /** As it was written: ajv tells patterns apart by it. */
  toString(): string;
}

/** @throws RegexError for what is not regular or too large. */
export function compilePattern(source: string): TextPattern {
  const regex = compileRegex(new Translator(source).alternatives().map(found).join('|'));
  return {
    // A character outside the basic plane is one, as with flag `u`.
    test: (text) => regex.test(ASTRAL.test(text) ? text.replaceAll(EACH_ASTRAL, 'é') : text),
    toString: () => source,
  };
}

const ASTRAL = /[\ud800-\udbff][\udc00-\udfff]/;
const EACH_ASTRAL = /[\ud800-\udbff][\udc00-\udfff]/g;

interface Alternative {
  text: string;
  startsHere: boolean;
  endsHere: boolean;
}

/** Anywhere in the text, where it is not anchored. */
function found({ text, startsHere, endsHere }: Alternative): string {
  const inner = text === '' ? '' : `(?:${text})`;
  return `${startsHere ? '' : '.*'}${inner}${endsHere ? '' : '.*'}`;
}

/** What the router's dialect takes as one count. */
const REPEAT_AT_ONCE = 100;
const MAX_REPEAT = 1_000;
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', '0': '\0' };
const COUNT = /^\{(\d{1,4})(,(\d{1,4})?)?\}/;
const CODE = /^\\(?:x([0-9A-Fa-f]{2})|u00([0-9A-Fa-f]{2}))/;

/** Reads a pattern into the router's dialect: cut at its outermost alternatives, their anchors told apart. */
class Translator {
  readonly #source: string;
  readonly #found: Alternative[] = [];
  /** Where groups that are open begin in the text of the alternative. */
  readonly #groups: number[] = [];
  #current: Alternative = { text: '', startsHere: false, endsHere: false };
  /** Where what a count would repeat begins. */
  #atom = 0;

  constructor(source: string) {
    this.#source = source;
  }

  alternatives(): readonly Alternative[] {
    const source = this.#source;
    for (let i = 0; i < source.length; ) i += this.#step(source, i);
    return [...this.#found, this.#current];
  }

  /** Takes what stands at `i`; how many characters that was. */
  #step(source: string, i: number): number {
    const current = this.#current;
    const character = source.charAt(i);
    const isOutside = this.#groups.length === 0;
    if (character === '\\') return this.#escape(source, i);
    if (character === '[') return this.#class(source, i);
    if (character === '{') return this.#count(source, i);
    if (character === '|' && isOutside) {
      this.#found.push(current);
      this.#current = { text: '', startsHere: false, endsHere: false };
      this.#atom = 0;
    } else if (character === '^' && isOutside && current.text === '') {
      current.startsHere = true;
    } else if (character === '$' && isOutside && (i + 1 === source.length || source[i + 1] === '|')) {
      current.endsHere = true;
    } else if (character === '.') {
      this.#add('[^\n\r]');
    } else if (character === '(') {
      this.#groups.push(current.text.length);
      current.text += character;
    } else if (character === ')') {
      current.text += character;
      this.#atom = this.#groups.pop() ?? 0;
    } else if (character === '*' || character === '+' || character === '?' || character === '|') {
      current.text += character;
    } else {
      this.#add(character);
    }
    return 1;
  }

  #add(text: string): void {
    this.#atom = this.#current.text.length;
    this.#current.text += text;
  }

  #escape(source: string, i: number): number {
    const [text, length] = escapeAt(source, i);
    this.#add(text);
    return length;
  }

  #class(source: string, i: number): number {
    let text = '[';
    let at = i + 1;
    for (; at < source.length && source[at] !== ']'; ) {
      const [piece, length] = source[at] === '\\' ? escapeAt(source, at) : [source.charAt(at), 1];
      text += piece;
      at += length;
    }
    this.#add(`${text}]`);
    return at + 1 - i;
  }

  /** A count that is too large for the dialect becomes several. */
  #count(source: string, i: number): number {
    const counts = COUNT.exec(source.slice(i));
    const [whole = '{', low = '', comma, high] = counts ?? [];
    const min = Number(low);
    const max = comma === undefined ? min : high === undefined ? Number.POSITIVE_INFINITY : Number(high);
    const isLarge = min > REPEAT_AT_ONCE || (max > REPEAT_AT_ONCE && max !== Number.POSITIVE_INFINITY);
    if (!counts || !isLarge || min > MAX_REPEAT || (max > MAX_REPEAT && high !== undefined) || max < min) {
      this.#current.text += whole;
      return whole.length;
    }
    const { text } = this.#current;
    const atom = text.slice(this.#atom);
    this.#current.text = `${text.slice(0, this.#atom)}(?:${repeated(atom, min, max)})`;
    return whole.length;
  }
}

function repeated(atom: string, min: number, max: number): string {
  let text = '';
  let must = min;
  for (; must > REPEAT_AT_ONCE; must -= REPEAT_AT_ONCE) text += `${atom}{${REPEAT_AT_ONCE}}`;
  text += `${atom}{${must}}`;
  if (max === Number.POSITIVE_INFINITY) return `${text}${atom}*`;
  let may = max - min;
  for (; may > REPEAT_AT_ONCE; may -= REPEAT_AT_ONCE) text += `${atom}{0,${REPEAT_AT_ONCE}}`;
  return may > 0 ? `${text}${atom}{0,${may}}` : text;
}

/** An escape in the router's dialect, and its length in the source. */
function escapeAt(source: string, i: number): [text: string, length: number] {
  const next = source.charAt(i + 1);
  const control = CONTROLS[next];
  if (control !== undefined) return [control, 2];
  const code = CODE.exec(source.slice(i, i + 6));
  if (!code) return [source.slice(i, i + 2), 2];
  const character = String.fromCharCode(Number.parseInt(code[1] ?? code[2] ?? '', 16));
  return [/[A-Za-z0-9\s]/.test(character) ? character : `\\${character}`, code[0].length];
}
