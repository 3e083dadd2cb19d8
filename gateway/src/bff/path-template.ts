/**
 * Path templates such as `/users/{id}` (RFC 6570, level 1, whole segments only). Whatever a value holds, it stays
 * one segment: it is percent-encoded (RFC 3986 §2.3), and the values that a server would read as something else
 * than a name (empty, `.`, `..`) are refused.
 */

export interface PathTemplate {
  readonly source: string;
  /** Literal text, or the name of a parameter. */
  readonly segments: readonly { readonly kind: 'literal' | 'parameter'; readonly text: string }[];
  readonly names: readonly string[];
}

const LITERAL = /^[A-Za-z0-9._~!$&'()*+,;=:@-]+$/;
const PARAMETER = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/;

/** The template, or `undefined` where the text is none. */
export function parsePathTemplate(source: string): PathTemplate | undefined {
  if (!source.startsWith('/')) return undefined;
  const segments: { kind: 'literal' | 'parameter'; text: string }[] = [];
  const names: string[] = [];
  for (const text of source === '/' ? [] : source.slice(1).split('/')) {
    const name = PARAMETER.exec(text)?.[1];
    if (name !== undefined) {
      if (names.includes(name)) return undefined;
      names.push(name);
      segments.push({ kind: 'parameter', text: name });
    } else if (LITERAL.test(text) && !isDotSegment(text)) {
      segments.push({ kind: 'literal', text });
    } else {
      return undefined;
    }
  }
  return { source, segments, names };
}

/** The path with its values filled in, or `undefined` where one is missing or may not be a segment. */
export function fillPath(
  template: PathTemplate,
  values: Readonly<Record<string, string | number>>,
): string | undefined {
  let path = '';
  for (const { kind, text } of template.segments) {
    if (kind === 'literal') {
      path += `/${text}`;
      continue;
    }
    const value = Object.hasOwn(values, text) ? String(values[text]) : '';
    if (value === '' || isDotSegment(value) || !value.isWellFormed()) return undefined;
    path += `/${encodeURIComponent(value)}`;
  }
  return path === '' ? '/' : path;
}

/**
 * The values in a path that was written out, or `undefined` where it does not fit. Each parameter takes exactly
 * one segment of unreserved characters, so that nothing written into a path can add a segment, a query, or a
 * character that some server decodes once more.
 */
export function matchPath(template: PathTemplate, path: string): Record<string, string> | undefined {
  if (!path.startsWith('/')) return undefined;
  const parts = path === '/' ? [] : path.slice(1).split('/');
  if (parts.length !== template.segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, { kind, text }] of template.segments.entries()) {
    const part = parts[index] ?? '';
    if (kind === 'literal') {
      if (part !== text) return undefined;
    } else if (LITERAL.test(part) && !isDotSegment(part)) {
      values[text] = part;
    } else {
      return undefined;
    }
  }
  return values;
}

function isDotSegment(text: string): boolean {
  return text === '.' || text === '..';
}
