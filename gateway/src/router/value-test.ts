/**
 * What a route may ask of one value of a request (a header field, a query parameter, a cookie): a text, a pattern,
 * whether it is there at all. Two tests can be compared before any request has come.
 */
import { z } from 'zod';
import { compileRegex, type LinearRegex, RegexError } from './linear-regex.ts';
import type { Overlap } from './regex-dfa.ts';

const MAX_TEXT_LENGTH = 500;

/** As configured. */
export type ValueMatch = string | { readonly present: boolean } | { readonly pattern: string };

export const valueMatchConfig = z.union(
  [
    z.string().max(MAX_TEXT_LENGTH),
    z.strictObject({ present: z.boolean().describe('Whether it must be there, or must not') }),
    z.strictObject({
      pattern: z
        .string()
        .superRefine((text, context) => {
          const fault = regexFault(text);
          if (fault !== undefined)
            context.addIssue({ code: 'custom', message: `the regular expression "${text}" ${fault}` });
        })
        .describe('A regular expression that the whole value must match; no lookaround, no back references'),
    }),
  ],
  { error: 'expected a text (in quotes), { present: true }, { present: false } or { pattern: … }' },
);

/** Why a regular expression can't be used; `undefined` for one that can. */
export function regexFault(text: string): string | undefined {
  try {
    compileRegex(text);
    return undefined;
  } catch (error) {
    if (error instanceof RegexError) return error.message;
    throw error;
  }
}

export interface ValueTest {
  /** In words, behind the name of what is asked: `is "on"`, `matches a.*`, `is there`. */
  readonly says: string;
  /** Equal for tests that the same values pass. */
  readonly key: string;
  /** The only texts that pass; `undefined` where there are others. */
  readonly texts: ReadonlySet<string> | undefined;
  /** `undefined` is a value that is not there. */
  passes(value: string | undefined): boolean;
}

/** @throws RegexError */
export function compileValueTest(match: ValueMatch): ValueTest {
  if (typeof match === 'string') return new OneOf([match]);
  if ('present' in match) return match.present ? PRESENT : ABSENT;
  const regex = compileRegex(match.pattern);
  if (regex.key === ANYTHING.key) return PRESENT;
  const only = onlyText(regex);
  return only === undefined ? new Matching(regex) : new OneOf([only]);
}

/** Passed by any of these texts. */
export function oneOf(texts: readonly string[]): ValueTest {
  return new OneOf(texts);
}

/** Which values pass both tests, and which only one. What can't be told is thought possible. */
export function compareTests(a: ValueTest, b: ValueTest): Overlap {
  if (a.key === b.key) return { both: true, onlyFirst: false, onlySecond: false };
  if (a === ABSENT || b === ABSENT) return { both: false, onlyFirst: true, onlySecond: true };
  if (a.texts) return compareTexts(a.texts, b);
  if (b.texts) {
    const { both, onlyFirst, onlySecond } = compareTexts(b.texts, a);
    return { both, onlyFirst: onlySecond, onlySecond: onlyFirst };
  }
  return patternOf(a).overlap(patternOf(b));
}

class OneOf implements ValueTest {
  readonly says: string;
  readonly key: string;
  readonly texts: ReadonlySet<string>;

  constructor(texts: readonly string[]) {
    this.texts = new Set(texts);
    const quoted = [...this.texts].map((text) => `"${text}"`);
    this.says = `is ${quoted.join(' or ')}`;
    this.key = `=${JSON.stringify([...this.texts].sort())}`;
  }

  passes(value: string | undefined): boolean {
    return value !== undefined && this.texts.has(value);
  }
}

class Matching implements ValueTest {
  readonly says: string;
  readonly key: string;
  readonly texts = undefined;
  readonly regex: LinearRegex;

  constructor(regex: LinearRegex) {
    this.regex = regex;
    this.says = `matches ${regex.source}`;
    this.key = `~${regex.key}`;
  }

  passes(value: string | undefined): boolean {
    return value !== undefined && this.regex.test(value);
  }
}

const ANYTHING = compileRegex('.*');

const PRESENT: ValueTest = {
  says: 'is there',
  key: 'present',
  texts: undefined,
  passes: (value) => value !== undefined,
};

const ABSENT: ValueTest = {
  says: 'is not there',
  key: 'absent',
  texts: undefined,
  passes: (value) => value === undefined,
};

function compareTexts(texts: ReadonlySet<string>, other: ValueTest): Overlap {
  let passing = 0;
  for (const text of texts) if (other.passes(text)) passing += 1;
  return {
    both: passing > 0,
    onlyFirst: passing < texts.size,
    onlySecond: other.texts === undefined || other.texts.size > passing,
  };
}

function patternOf(test: ValueTest): LinearRegex {
  return test instanceof Matching ? test.regex : ANYTHING;
}

/** The one text that a pattern matches, where there is no second. */
function onlyText(regex: LinearRegex): string | undefined {
  const text = regex.literalPrefix;
  if (!regex.test(text)) return undefined;
  const literal = compileRegex(text.replaceAll(/[^A-Za-z0-9]/g, '\\$&'));
  return regex.overlap(literal).onlyFirst ? undefined : text;
}
