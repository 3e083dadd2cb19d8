/**
 * Where in the text of a schema a fault is, as `file:line`. The reader of schemas says lines of what it cannot read, and
 * of what does not fit together only names: these are looked for in the text.
 */

/** What it said of a text that it could not read. */
export function parseFault(path: string, text: string, error: unknown): string {
  // It stumbles over the end of a text.
  if (
    !(error instanceof Error) ||
    error instanceof TypeError ||
    error.message.startsWith("illegal token 'null'")
  )
    return `${path}:${text.trimEnd().split('\n').length}: the file ends in the middle of a definition`;
  const said = / \(line (\d+)\)$/.exec(error.message);
  if (said) return `${path}:${said[1]}: ${error.message.slice(0, said.index)}`;
  return `${path}${placeOf(text, error.message) ?? ''}: ${error.message}`;
}

/** What it said when it put the texts together, by path. */
export function resolveFault(texts: ReadonlyMap<string, string>, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  for (const [path, text] of texts) {
    const place = placeOf(text, message);
    if (place !== undefined) return `${path}${place}: ${message}`;
  }
  return `${[...texts.keys()].join(', ')}: ${message}`;
}

/** `file:line` of a method's definition; the file alone where it is not found. */
export function methodPlace(path: string, text: string, service: string, method: string): string {
  const code = withoutComments(text);
  const start = indexOf(code, new RegExp(`\\bservice\\s+${wordOf(service)}\\b`), 0);
  const at = start < 0 ? -1 : indexOf(code, new RegExp(`\\brpc\\s+${wordOf(method)}\\b`), start);
  return at < 0 ? path : `${path}:${lineAt(code, at)}`;
}

/** `:line` of the names in a message: `no such Type or Enum 'Foo' in Type .shop.Order`, `duplicate id 1 in Type Order`. */
function placeOf(text: string, message: string): string | undefined {
  const said =
    /(?:'([\w.]+)'|no such type: ([\w.]+)|duplicate id (\d+))(?: in (?:Type|Enum|Service) \.?([\w.]+))?/.exec(
      message,
    );
  if (!said) return undefined;
  const [, quoted, type, id, within] = said;
  const code = withoutComments(text);
  const start =
    within === undefined
      ? 0
      : indexOf(code, new RegExp(`\\b(?:message|enum|service)\\s+${wordOf(within)}\\b`), 0);
  if (start < 0) return undefined;
  const wanted =
    id === undefined ? new RegExp(`\\b${wordOf(quoted ?? type ?? '')}\\b`) : new RegExp(`=\\s*${id}\\b`);
  let at = indexOf(code, wanted, Math.max(0, start));
  // Of what is there twice, the second is too many.
  if (at >= 0 && message.startsWith('duplicate')) at = indexOf(code, wanted, at + 1);
  return at < 0 ? undefined : `:${lineAt(code, at)}`;
}

/** The last part of a name, which is what a text may write instead of all of it. */
function wordOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).replaceAll(/\W/g, '');
}

function indexOf(code: string, pattern: RegExp, from: number): number {
  const at = code.slice(from).search(pattern);
  return at < 0 ? -1 : from + at;
}

function lineAt(code: string, index: number): number {
  let line = 1;
  for (let i = code.indexOf('\n'); i >= 0 && i < index; i = code.indexOf('\n', i + 1)) line += 1;
  return line;
}

/** The same text, line for line, without what is not read. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' '));
}
