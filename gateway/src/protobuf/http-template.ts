/**
 * Path templates of `google.api.http` (the grammar in google/api/http.proto): literals, `*` for one segment, `**` for
 * the rest, `{field.path=segments}` and a verb after a colon. Matching is by segments of the path as it came; a value
 * is decoded after it is cut out, so that no encoded slash makes a segment of its own.
 */

type Segment = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'one' | 'rest' };

export interface TemplateVariable {
  /** `['place', 'name']` of `{place.name}`. */
  readonly fieldPath: readonly string[];
  /** Segments from `start` up to `end`; `end` is undefined where it goes to the path's end. */
  readonly start: number;
  readonly end: number | undefined;
  /** Whether it may hold several segments: then its encoded slashes stay encoded. */
  readonly isMultiple: boolean;
}

export interface HttpTemplate {
  readonly source: string;
  readonly segments: readonly Segment[];
  readonly variables: readonly TemplateVariable[];
  readonly verb: string | undefined;
}

/** A variable's value, decoded, by its place among the template's variables. */
export type TemplateValues = readonly string[];

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const LITERAL = /^[A-Za-z0-9\-._~!$&'()+,;=@%]+$/;

/** Throws `RangeError` that says what is wrong with the template. */
export function parseHttpTemplate(source: string): HttpTemplate {
  if (!source.startsWith('/')) throw new RangeError('begins with no /');
  const segments: Segment[] = [];
  const variables: TemplateVariable[] = [];
  const { path, verb } = splitVerb(source);
  for (const part of splitSegments(path.slice(1))) {
    if (!part.startsWith('{')) {
      segments.push(segmentOf(part));
      continue;
    }
    const [name = '', inner = '*'] = splitOnce(part.slice(1, -1));
    if (!part.endsWith('}') || !IDENTIFIER.test(name)) throw new RangeError(`has the variable "${part}"`);
    const start = segments.length;
    for (const piece of inner.split('/')) segments.push(segmentOf(piece));
    const isOpen = segments.at(-1)?.kind === 'rest';
    const isMultiple = isOpen || segments.length - start > 1;
    const end = isOpen ? undefined : segments.length;
    variables.push({ fieldPath: name.split('.'), start, end, isMultiple });
  }
  const rest = segments.findIndex(({ kind }) => kind === 'rest');
  if (rest >= 0 && rest < segments.length - 1) throw new RangeError('has ** before its end');
  return { source, segments, variables, verb };
}

/**
 * The values of a path that fits, `undefined` where it does not. Throws `URIError` for a value that is badly encoded.
 */
export function matchHttpTemplate(template: HttpTemplate, path: string): TemplateValues | undefined {
  let rest = path;
  if (template.verb !== undefined) {
    const suffix = `:${template.verb}`;
    if (!path.endsWith(suffix)) return undefined;
    rest = path.slice(0, -suffix.length);
  }
  if (!rest.startsWith('/')) return undefined;
  const parts = rest.slice(1).split('/');
  if (!fits(template.segments, parts)) return undefined;
  return template.variables.map(({ start, end, isMultiple }) => {
    const value = parts.slice(start, end);
    return isMultiple ? value.map(decodeButSlashes).join('/') : decodeURIComponent(value[0] ?? '');
  });
}

/** Negative where `a` says more: a verb, then literals before `*` before `**`, segment by segment. */
export function compareTemplates(a: HttpTemplate, b: HttpTemplate): number {
  const verbs = Number(b.verb !== undefined) - Number(a.verb !== undefined);
  if (verbs !== 0) return verbs;
  for (let i = 0; i < Math.max(a.segments.length, b.segments.length); i += 1) {
    const difference = rankOf(a.segments[i]) - rankOf(b.segments[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What a template takes, in comparable text: alike for two that can never be told apart. */
export function templateShape({ segments, verb }: HttpTemplate): string {
  const path = segments.map((one) => (one.kind === 'literal' ? one.text : one.kind === 'one' ? '*' : '**'));
  return `/${path.join('/')}${verb === undefined ? '' : `:${verb}`}`;
}

function rankOf(segment: Segment | undefined): number {
  if (!segment) return 3;
  return segment.kind === 'literal' ? 0 : segment.kind === 'one' ? 1 : 2;
}

function fits(segments: readonly Segment[], parts: readonly string[]): boolean {
  const isOpen = segments.at(-1)?.kind === 'rest';
  if (isOpen ? parts.length < segments.length - 1 : parts.length !== segments.length) return false;
  for (const [i, segment] of segments.entries()) {
    if (segment.kind === 'rest') return true;
    const part = parts[i] ?? '';
    if (segment.kind === 'literal' ? part !== segment.text : part === '') return false;
  }
  return true;
}

function segmentOf(text: string): Segment {
  if (text === '*') return { kind: 'one' };
  if (text === '**') return { kind: 'rest' };
  if (!LITERAL.test(text)) throw new RangeError(`has the segment "${text}"`);
  return { kind: 'literal', text };
}

/** At slashes that stand in no variable. */
function splitSegments(path: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= path.length; i += 1) {
    const letter = path[i];
    if (letter === '{') depth += 1;
    else if (letter === '}') depth -= 1;
    else if (letter === undefined || (letter === '/' && depth === 0)) {
      parts.push(path.slice(start, i));
      start = i + 1;
    }
  }
  return parts;
}

function splitVerb(source: string): { path: string; verb: string | undefined } {
  const colon = source.lastIndexOf(':');
  if (colon < 0 || colon < source.lastIndexOf('/') || colon < source.lastIndexOf('}')) {
    return { path: source, verb: undefined };
  }
  const verb = source.slice(colon + 1);
  if (!LITERAL.test(verb)) throw new RangeError(`has the verb "${verb}"`);
  return { path: source.slice(0, colon), verb };
}

function splitOnce(text: string): [string, string?] {
  const at = text.indexOf('=');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decodeButSlashes(part: string): string {
  return part
    .split(/(%2f)/i)
    .map((piece, i) => (i % 2 === 1 ? piece : decodeURIComponent(piece)))
    .join('');
}
