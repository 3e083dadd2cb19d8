/**
 * Path templates of OpenAPI (§4.8.8.2): which of them a path is of, and its parameters. A template with more written-out
 * text in front comes before one with a parameter there, as the specification has it.
 */

type Piece = { readonly text: string } | { readonly name: string };

interface Template<T> {
  readonly template: string;
  readonly segments: readonly (readonly Piece[])[];
  readonly value: T;
}

export interface PathFound<T> {
  readonly value: T;
  /** As they came, percent-encoded. */
  readonly params: Readonly<Record<string, string>>;
}

export class PathIndex<T> {
  readonly #bySize = new Map<number, Template<T>[]>();

  constructor(entries: Iterable<readonly [template: string, value: T]>) {
    for (const [template, value] of entries) {
      const segments = template.split('/').slice(1).map(piecesOf);
      const same = this.#bySize.get(segments.length) ?? [];
      same.push({ template, segments, value });
      this.#bySize.set(segments.length, same);
    }
    for (const same of this.#bySize.values()) same.sort(byText);
  }

  /** `path` is canonical. */
  find(path: string): PathFound<T> | undefined {
    const segments = path.slice(1).split('/');
    for (const { segments: pieces, value } of this.#bySize.get(segments.length) ?? []) {
      const params: Record<string, string> = Object.create(null);
      if (segments.every((segment, i) => takes(pieces[i] ?? [], segment, params))) return { value, params };
    }
    return undefined;
  }
}

function piecesOf(segment: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of segment.matchAll(/\{([^{}]+)\}/g)) {
    if (match.index > end) pieces.push({ text: segment.slice(end, match.index) });
    pieces.push({ name: match[1] ?? '' });
    end = match.index + match[0].length;
  }
  if (end < segment.length || pieces.length === 0) pieces.push({ text: segment.slice(end) });
  return pieces;
}

/** A parameter takes at least one character, and as many as leave room for the text behind it. */
function takes(pieces: readonly Piece[], segment: string, params: Record<string, string>): boolean {
  let at = 0;
  for (const [i, piece] of pieces.entries()) {
    if ('text' in piece) {
      const text = encoded(piece.text);
      if (!segment.startsWith(text, at)) return false;
      at += text.length;
      continue;
    }
    const end = endOf(pieces, i, segment, at);
    if (end <= at) return false;
    params[piece.name] = segment.slice(at, end);
    at = end;
  }
  return at === segment.length;
}

/** Where the parameter ends that is the piece `i`: before the text behind it; the last text is the segment's end. */
function endOf(pieces: readonly Piece[], i: number, segment: string, at: number): number {
  const next = pieces[i + 1];
  if (!next || !('text' in next)) return segment.length;
  const text = encoded(next.text);
  return i + 2 === pieces.length ? segment.length - text.length : segment.indexOf(text, at + 1);
}

/** As canonical paths write it. */
function encoded(text: string): string {
  return /^[\w.~:@!$&'()*+,;=-]*$/.test(text) ? text : encodeURI(text);
}

function byText<T>(a: Template<T>, b: Template<T>): number {
  for (const [i, pieces] of a.segments.entries()) {
    const difference = rank(pieces) - rank(b.segments[i] ?? []);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Text alone, text in front, a parameter. */
function rank(pieces: readonly Piece[]): number {
  const [first] = pieces;
  if (!first || 'name' in first) return pieces.length > 1 ? 2 : 3;
  return pieces.length === 1 ? 0 : 1;
}
