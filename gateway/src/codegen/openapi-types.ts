/**
 * A backend's OpenAPI document (3.0, 3.1) as the endpoints that `defineBackends` takes: for each operation what it
 * answers, its query, its body and the header fields it asks for. Operations that the clients of a BFF cannot call
 * (an answer or a body that is no JSON, a path that is no template) are left out and told.
 */
import { METHODS } from '../bff/backend.ts';
import { parsePathTemplate } from '../bff/path-template.ts';
import { suggestion } from '../config/nearest.ts';
import { DescriptionError } from '../validation/description-error.ts';
import { Documents, type Place } from '../validation/documents.ts';
import { isRecord } from '../validation/pointer.ts';
import type { BatchConfig, UpstreamTypesConfig } from './config.ts';
import { SchemaTypes } from './json-schema-types.ts';
import {
  docComment,
  fileHead,
  type Member,
  memberName,
  objectType,
  quoted,
  typeName,
  union,
} from './ts-text.ts';
import { TypesError } from './types-error.ts';

export interface UpstreamTypes {
  readonly text: string;
  /** The value that the file exports. */
  readonly value: string;
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** How a source is called: under which name its backend is known, and what messages call the file. */
export interface SourceName {
  readonly upstream: string;
  readonly file: string;
  /** As the configuration writes it. */
  readonly written: string;
  readonly value: string;
}

type Method = (typeof METHODS)[number];

interface Operation {
  readonly method: Method;
  readonly path: string;
  readonly place: Place;
  /** Of the path and of the operation. */
  readonly parameters: readonly Place[];
}

/** Header parameters of these names are no parameters (OpenAPI §4.8.12.2); identity is the gateway's own matter. */
const NO_HEADERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization', 'cookie']);
const NO_CONTENT: ReadonlySet<string> = new Set(['204', '205']);

/** Rejects with a `TypesError`. */
export async function openapiTypes(source: SourceName, config: UpstreamTypesConfig): Promise<UpstreamTypes> {
  try {
    const documents = await Documents.read(source.file, 'schema');
    return new OpenapiTypes(documents, source, config).make();
  } catch (error) {
    if (error instanceof DescriptionError)
      throw new TypesError([`upstream ${source.upstream}: ${error.message}`]);
    throw error;
  }
}

class OpenapiTypes {
  readonly #documents: Documents;
  readonly #source: SourceName;
  readonly #config: UpstreamTypesConfig;
  readonly #types: SchemaTypes;
  readonly #notes: string[] = [];

  constructor(documents: Documents, source: SourceName, config: UpstreamTypesConfig) {
    this.#documents = documents;
    this.#source = source;
    this.#config = config;
    this.#types = new SchemaTypes(documents, config.strip);
  }

