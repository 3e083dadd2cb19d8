/**
 * Regular expressions that can't be made to run away, for paths, header fields, query parameters and cookies: a pattern
 * becomes a deterministic automaton when the configuration is built, so that a request costs one table look-up a
 * character, whatever it sends. The whole text must match; `^` at the start and `$` at the end may be written.
 */
import { captureGroups } from './regex-captures.ts';
import { accepts, compileDfa, type Dfa, dfaKey, forcedPrefix, type Overlap, overlapOf } from './regex-dfa.ts';
import { Nfa } from './regex-nfa.ts';
import { parseRegex } from './regex-syntax.ts';

export { RegexError } from './regex-syntax.ts';

export interface LinearRegex {
  readonly source: string;
  /** What every matching text starts with. */
  readonly literalPrefix: string;
  /** Names of the groups `(?<name>…)`. */
  readonly groups: readonly string[];
  /** Equal for two patterns that match the same texts, and only then. */
  readonly key: string;
  test(text: string): boolean;
  /** What the named groups matched, the longest first where a repetition is not lazy; `undefined` for no match. */
  captures(text: string): Readonly<Record<string, string>> | undefined;
  /** Which texts this and another match: for what can be said before any text has come. */
  overlap(other: LinearRegex): Overlap;
}

/** Expressions that are kept: a configuration is looked at several times before it is served. */
const MAX_KEPT = 20_000;
const kept = new Map<string, LinearRegex>();

/** @throws RegexError for what is not in the dialect, matches nothing, or needs too large an automaton. */
export function compileRegex(source: string): LinearRegex {
  const known = kept.get(source);
  if (known) return known;
  const regex = new CompiledRegex(source);
  if (kept.size === MAX_KEPT) kept.clear();
  kept.set(source, regex);
  return regex;
}

class CompiledRegex implements LinearRegex {
  readonly source: string;
  readonly literalPrefix: string;
  readonly groups: readonly string[];
  /** Kept for the groups alone. */
  readonly #nfa: Nfa | undefined;
  readonly #dfa: Dfa;
  #key: string | undefined;

  constructor(source: string) {
    const nfa = new Nfa(parseRegex(source));
    this.source = source;
    this.#dfa = compileDfa(nfa);
    this.literalPrefix = forcedPrefix(this.#dfa);
    this.groups = nfa.groups;
    this.#nfa = nfa.groups.length > 0 ? nfa : undefined;
  }

  get key(): string {
    this.#key ??= dfaKey(this.#dfa);
    return this.#key;
  }

  test(text: string): boolean {
    return accepts(this.#dfa, text);
  }

  captures(text: string): Readonly<Record<string, string>> | undefined {
    if (!this.test(text)) return undefined;
    return this.#nfa ? captureGroups(this.#nfa, text) : NO_GROUPS;
  }

  overlap(other: LinearRegex): Overlap {
    if (!(other instanceof CompiledRegex)) throw new TypeError('a regular expression of another make');
    return overlapOf(this.#dfa, other.#dfa);
  }
}

const NO_GROUPS: Readonly<Record<string, string>> = Object.freeze(Object.create(null));
