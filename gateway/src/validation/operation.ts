/** One operation of an API, ready to hold requests and replies to: what OpenAPI documents and inline schemas become. */
import type { Check } from './compile.ts';
import type { Style } from './style.ts';
import type { TextShape } from './text-shape.ts';

export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie';

export interface Parameter {
  readonly in: ParameterPlace;
  /** Fields in lower case. */
  readonly name: string;
  readonly required: boolean;
  /** `json`: its text is JSON (`content` of OpenAPI). */
  readonly style: Style | 'json';
  readonly explode: boolean;
  readonly shape: TextShape;
  /** An empty text is let pass as it is. */
  readonly allowEmpty: boolean;
  readonly check: Check;
}

/** Parameters of one place that are described together, as an object. */
export interface ParameterGroup {
  readonly in: 'path' | 'query' | 'header';
  readonly shape: TextShape;
  readonly check: Check;
}

export interface BodyRule {
  /** A media type in lower case, or a range of them. */
  readonly range: string;
  /** How it is read; `unread` goes by as it comes. */
  readonly kind: 'json' | 'form' | 'text' | 'unread';
  readonly shape: TextShape;
  /** How members of a form are written that are not as usual. */
  readonly encoding: ReadonlyMap<string, { readonly style: Style; readonly explode: boolean }>;
  readonly check: Check | undefined;
}

export interface Operation {
  /** In capitals; `undefined` for any. */
  readonly method: string | undefined;
  readonly id: string | undefined;
  readonly parameters: readonly Parameter[];
  readonly groups: readonly ParameterGroup[];
  /** Whether query parameters that are not described are refused. */
  readonly refusesUnknownQuery: boolean;
  /** `undefined` where bodies are not described: then none may come, or any where `takesAnyBody`. */
  readonly bodies: readonly BodyRule[] | undefined;
  readonly takesAnyBody: boolean;
  readonly requiresBody: boolean;
  /** By status, class such as `2XX`, or `default`; `undefined` where replies are not looked at. */
  readonly replies: ReadonlyMap<string, ReplyRule> | undefined;
}

export interface ReplyRule {
  /** By media type or range; `undefined` where it is not to be read. */
  readonly contents: readonly { readonly range: string; readonly check: Check | undefined }[];
}

/** The most specific of the rules that a media type is of. */
export function ruleFor<T extends { readonly range: string }>(
  rules: readonly T[],
  essence: string,
): T | undefined {
  const type = `${essence.slice(0, essence.indexOf('/'))}/*`;
  return (
    rules.find(({ range }) => range === essence) ??
    rules.find(({ range }) => range === type) ??
    rules.find(({ range }) => range === '*/*')
  );
}
