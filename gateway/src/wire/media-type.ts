/**
 * Media types (RFC 9110 §8.3.1): the one reader of `Content-Type` for whoever decides by it, so that what is looked up and
 * what is checked are never two readings of one field.
 */

export interface MediaType {
  /** `type/subtype` in lower case. */
  readonly essence: string;
  /** Names in lower case; values without their quotes. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const PARAMETER =
  /^[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[^"\\]|\\.)*)"))?[ \t]*(?:;|$)/;
const MAX_LENGTH = 1_000;

/** `undefined` for what is none. A parameter that is given twice makes it none: readers differ on which holds. */
export function parseMediaType(value: string): MediaType | undefined {
  if (value.length > MAX_LENGTH) return undefined;
  const semicolon = value.indexOf(';');
  const essence = (semicolon < 0 ? value : value.slice(0, semicolon))
    .replace(/^[ \t]+|[ \t]+$/g, '')
    .toLowerCase();
  const [type = '', subtype = '', ...more] = essence.split('/');
  if (more.length > 0 || !TOKEN.test(type) || !TOKEN.test(subtype)) return undefined;
  const parameters = new Map<string, string>();
  let rest = semicolon < 0 ? '' : value.slice(semicolon + 1);
  while (rest !== '') {
    const found = PARAMETER.exec(rest);
    if (!found) return undefined;
    const [whole, name, token, quoted = ''] = found;
    if (name !== undefined) {
      const key = name.toLowerCase();
      if (parameters.has(key)) return undefined;
      parameters.set(key, token ?? quoted.replace(/\\(.)/g, '$1'));
    }
    rest = rest.slice(whole.length);
  }
  return { essence, parameters };
}

/** `application/json`, `application/problem+json`. */
export function isJsonType(essence: string): boolean {
  return essence === 'application/json' || essence === 'text/json' || essence.endsWith('+json');
}
