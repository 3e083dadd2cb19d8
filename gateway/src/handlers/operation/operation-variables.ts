/** The variables of a named operation, from a request's path, query and JSON body, read as their types say. */
import { Kind, type TypeNode } from 'graphql';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { RestOperation } from '../../graph/operations/rest-operation.ts';

type Values = Record<string, unknown>;

/** Throws `invalid_request` with a line for each fault. What is of a type of the schema, the graph checks. */
export function operationVariables(
  { variables, parameters, body: bodyVariable }: RestOperation,
  { query, route }: Pick<Exchange, 'query' | 'route'>,
  body: unknown,
): Readonly<Values> {
  const values: Values = {};
  const errors: { detail: string; parameter: string }[] = [];
  if (bodyVariable !== undefined && body !== undefined) values[bodyVariable] = body;
  else if (isMap(body)) {
    for (const [name, value] of Object.entries(body)) {
      if (variables.has(name)) values[name] = value;
      else errors.push({ detail: `There is no ${name}`, parameter: name });
    }
  } else if (body !== undefined)
    throw new FrontdeskError('bad_request', { detail: 'the body is no JSON object' });
  for (const [name, texts] of queryOf(query)) {
    const variable = variables.get(name);
    if (!variable) errors.push({ detail: `There is no ${name}`, parameter: name });
    else if (!parameters.includes(name)) values[name] = readTexts(variable.type, texts);
  }
  for (const name of parameters) {
    const variable = variables.get(name);
    if (variable) values[name] = readTexts(variable.type, [decoded(route?.params[name] ?? '')]);
  }
  for (const { name, required } of variables.values()) {
    const value = values[name];
    if (value === undefined ? required : value === INVALID)
      errors.push({
        detail: value === INVALID ? `${name} is not of its type` : `${name} is missing`,
        parameter: name,
      });
  }
  if (errors.length > 0) throw new FrontdeskError('invalid_request', { members: { errors } });
  return values;
}

/** No value of the type. */
const INVALID = Symbol('invalid');

function readTexts(type: TypeNode, texts: readonly string[]): unknown {
  const bare = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  if (bare.kind !== Kind.LIST_TYPE) return texts.length === 1 ? readText(bare, texts[0] ?? '') : INVALID;
  const items = texts.map((text) => readTexts(bare.type, [text]));
  return items.includes(INVALID) ? INVALID : items;
}

function readText(type: TypeNode, text: string): unknown {
  switch (type.kind === Kind.NAMED_TYPE ? type.name.value : '') {
    case 'Int':
      return /^-?\d{1,10}$/.test(text) ? Number(text) : INVALID;
    case 'Float':
      return /^-?\d{1,16}(\.\d{1,16})?([eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : INVALID;
    case 'Boolean':
      return text === 'true' ? true : text === 'false' ? false : INVALID;
    case 'String':
    case 'ID':
      return text;
    default:
      return /^[[{]/.test(text) ? jsonOf(text) : text;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return INVALID;
  }
}

const MAX_PARAMETERS = 200;

function queryOf(query: string): Map<string, string[]> {
  const texts = new Map<string, string[]>();
  let count = 0;
  for (const [name, text] of query === '' ? [] : new URLSearchParams(query)) {
    if (++count > MAX_PARAMETERS) throw new FrontdeskError('bad_request', { detail: 'too many parameters' });
    const before = texts.get(name);
    if (before) before.push(text);
    else texts.set(name, [text]);
  }
  return texts;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new FrontdeskError('bad_request', { detail: 'a path parameter is no UTF-8', cause });
  }
}

function isMap(value: unknown): value is Readonly<Values> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
