/**
 * Paths of rules into JSON values: names joined by dots. `*` is each member or each item, digits are one item of an
 * array, and any other name goes through arrays by itself: `items.price` and `items.*.price` are the price of each item.
 * A backslash takes a dot, a `*` or a backslash for part of a name.
 */
import { z } from 'zod';

/** Each member of an object, each item of an array. */
export const EACH = Symbol('*');

export type PathStep = string | typeof EACH;

const MAX_STEPS = 32;
const MAX_PATH_CHARS = 256;

/** Throws `RangeError` for what is no path. */
export function parseJsonPath(text: string): PathStep[] {
  const steps: PathStep[] = [];
  let name = '';
  let escaped = false;
  for (let i = 0; i <= text.length; i += 1) {
    const character = text[i];
    if (character === '\\') {
      i += 1;
      if (!/^[.*\\]$/.test(text[i] ?? '')) throw new RangeError('a backslash stands before ., * or \\ alone');
      name += text[i];
      escaped = true;
    } else if (character === '.' || character === undefined) {
      if (name === '') throw new RangeError('expected a name, digits or * between the dots');
      steps.push(name === '*' && !escaped ? EACH : name);
      name = '';
      escaped = false;
    } else name += character;
  }
  if (steps.length > MAX_STEPS) throw new RangeError(`expected at most ${MAX_STEPS} names`);
  return steps;
}

/** As it was written. */
export function formatJsonPath(steps: readonly PathStep[]): string {
  return steps.map((step) => (step === EACH ? '*' : step.replaceAll(/[.*\\]/g, '\\$&'))).join('.');
}

/** The place that a step picks of an array; `undefined` for a name, which goes through. */
export function indexOf(step: PathStep): number | undefined {
  return step !== EACH && /^(0|[1-9]\d{0,8})$/.test(step) ? Number(step) : undefined;
}

export const jsonPath = z
  .string()
  .max(MAX_PATH_CHARS)
  .superRefine((text, context) => {
    try {
      parseJsonPath(text);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      context.addIssue({
        code: 'custom',
        message: `expected a path such as user.name or items.*.price: ${why}`,
      });
    }
  });
