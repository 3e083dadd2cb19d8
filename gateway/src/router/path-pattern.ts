/**
 * A route's path as people write it: `/users` (exact), `/users/:id` (a parameter is one segment), `/users/*` (a
 * prefix by segment: `/users`, `/users/` and all below, never `/usersX`). A slash at the end means nothing.
 * Literal parts are brought into the canonical form of requests, so that `/%61` and `/a` are one route.
 */
import { FrontdeskError } from '../core/errors.ts';
import { canonicalPath } from '../core/path.ts';

export interface PathPattern {
  /** Its one spelling: what logs and metrics carry. */
  readonly template: string;
  /** Literal segments, and `undefined` where a parameter stands. */
  readonly segments: readonly (string | undefined)[];
  /** Names of the parameters and the segments at which they stand. */
  readonly params: readonly { readonly name: string; readonly index: number }[];
  readonly isPrefix: boolean;
}

/** Why a pattern can't be used. */
export class PathPatternError extends Error {
  override readonly name = 'PathPatternError';
}

const PARAM = /^:[A-Za-z][A-Za-z0-9_]*$/;
/** A parameter as others write it. */
const BRACED = /{([A-Za-z][A-Za-z0-9_]*)}/;

/** @throws PathPatternError */
export function parsePathPattern(text: string): PathPattern {
  const canonical = canonicalLiteral(text);
  const parts = canonical === '/' ? [] : canonical.slice(1).split('/');
  if (parts.at(-1) === '') parts.pop();
  const isPrefix = parts.at(-1) === '*';
  if (isPrefix) parts.pop();
  const params: { name: string; index: number }[] = [];
  const segments = parts.map((part, index) => {
    if (part.includes('*')) throw new PathPatternError('has a * that is not the whole last segment');
    if (!part.startsWith(':')) return part;
    if (!PARAM.test(part)) throw new PathPatternError(`has a parameter ${part} that is no name`);
    const name = part.slice(1);
    if (params.some((other) => other.name === name))
      throw new PathPatternError(`has the parameter ${part} twice`);
    params.push({ name, index });
    return undefined;
  });
  return { template: `/${[...parts, ...(isPrefix ? ['*'] : [])].join('/')}`, segments, params, isPrefix };
}

function canonicalLiteral(text: string): string {
  if (!text.startsWith('/')) throw new PathPatternError('does not start with /');
  if (text.includes(';'))
    throw new PathPatternError('has a ;, but parameters of segments take no part in matching');
  if (text.includes('{')) {
    const name = BRACED.exec(text)?.[1] ?? 'name';
    throw new PathPatternError(`has braces: a parameter is written :${name}, a brace %7B`);
  }
  try {
    return canonicalPath(text);
  } catch (error) {
    if (error instanceof FrontdeskError) throw new PathPatternError(error.detail ?? error.message);
    throw error;
  }
}

/**
 * `path` (canonical) as it is matched: without the parameters of its segments (`;v=1`) and the slash at its end,
 * which backends often ignore too. So neither can be used to slip past a route.
 */
export function matchablePath(path: string): string {
  const bare = withoutParameters(path);
  return endsWithSlash(bare) ? bare.slice(0, -1) : bare;
}

/**
 * The matchable path with the slash that stood at its end; `undefined` where none did. A regular expression is asked for
 * both: `/admin/.*` must not be slipped past by `/admin/`, nor `/admin` by the same.
 */
export function slashedPath(path: string): string | undefined {
  if (!path.includes('/', 1)) return undefined;
  const bare = withoutParameters(path);
  return endsWithSlash(bare) ? bare : undefined;
}

function endsWithSlash(path: string): boolean {
  return path.length > 1 && path.endsWith('/');
}

function withoutParameters(path: string): string {
  if (!path.includes(';')) return path;
  let bare = '';
  for (let at = 0; at < path.length; ) {
    const semicolon = path.indexOf(';', at);
    if (semicolon < 0) return bare + path.slice(at);
    bare += path.slice(at, semicolon);
    const slash = path.indexOf('/', semicolon);
    at = slash < 0 ? path.length : slash;
  }
  return bare;
}

/** What stands in `path` behind its first `count` segments, without a slash before it; `undefined` for nothing, not even a slash. */
export function pathRest(path: string, count: number): string | undefined {
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    at = path.indexOf('/', at + 1);
    if (at < 0) return undefined;
  }
  return path.slice(at + 1);
}
