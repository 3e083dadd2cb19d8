/**
 * The fields that a client asks for: `?fields=id,user.name,items(sku,price)`. Names and `*`, dots and brackets lead
 * inside, arrays are gone through. Names that nothing has are ignored. Bounded in length, number and depth.
 */
import { z } from 'zod';
import { FrontdeskError } from '../../core/errors.ts';
import { EACH, type PathStep } from './json-path.ts';
import { PathTree } from './json-tree.ts';

const MAX_CHARS = 2048;
const MAX_DEPTH = 8;

export const fieldSelectionConfig = z
  .union([
    z.literal(true).transform(() => ({ param: 'fields', max: 50, forward: false })),
    z.strictObject({
      param: z
        .string()
        .regex(/^[A-Za-z0-9_.~-]{1,64}$/, 'expected the name of a query parameter')
        .default('fields')
        .describe('The query parameter'),
      max: z.int().min(1).max(1000).default(50).describe('Most fields of one request'),
      forward: z.boolean().default(false).describe('Whether the backend sees the parameter too'),
    }),
  ])
  .describe('Whether clients may ask for some fields of a JSON reply alone: ?fields=id,user.name,items(sku)');

export type FieldSelection = z.output<typeof fieldSelectionConfig>;

/** The fields named by a parameter's value; `undefined` for none. Throws `bad_request`. */
export function parseFields(text: string, { param, max }: FieldSelection): PathTree<true> | undefined {
  if (text.trim() === '') return undefined;
  if (text.length > MAX_CHARS) throw refused(param, `is longer than ${MAX_CHARS} characters`);
  const paths: PathStep[][] = [];
  const outer: PathStep[][] = [];
  let prefix: PathStep[] = [];
  let pending: PathStep[] | undefined;
  let expectsName = true;
  const settle = (): void => {
    if (pending && paths.push(pending) > max) throw refused(param, `asks for more than ${max} fields`);
    pending = undefined;
  };
  for (const token of text.match(/[^,()]+|[,()]/g) ?? []) {
    if (!/^[,()]$/.test(token)) {
      if (!expectsName) throw refused(param, 'lacks a comma behind a bracket');
      pending = [...prefix, ...namesOf(token, param)];
      if (pending.length > MAX_DEPTH) throw refused(param, `goes deeper than ${MAX_DEPTH}`);
      expectsName = false;
    } else if (expectsName || (token === '(' && !pending))
      throw refused(param, `lacks a name before "${token}"`);
    else if (token === '(') {
      outer.push(prefix);
      prefix = pending ?? [];
      pending = undefined;
      expectsName = true;
    } else {
      settle();
      expectsName = token === ',';
      const around = expectsName ? prefix : outer.pop();
      if (!around) throw refused(param, 'closes a bracket that is not open');
      prefix = around;
    }
  }
  if (expectsName) throw refused(param, 'ends where a name is expected');
  if (outer.length > 0) throw refused(param, 'leaves a bracket open');
  settle();
  return PathTree.of(paths.map((steps) => [steps, true] as const));
}

function namesOf(token: string, param: string): PathStep[] {
  return token.split('.').map((part) => {
    const name = part.trim();
    if (name === '') throw refused(param, 'lacks a name beside a dot');
    return name === '*' ? EACH : name;
  });
}

function refused(param: string, why: string): FrontdeskError {
  return new FrontdeskError('bad_request', {
    detail: `${param} ${why}`,
    members: { parameter: param, reason: `${param} ${why}` },
  });
}

/** Takes a parameter out of a query: its first value, decoded, and the query that is left as it came. */
export function takeParameter(
  query: string,
  param: string,
): { readonly value: string | undefined; readonly rest: string } {
  if (!query.includes(param)) return { value: undefined, rest: query };
  let value: string | undefined;
  const rest = query.split('&').filter((pair) => {
    const [given] = new URLSearchParams(pair);
    if (given?.[0] !== param) return true;
    value ??= given[1];
    return false;
  });
  return { value, rest: rest.join('&') };
}