  make(): UpstreamTypes {
    const operations = this.#operations();
    this.#check(operations);
    const chosen = operations.filter(({ path }) => this.#config.paths?.includes(path) ?? true);
    const methods = METHODS.flatMap((method) => {
      const lines = chosen.filter((one) => one.method === method).map((one) => this.#endpoint(one));
      const text = lines.filter((line) => line !== undefined).join('');
      return text === '' ? [] : [`  ${method}: {\n${text}  },\n`];
    });
    const { value, written } = this.#source;
    const text = [
      fileHead(written),
      "import { json } from '@frontdesk/gateway/bff';\n",
      ...this.#types.declarations,
      `export const ${value} = {\n${methods.join('')}};\n`,
    ];
    return { text: text.join('\n'), value, notes: this.#notes };
  }

  #operations(): Operation[] {
    const paths = this.#documents.at(this.#documents.root, 'paths');
    if (!isRecord(paths.value))
      throw this.#documents.error(paths, 'has no paths: expected an OpenAPI document');
    return Object.keys(paths.value).flatMap((path) => {
      const item = this.#documents.resolve(this.#documents.at(paths, path));
      return METHODS.flatMap((method) => {
        const place = this.#documents.at(item, method);
        if (!isRecord(place.value)) return [];
        return [{ method, path, place, parameters: this.#parameters(item, place) }];
      });
    });
  }

  /** Those of an operation replace those of its path (§4.8.9.1). */
  #parameters(item: Place, operation: Place): Place[] {
    const found = new Map<string, Place>();
    for (const holder of [item, operation]) {
      const { value } = this.#documents.at(holder, 'parameters');
      for (const index of Array.isArray(value) ? value.keys() : []) {
        const place = this.#documents.resolve(this.#documents.at(holder, 'parameters', String(index)));
        if (isRecord(place.value)) found.set(`${place.value.in} ${place.value.name}`, place);
      }
    }
    return [...found.values()];
  }

  /** What the configuration names must be there. */
  #check(operations: readonly Operation[]): void {
    const known = [...new Set(operations.map(({ path }) => path))];
    const faults: string[] = [];
    const where = `upstream ${this.#source.upstream}`;
    for (const path of [...(this.#config.paths ?? []), ...Object.keys(this.#config.batch)]) {
      if (!known.includes(path)) {
        faults.push(`${where}: ${this.#source.written} has no path "${path}"; ${suggestion(path, known)}`);
      }
    }
    for (const [path, batch] of Object.entries(this.#config.batch)) {
      const fault = this.#batchFault(operations, path, batch);
      if (fault !== undefined && known.includes(path)) faults.push(`${where}: batch of ${path}: ${fault}`);
    }
    if (faults.length > 0) throw new TypesError(faults);
  }

  #batchFault(operations: readonly Operation[], path: string, batch: BatchConfig): string | undefined {
    const gets = operations.filter(({ method }) => method === 'get');
    if (parsePathTemplate(path)?.names.length !== 1) return 'expected a path of exactly one parameter';
    if (!gets.some((one) => one.path === path)) return `there is no GET ${path}`;
    const list = gets.find((one) => one.path === batch.path);
    if (!list)
      return `there is no GET ${batch.path}; ${suggestion(
        batch.path,
        gets.map((one) => one.path),
      )}`;
    const params = list.parameters.flatMap(({ value }) =>
      isRecord(value) && value.in === 'query' ? [String(value.name)] : [],
    );
    if (!params.includes(batch.param))
      return `GET ${batch.path} has no query parameter "${batch.param}"; ${suggestion(batch.param, params)}`;
    const answer = this.#answers(list).schemas[0];
    if (!answer) return undefined;
    const items = this.#documents.resolve(answer);
    const listed = batch.items === undefined ? items : this.#property(items, batch.items);
    if (!listed) return `the answer of GET ${batch.path} has no member "${batch.items}"`;
    const item = this.#documents.at(listed, 'items');
    if (item.value === undefined)
      return `the answer of GET ${batch.path} is no list: name the member that is with items`;
    return this.#property(this.#documents.resolve(item), batch.key)
      ? undefined
      : `what GET ${batch.path} lists has no member "${batch.key}"`;
  }

  #property(schema: Place, name: string): Place | undefined {
    const own = this.#documents.at(schema, 'properties', name);
    return own.value === undefined ? undefined : this.#documents.resolve(own);
  }

  #endpoint(operation: Operation): string | undefined {
    const { method, path, place } = operation;
    const { operationId, summary, description } = isRecord(place.value) ? place.value : {};
    const base = typeName(typeof operationId === 'string' ? operationId : `${method} ${path}`);
    const body = this.#body(operation);
    const answers = this.#answers(operation);
    const why = parsePathTemplate(path) ? (answers.refused ?? body.refused) : 'the path is no template';
    if (why !== undefined) {
      this.#notes.push(
        `upstream ${this.#source.upstream}: ${method.toUpperCase()} ${path} is left out: ${why}`,
      );
      return undefined;
    }
    const one = answers.schemas.length === 1 && !answers.isEmpty ? answers.schemas[0] : undefined;
    const answer = one
      ? this.#types.named(`${base}Answer`, one)
      : union([
          ...answers.schemas.map((schema) => this.#types.type(schema)),
          ...(answers.isEmpty ? ['null'] : []),
        ]);
    const asked = this.#asked(operation, base, body);
    const batch =
      method === 'get' && Object.hasOwn(this.#config.batch, path) ? this.#config.batch[path] : undefined;
    const types = asked === undefined ? answer : `${answer}, ${asked}`;
    const options = batch ? `{ batch: ${batchText(batch)} }` : '';
    return `${docComment(summary ?? description, '    ')}    ${quoted(path)}: json<${types}>(${options}),\n`;
  }

  /** What the callers of an operation say, as a type; `undefined` where they may say what they like. */
  #asked(operation: Operation, base: string, body: Body): string | undefined {
    const members: Member[] = [];
    const query = this.#named(operation, 'query');
    members.push(this.#asMember('query', `${base}Query`, query));
    const headers = this.#named(operation, 'header').filter(({ optional }) => !optional);
    if (headers.length > 0)
      members.push({ ...this.#asMember('headers', `${base}Headers`, headers), optional: false });
    if (operation.method !== 'get') {
      const type = body.schema ? this.#types.named(`${base}Body`, body.schema) : 'undefined';
      members.push({ name: 'body', type, optional: !body.schema || !body.required });
    }
    return `{ ${members.map(({ name, type, optional }) => `readonly ${name}${optional ? '?' : ''}: ${type}`).join('; ')} }`;
  }

  #asMember(name: string, wanted: string, members: readonly Member[]): Member {
    if (members.length === 0) return { name, type: 'undefined', optional: true };
    const type = this.#types.names.take(wanted);
    this.#types.declare(type, objectType(members));
    return { name, type, optional: members.every(({ optional }) => optional) };
  }

  #named({ parameters }: Operation, place: 'query' | 'header'): Member[] {
    return parameters.flatMap((parameter): Member[] => {
      const { value } = parameter;
      if (!isRecord(value) || value.in !== place || typeof value.name !== 'string') return [];
      if (place === 'header' && NO_HEADERS.has(value.name.toLowerCase())) return [];
      const schema = this.#documents.at(parameter, 'schema');
      // What has a form of its own in a query (joined by commas, nested, JSON) the caller writes as text.
      const isPlain = value.content === undefined && value.style !== 'deepObject' && value.explode !== false;
      const type = place === 'query' && isPlain ? this.#types.type(schema, '  ') : 'string';
      const optional = value.required !== true;
      const { name, description } = value;
      return [
        {
          name,
          type: optional && place === 'query' ? union([type, 'null', 'undefined']) : type,
          optional,
          description,
        },
      ];
    });
  }

  #body({ place }: Operation): Body {
    const body = this.#documents.resolve(this.#documents.at(place, 'requestBody'));
    if (!isRecord(body.value)) return { schema: undefined, required: false, refused: undefined };
    const schema = this.#json(body);
    const refused = schema ? undefined : 'its body is no JSON';
    const required = body.value.required === true;
    return required || schema ? { schema, required, refused } : { schema, required, refused: undefined };
  }

  #answers({ place }: Operation): Answers {
    const responses = this.#documents.at(place, 'responses');
    const codes = isRecord(responses.value) ? Object.keys(responses.value) : [];
    const successes = codes.filter((code) => /^2(\d\d|XX)$/i.test(code));
    const schemas: Place[] = [];
    let isEmpty = false;
    let refused: string | undefined;
    for (const code of successes.length > 0 ? successes : codes.filter((one) => one === 'default')) {
      const response = this.#documents.resolve(this.#documents.at(responses, code));
      const schema = this.#json(response);
      if (schema) schemas.push(schema);
      else if (NO_CONTENT.has(code)) isEmpty = true;
      else refused = `its answer ${code} is no JSON`;
    }
    if (schemas.length === 0 && !isEmpty) refused ??= 'it states no successful answer';
    return { schemas, isEmpty, refused: schemas.length > 0 || isEmpty ? undefined : refused };
  }

  /** The schema of the JSON content that a request or response has. */
  #json(holder: Place): Place | undefined {
    const content = this.#documents.at(holder, 'content');
    const types = isRecord(content.value) ? Object.keys(content.value) : [];
    const type = types.find(
      (one) => /^application\/([^;]+\+)?json\b/i.test(one) && !/problem\+json/i.test(one),
    );
    return type === undefined ? undefined : this.#documents.at(content, type, 'schema');
  }
}

interface Body {
  readonly schema: Place | undefined;
  readonly required: boolean;
  readonly refused: string | undefined;
}

interface Answers {
  readonly schemas: readonly Place[];
  /** Whether there is a success without content. */
  readonly isEmpty: boolean;
  readonly refused: string | undefined;
}

function batchText(batch: BatchConfig): string {
  const members = Object.entries(batch).filter(([, value]) => value !== undefined);
  return `{ ${members.map(([name, value]) => `${memberName(name)}: ${quoted(String(value))}`).join(', ')} }`;
}
