/**
 * Rewrites a matched path into the path that is sent: `/users/*` or `/v2/:tenant/users/:id`. Parameters go in exactly
 * as they came, still percent-encoded: nothing is ever decoded and built anew, so the backend reads the very bytes
 * that were matched and authorised. Host and prefix come from the configuration alone.
 */
import { FrontdeskError } from '../../core/errors.ts';
import { canonicalPath } from '../../core/path.ts';

type Part = { readonly text: string } | { readonly param: string };

/** The path to send, from the matched path and its parameters. */
export type PathRewrite = (path: string, params: Readonly<Record<string, string>>) => string;

const PARAM = /:([A-Za-z_][A-Za-z0-9_]*)|\*/g;

/** The parameters that a template asks for: `*` is the wildcard's rest. For checks of a configuration. */
export function rewriteParams(template: string): string[] {
  return Array.from(template.matchAll(PARAM), (match) => match[1] ?? '*');
}

/**
 * Throws `RangeError` for a template that does not begin with one `/`. Where each parameter is known to be whole
 * `segments`, what comes out is a good path. `pieces` of a path, as named groups of a regular expression may be, are
 * held to the rules for paths anew, so that they never make a dot segment or an empty one (400).
 */
export function compileRewrite(template: string, params: 'segments' | 'pieces' = 'pieces'): PathRewrite {
  if (!template.startsWith('/') || template.startsWith('//')) {
    throw new RangeError(`a rewrite begins with one /, not "${template}"`);
  }
  const parts: Part[] = [];
  let end = 0;
  for (const match of template.matchAll(PARAM)) {
    if (match.index > end) parts.push({ text: template.slice(end, match.index) });
    parts.push({ param: match[1] ?? '*' });
    end = match.index + match[0].length;
  }
  if (end < template.length) parts.push({ text: template.slice(end) });
  if (params === 'segments') return (path, values) => rewrite(parts, path, values);
  return (path, values) => canonicalPath(rewrite(parts, path, values));
}

function rewrite(parts: readonly Part[], path: string, params: Readonly<Record<string, string>>): string {
  let result = '';
  let rest: string | undefined;
  for (const part of parts) {
    if ('text' in part) {
      result += part.text;
      continue;
    }
    const value = Object.hasOwn(params, part.param) ? (params[part.param] ?? '') : '';
    if (part.param === '*') rest = value;
    result += part.param === '*' && value.startsWith('/') && result.endsWith('/') ? value.slice(1) : value;
  }
  // `/api/users` matches `/api/users/*` with an empty rest: what had no slash at its end gets none.
  if (rest === '' && result.length > 1 && result.endsWith('/') && !path.endsWith('/')) {
    result = result.slice(0, -1);
  }
  if (result.startsWith('//'))
    throw new FrontdeskError('bad_request', { detail: 'the rewritten path begins with //' });
  return result;
}
