/**
 * OpenAPI documents, 3.1 and 3.0, as operations (https://spec.openapis.org/oas/v3.1.1). What a document says that cannot be
 * checked is a fault when it is loaded, with its place; never a check that silently does not happen.
 */

import { isJsonType } from '../wire/media-type.ts';
import { type Check, Checks } from './compile.ts';
import type { OpenapiConfig } from './config.ts';
import type { Documents, Place } from './documents.ts';
import { openapiBody } from './openapi-body.ts';
import type { Operation, Parameter, ParameterPlace, ReplyRule } from './operation.ts';
import { isRecord } from './pointer.ts';
import type { Style } from './style.ts';
import { shapeOf } from './text-shape.ts';

export interface DescribedOperation {
  readonly template: string;
  readonly operation: Operation;
}

export interface OpenapiDocument {
  readonly operations: readonly DescribedOperation[];
  /** Paths of its servers, without a slash at the end. */
  readonly basePaths: readonly string[];
  /** To be compiled before an operation is used. */
  readonly checks: readonly Checks[];
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;
const MAX_OPERATIONS = 2_000;
/** Parameters that are no parameters (§4.8.12.2). */
const NO_PARAMETERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization']);
const STYLES: Readonly<Record<ParameterPlace, readonly Style[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
};

/** @throws DescriptionError */
export function readOpenapi(documents: Documents, config: OpenapiConfig): OpenapiDocument {
  return new OpenapiReader(documents, config).read();
}

class OpenapiReader {
  readonly #documents: Documents;
  readonly #config: OpenapiConfig;
  readonly #requests: Checks;
  readonly #replies: Checks;
  readonly #isOld: boolean;

  constructor(documents: Documents, config: OpenapiConfig) {
    this.#documents = documents;
    this.#config = config;
    this.#isOld = isOldVersion(documents);
    const options = {
      documents,
      isOldDialect: this.#isOld,
      isStrict: config.strict,
      takesAnyPattern: config.patterns === 'any',
    };
    this.#requests = new Checks({ ...options, direction: 'request' });
    this.#replies = new Checks({ ...options, direction: 'reply' });
  }

