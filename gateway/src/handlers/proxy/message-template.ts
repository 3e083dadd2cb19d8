/**
 * Messages made of a request: text with places such as `{body}` (the request's body as it came), `{body.user.id}`,
 * `{params.id}`, `{query.unit}` and `{identity.subject}`. They are put in as JSON text, so that no caller can write more
 * than a value; what is not there is `null`. Where `{body}` is not the whole template the body must be JSON, for the same
 * reason. Any other brace is text.
 */
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';

/** Makes one message of a request. Throws `bad_request` where it needs a JSON body and there is none. */
export type MessageTemplate = (request: TemplateSource) => string;

export interface TemplateSource {
  readonly exchange: Pick<Exchange, 'route' | 'query' | 'identity'>;
  /** The body as text. */
  readonly body: string;
}

type Part = (source: Source) => string;

/** What is read but once for all places of all templates. */
class Source {
  readonly given: TemplateSource;
  #json: { readonly value: unknown } | undefined;
  #query: URLSearchParams | undefined;

  constructor(given: TemplateSource) {
    this.given = given;
  }

  get json(): unknown {
    if (this.#json) return this.#json.value;
    try {
      this.#json = { value: JSON.parse(this.given.body) };
      return this.#json.value;
    } catch {
      throw new FrontdeskError('bad_request', {
        detail: 'the body is not JSON',
        members: { reason: 'The body must be JSON.' },
      });
    }
  }

  /** The body as it came, which is one JSON value. */
  get jsonText(): string {
    void this.json;
    return this.given.body;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.given.exchange.query);
    return this.#query;
  }
}

const PLACE = /\{([A-Za-z_][\w.-]*)\}/g;

/** Throws `RangeError` for a place that nothing can fill. */
export function compileMessage(template: string): MessageTemplate {
  const parts: Part[] = [];
  let end = 0;
  for (const match of template.matchAll(PLACE)) {
    const text = template.slice(end, match.index);
    const isAll = match[0].length === template.length;
    parts.push(() => text, placeOf(match[1] ?? '', isAll));
    end = match.index + match[0].length;
  }
  const rest = template.slice(end);
  return (given) => {
    const source = new Source(given);
    return parts.reduce((text, part) => text + part(source), '') + rest;
  };
}

/** `isAll`: the template is nothing else. */
function placeOf(name: string, isAll: boolean): Part {
  if (name === 'body') return isAll ? ({ given }) => given.body : (source) => source.jsonText;
  const [kind, ...path] = name.split('.');
  const key = path.join('.');
  const single = path.length === 1 && key !== '';
  if (kind === 'body' && path.every((one) => one !== '')) return ({ json }) => text(memberAt(json, path));
  if (kind === 'params' && single) return ({ given }) => text(decoded(given.exchange.route?.params, key));
  if (kind === 'query' && single) return ({ query }) => text(query.get(key));
  if (name === 'identity.subject') return ({ given }) => text(given.exchange.identity?.subject);
  if (name === 'identity.tenant') return ({ given }) => text(given.exchange.identity?.tenant);
  if (name === 'identity.consumer') return ({ given }) => text(given.exchange.identity?.consumer);
  throw new RangeError(`{${name}} is filled by nothing`);
}

function text(value: unknown): string {
  return JSON.stringify(value ?? null);
}

/** Parameters come as they stood in the path. */
function decoded(params: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  const value = params && Object.hasOwn(params, name) ? params[name] : undefined;
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The member that names lead to, from the top; `undefined` where there is none. */
export function memberAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = Object.getOwnPropertyDescriptor(found, name)?.value;
  }
  return found;
}
