/**
 * Rewrites the query that is sent: parameters are taken away and set. What no rule names goes on as it came, in its
 * order and its spelling.
 */
import { z } from 'zod';
import { FrontdeskError } from '../../core/errors.ts';

export const queryRewriteConfig = z
  .strictObject({
    remove: z
      .array(z.string().min(1))
      .default([])
      .describe('Parameters that are taken away, by their decoded names'),
    set: z
      .record(z.string().min(1), z.string())
      .default({})
      .describe('Parameters that are set, in place of what came: a text, or `:name` or `*` of the match'),
  })
  .describe('What happens to the query; it goes on as it came where not set');

export type QueryRewriteConfig = z.output<typeof queryRewriteConfig>;

/** The query to send, without its `?`, from the query that came and the parameters of the match. */
export type QueryRewrite = (query: string, params: Readonly<Record<string, string>>) => string;

const PARAM = /^(?::([A-Za-z][A-Za-z0-9_]*)|\*)$/;

/** The parameter of the match that a value stands for; `undefined` for a text that stands for itself. */
export function queryParamOf(value: string): string | undefined {
  const found = PARAM.exec(value);
  return found ? (found[1] ?? '*') : undefined;
}

/** A parameter that the match lacks is not sent. */
export function compileQueryRewrite({ remove, set }: QueryRewriteConfig): QueryRewrite {
  const gone = new Set([...remove, ...Object.keys(set)]);
  const added = Object.entries(set).map(([name, value]) => {
    const param = queryParamOf(value);
    return { name: encodeURIComponent(name), param, text: encodeURIComponent(value) };
  });
  return (query, params) => {
    let sent = '';
    for (const pair of query === '' ? [] : query.split('&')) {
      if (!gone.has(nameOf(pair))) sent += sent === '' ? pair : `&${pair}`;
    }
    for (const { name, param, text } of added) {
      const value = param === undefined ? text : encodedParam(params, param);
      if (value !== undefined) sent += `${sent === '' ? '' : '&'}${name}=${value}`;
    }
    return sent;
  };
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  const name = (equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' ');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** A parameter is percent-encoded as a path has it, where `&` and `=` may stand bare. */
function encodedParam(params: Readonly<Record<string, string>>, name: string): string | undefined {
  const value = Object.hasOwn(params, name) ? params[name] : undefined;
  if (value === undefined) return undefined;
  try {
    return encodeURIComponent(decodeURIComponent(value));
  } catch {
    // A group of an expression may be a piece of an encoded character.
    throw new FrontdeskError('bad_request', { detail: `the parameter ${name} is no text: ${value}` });
  }
}