  read(): OpenapiDocument {
    const documents = this.#documents;
    const paths = documents.at(documents.root, 'paths');
    if (!isRecord(paths.value)) throw documents.error(documents.root, 'has no paths');
    const operations: DescribedOperation[] = [];
    const ids: string[] = [];
    for (const template of Object.keys(paths.value)) {
      if (!template.startsWith('/')) continue;
      const item = documents.resolve(documents.at(paths, template));
      for (const method of METHODS) {
        const place = documents.at(item, method);
        if (!isRecord(place.value)) continue;
        const id = typeof place.value.operationId === 'string' ? place.value.operationId : undefined;
        if (id !== undefined) ids.push(id);
        if (this.#config.operation !== undefined && this.#config.operation !== id) continue;
        operations.push({ template, operation: this.#operation(item, place, method, id) });
        if (operations.length > MAX_OPERATIONS) {
          throw documents.error(paths, `has more than ${MAX_OPERATIONS} operations: name one by operation`);
        }
      }
    }
    if (operations.length === 0) throw new UnknownOperation(this.#config.operation, ids);
    return { operations, basePaths: basePathsOf(documents), checks: [this.#requests, this.#replies] };
  }

  #operation(item: Place, place: Place, method: string, id: string | undefined): Operation {
    const documents = this.#documents;
    const { request, unknownQuery, response, unread } = this.#config;
    const body = documents.resolve(documents.at(place, 'requestBody'));
    return {
      method: method.toUpperCase(),
      id,
      parameters: request ? this.#parameters(item, place) : [],
      groups: [],
      refusesUnknownQuery: unknownQuery === 'refuse',
      ...openapiBody(documents, body, (schema) => this.#requests.add(schema), unread),
      takesAnyBody: !request,
      replies: response === 'off' ? undefined : this.#repliesOf(place),
    };
  }

  /** Those of the path hold for all its operations, unless one says otherwise of the same parameter. */
  #parameters(item: Place, operation: Place): Parameter[] {
    const documents = this.#documents;
    const parameters = new Map<string, Parameter>();
    for (const owner of [item, operation]) {
      const list = documents.at(owner, 'parameters');
      const { length } = Array.isArray(list.value) ? list.value : [];
      for (let i = 0; i < length; i += 1) {
        const parameter = this.#parameter(documents.resolve(documents.at(list, String(i))));
        if (parameter) parameters.set(`${parameter.in} ${parameter.name}`, parameter);
      }
    }
    return [...parameters.values()];
  }

  #parameter(place: Place): Parameter | undefined {
    const documents = this.#documents;
    const { value } = place;
    if (!isRecord(value) || typeof value.name !== 'string' || !isPlace(value.in)) {
      throw documents.error(place, 'is no parameter: expected a name, and in: path, query, header or cookie');
    }
    const name = value.in === 'header' ? value.name.toLowerCase() : value.name;
    if (value.in === 'header' && NO_PARAMETERS.has(name)) return undefined;
    const common = {
      in: value.in,
      name,
      required: value.required === true || value.in === 'path',
      allowEmpty: value.in === 'query' && value.allowEmptyValue === true,
    };
    if (value.content !== undefined) {
      const [type = '', ...more] = isRecord(value.content) ? Object.keys(value.content) : [];
      if (more.length > 0 || !isJsonType(type)) {
        throw documents.error(documents.at(place, 'content'), 'expected application/json alone');
      }
      const schema = documents.at(place, 'content', type, 'schema');
      return { ...common, style: 'json', explode: false, ...this.#described(schema) };
    }
    const [usual = 'simple', ...others] = STYLES[value.in];
    const style = [usual, ...others].find((known) => known === (value.style ?? usual));
    if (!style) {
      const expected = [usual, ...others].join(', ');
      throw documents.error(
        documents.at(place, 'style'),
        `is no style of a parameter in ${value.in}: expected ${expected}`,
      );
    }
    const explode =
      typeof value.explode === 'boolean' ? value.explode : style === 'form' || style === 'deepObject';
    return { ...common, style, explode, ...this.#described(documents.at(place, 'schema')) };
  }

  #described(schema: Place): Pick<Parameter, 'shape' | 'check'> {
    if (schema.value === undefined)
      throw this.#documents.error(schema, 'is not there: a parameter needs one');
    return { shape: shapeOf(this.#documents, schema), check: this.#requests.add(schema) };
  }

  #repliesOf(operation: Place): ReadonlyMap<string, ReplyRule> {
    const documents = this.#documents;
    const responses = documents.at(operation, 'responses');
    const rules = new Map<string, ReplyRule>();
    for (const status of isRecord(responses.value) ? Object.keys(responses.value) : []) {
      const content = documents.at(documents.resolve(documents.at(responses, status)), 'content');
      const types = isRecord(content.value) ? Object.keys(content.value) : [];
      const contents = types.map((range) => {
        const schema = documents.at(content, range, 'schema');
        const isRead = schema.value !== undefined && (isJsonType(range) || range.endsWith('*'));
        const check: Check | undefined = isRead ? this.#replies.add(schema) : undefined;
        return { range: range.toLowerCase(), check };
      });
      rules.set(status.toUpperCase(), { contents });
    }
    return rules;
  }
}

/** `validate.operation` names none of the document's. */
export class UnknownOperation extends Error {
  readonly asked: string | undefined;
  readonly known: readonly string[];

  constructor(asked: string | undefined, known: readonly string[]) {
    super(asked === undefined ? 'there are no operations' : `no operation is named "${asked}"`);
    this.asked = asked;
    this.known = known;
  }
}

function isPlace(value: unknown): value is ParameterPlace {
  return value === 'path' || value === 'query' || value === 'header' || value === 'cookie';
}

function isOldVersion(documents: Documents): boolean {
  const version = documents.at(documents.root, 'openapi').value;
  if (typeof version === 'string' && version.startsWith('3.1.')) return false;
  if (typeof version === 'string' && version.startsWith('3.0.')) return true;
  throw documents.error(
    documents.root,
    'is no OpenAPI document that can be read: expected openapi: 3.1.x or 3.0.x',
  );
}

/** What stands before the paths: of each server's URL the path, variables by their defaults (§4.8.5). */
function basePathsOf(documents: Documents): string[] {
  const { value } = documents.at(documents.root, 'servers');
  const servers: readonly unknown[] = Array.isArray(value) ? value : [];
  const paths = servers.map((server) => {
    if (!isRecord(server) || typeof server.url !== 'string') return '';
    const { variables } = server;
    const url = server.url.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
      const variable = isRecord(variables) ? variables[name] : undefined;
      return isRecord(variable) ? String(variable.default ?? '') : '';
    });
    const path = URL.canParse(url, 'http://relative') ? new URL(url, 'http://relative').pathname : '';
    return path.replace(/\/+$/, '');
  });
  // Of two that begin alike the longer one is meant.
  return [...new Set(paths)].filter((path) => path !== '').sort((a, b) => b.length - a.length);
}
