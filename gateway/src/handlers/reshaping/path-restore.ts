/**
 * The way back of a rewrite, for `Location`: which path of ours leads to a path of the backend. Segments go back as they
 * are written, still percent-encoded.
 */

/** Turns a path of the backend back into one that clients know; `undefined` where that can't be told. */
export type PathRestore = (path: string) => string | undefined;

/**
 * Where a route is rewritten into `template`. Nothing is rewritten without one: then every path is what it was. Nothing
 * can be told where the template lacks a parameter of the route, or has one that is but a piece of a segment.
 */
export function compileRestore(route: string, template: string | undefined): PathRestore {
  if (template === undefined) return (path) => path;
  const inside = segmentsOf(template);
  const outside = segmentsOf(route);
  if (!inside || !outside) return unknown;
  const known = new Set(inside.filter(isParam));
  if (known.size < inside.filter(isParam).length) return unknown;
  if (outside.some((segment) => isParam(segment) && !known.has(segment))) return unknown;
  return (path) => {
    const values = matched(inside, path);
    return values && written(outside, values);
  };
}

function unknown(): undefined {
  return undefined;
}

const PARAM = /^:[A-Za-z_][A-Za-z0-9_]*$/;

function isParam(segment: string): boolean {
  return segment === '*' || segment.startsWith(':');
}

/** `undefined` for what is no path of whole segments with at most one `*`, at its end. */
function segmentsOf(template: string): readonly string[] | undefined {
  if (!template.startsWith('/')) return undefined;
  const segments = template.slice(1).split('/');
  const isSound = segments.every((segment, i) =>
    segment === '*' ? i === segments.length - 1 : PARAM.test(segment) || !/[:*]/.test(segment),
  );
  return isSound ? segments : undefined;
}

/** What the parameters stand for; `*` for the rest, without an entry where there is not even a slash for it. */
function matched(template: readonly string[], path: string): Map<string, string> | undefined {
  const segments = path.slice(1).split('/');
  const values = new Map<string, string>();
  for (const [i, wanted] of template.entries()) {
    const segment = segments[i];
    if (wanted === '*') {
      if (segment !== undefined) values.set('*', segments.slice(i).join('/'));
      return values;
    }
    if (segment === undefined) return undefined;
    if (!isParam(wanted)) {
      if (segment !== wanted) return undefined;
    } else if (segment === '') return undefined;
    else values.set(wanted, segment);
  }
  return segments.length > template.length ? undefined : values;
}

function written(template: readonly string[], values: ReadonlyMap<string, string>): string {
  let path = '';
  for (const segment of template) {
    const value = isParam(segment) ? values.get(segment) : segment;
    if (value !== undefined) path += `/${value}`;
  }
  return path === '' ? '/' : path;
}

/** A route of an upstream, as others of the same upstream look for the way back through it. */
export interface RestoredRoute {
  readonly template: string;
  readonly rewrite: string | undefined;
}

/**
 * The ways back through any of several routes of one upstream. Of those that lead somewhere the route counts whose
 * template has the most in common with the asking one's, so that each version of an API stays among its own paths.
 */
export class SharedRestores {
  /** By the first segment of what is sent; those that begin with a parameter under ''. */
  readonly #byFirst = new Map<string, { readonly template: string; readonly restore: PathRestore }[]>();

  add({ template, rewrite = template }: RestoredRoute): void {
    const [first = ''] = rewrite.slice(1).split('/');
    const key = isParam(first) ? '' : first;
    const routes = this.#byFirst.get(key) ?? [];
    routes.push({ template, restore: compileRestore(template, rewrite) });
    this.#byFirst.set(key, routes);
  }

  /** For the route with this template. */
  for(template: string): PathRestore {
    return (path) => {
      const [first = ''] = path.slice(1).split('/');
      let best: string | undefined;
      let most = -1;
      for (const key of first === '' ? [''] : [first, '']) {
        for (const route of this.#byFirst.get(key) ?? []) {
          const found = route.restore(path);
          const shared = found === undefined ? -1 : sharedChars(template, route.template);
          if (shared <= most) continue;
          best = found;
          most = shared;
        }
      }
      return best;
    };
  }
}

function sharedChars(a: string, b: string): number {
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared += 1;
  return shared;
}
