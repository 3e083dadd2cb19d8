/**
 * GraphQL over HTTP (the GraphQL foundation's specification of that name): what a request means, which media type
 * its answer takes, and the status that goes with it. Pure: bytes and fields in, values out.
 *
 * A browser sends no POST of `application/json` across origins without asking first (CORS preflight), and no
 * other type is taken: so nothing that changes anything can be forged from a foreign page.
 */
import { FrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';
import { isNestedDeeper } from '../json/json-depth.ts';

/** A request's parameters (§5.1). */
export interface GraphqlParameters {
  /** `undefined` only where the request names a document. */
  readonly query: string | undefined;
  /** The identifier of a document (the draft "Persisted Documents"); Relay's `id` and `doc_id` are read as it. */
  readonly documentId: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

export type GraphqlMediaType = 'application/graphql-response+json' | 'application/json';

/** Deeper variables than any input type of sense. */
const MAX_JSON_DEPTH = 64;

/** The public word on what is wrong with a request. */
function refuse(code: 'bad_request' | 'unsupported_media_type', reason: string): FrontdeskError {
  return new FrontdeskError(code, { detail: reason, members: { reason } });
}

/**
 * The parameters of a GET request (§5.3), from its query string without `?`. Throws `bad_request`, and
 * `unsupported_media_type` for a content type other than JSON.
 */
export function decodeGet(queryString: string, headers: HeaderFields): GraphqlParameters {
  // A content type on a GET serves only to slip a request past checks that look for one.
  if (headers.has('content-type')) requireJson(headers);
  else refuseForeignPage(headers);
  const parameters = new URLSearchParams(queryString);
  const single = (name: string): string | undefined => {
    const values = parameters.getAll(name);
    if (values.length > 1) throw refuse('bad_request', `The parameter "${name}" is given more than once.`);
    return values[0];
  };
  const query = single('query') || undefined;
  const documentId = single('documentId') || (query === undefined && (single('id') || single('doc_id')));
  return withDocument({
    query,
    documentId: documentId || undefined,
    operationName: single('operationName') || undefined,
    variables: optionalMap('variables', parseJsonParameter('variables', single('variables'))),
    extensions: optionalMap('extensions', parseJsonParameter('extensions', single('extensions'))),
  });
}

/** There must be a document, by its text or by a name. */
function withDocument(parameters: GraphqlParameters): GraphqlParameters {
  const { query, documentId, extensions } = parameters;
  if (query !== undefined || documentId !== undefined) return parameters;
  if (extensions && Object.hasOwn(extensions, 'persistedQuery')) return parameters;
  throw refuse('bad_request', 'The parameter "query" is missing.');
}

/** Fields that no page may send to another site without being asked by the browser first (a CORS preflight). */
const ASKED_FOR_FIRST = ['frontdesk-debug', 'apollo-require-preflight', 'x-apollo-operation-name'];

/**
 * A page of another site can make a browser send a GET, cookies included. It cannot read the answer, but it can make us
 * work and take the time. Browsers say so (Fetch Metadata); then something must show that they asked first.
 */
function refuseForeignPage(headers: HeaderFields): void {
  const site = headers.get('sec-fetch-site');
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  if (ASKED_FOR_FIRST.some((name) => headers.has(name))) return;
  const reason = `A request from another site needs the content type application/json or one of ${ASKED_FOR_FIRST.join(', ')}.`;
  throw refuse('bad_request', reason);
}

function parseJsonParameter(name: string, text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  if (isNestedDeeper(Buffer.from(text), MAX_JSON_DEPTH)) {
    throw refuse('bad_request', `The parameter "${name}" is nested too deeply.`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw refuse('bad_request', `The parameter "${name}" is not valid JSON.`);
  }
}

/** The content type of a POST must be JSON in UTF-8. Throws `unsupported_media_type` before a body is read. */
export function requireJson(headers: HeaderFields): void {
  if (headers.count('content-type') > 1) throw refuse('bad_request', 'There is more than one content type.');
  const [type, ...parameters] = (headers.get('content-type') ?? '').split(';');
  if (type?.trim().toLowerCase() !== 'application/json') {
    throw refuse('unsupported_media_type', 'The content type must be application/json.');
  }
  for (const parameter of parameters) {
    const [name, value] = parameter.split('=');
    if (name?.trim().toLowerCase() !== 'charset') continue;
    if (!/^"?utf-?8"?$/i.test(value?.trim() ?? '')) {
      throw refuse('unsupported_media_type', 'The charset must be utf-8.');
    }
  }
  const encoding = headers.get('content-encoding');
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw refuse('unsupported_media_type', 'The body must not be encoded.');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The parameters of a POST request's JSON body (§5.4). Throws `bad_request`. */
export function decodePost(bytes: Uint8Array): GraphqlParameters {
  return decodeParameters(jsonBody(bytes));
}

/** As `decodePost`, for a body that may also be a list of 1 to `max` requests. */
export function decodeBatch(bytes: Uint8Array, max: number): GraphqlParameters | GraphqlParameters[] {
  const body = jsonBody(bytes);
  if (!Array.isArray(body)) return decodeParameters(body);
  if (body.length === 0) throw refuse('bad_request', 'The batch is empty.');
  if (body.length > max) throw refuse('bad_request', `A batch holds at most ${max} requests.`);
  return body.map(decodeParameters);
}

/** The JSON of a body in UTF-8, whatever it holds. Throws `bad_request`, for what nests too deeply too. */
export function jsonBody(bytes: Uint8Array): unknown {
  if (isNestedDeeper(bytes, MAX_JSON_DEPTH)) throw refuse('bad_request', 'The body is nested too deeply.');
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw refuse('bad_request', 'The body is not valid JSON.');
  }
}

/** The parameters that a JSON value holds, be it a body or a message's payload. Throws `bad_request`. */
export function decodeParameters(value: unknown): GraphqlParameters {
  if (Array.isArray(value)) throw refuse('bad_request', 'Batches are not served.');
  if (!isMap(value)) throw refuse('bad_request', 'The body must be a JSON object.');
  const query = optionalText('query', own(value, 'query'));
  if (query === '') throw refuse('bad_request', 'The parameter "query" must be a string.');
  const relay = query === undefined ? (own(value, 'id') ?? own(value, 'doc_id')) : undefined;
  return withDocument({
    query,
    documentId: optionalText('documentId', own(value, 'documentId') ?? relay) || undefined,
    operationName: optionalText('operationName', own(value, 'operationName')) || undefined,
    variables: optionalMap('variables', own(value, 'variables')),
    extensions: optionalMap('extensions', own(value, 'extensions')),
  });
}

function optionalText(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw refuse('bad_request', `The parameter "${name}" must be a string.`);
  return value;
}

function optionalMap(name: string, value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isMap(value)) throw refuse('bad_request', `The parameter "${name}" must be a map.`);
  return value;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(map: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/**
 * The media type of the answer (§6.1): the one that `Accept` weighs higher; on a tie one that it names itself, and
 * of two such `application/graphql-response+json`. `application/json` where there is no `Accept`.
 * `undefined` where neither is acceptable.
 */
export function negotiate(accept: string | undefined): GraphqlMediaType | undefined {
  if (accept === undefined || accept === '*/*' || accept.trim() === '') return 'application/json';
  const response = weigh(accept, 'application/graphql-response+json');
  const json = weigh(accept, 'application/json');
  if (response.q === 0 && json.q === 0) return undefined;
  if (response.q !== json.q)
    return response.q > json.q ? 'application/graphql-response+json' : 'application/json';
  return response.exact ? 'application/graphql-response+json' : 'application/json';
}

/** The weight of a media type by its most specific range (RFC 9110 §12.5.1). */
function weigh(accept: string, mediaType: GraphqlMediaType): { q: number; exact: boolean } {
  let best = { q: 0, precision: 0 };
  for (const range of accept.split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const precision = type === mediaType ? 3 : type === 'application/*' ? 2 : type === '*/*' ? 1 : 0;
    if (precision <= best.precision) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const q = weight === undefined ? 1 : Number(weight.slice(2));
    best = { q: q >= 0 && q <= 1 ? q : 0, precision };
  }
  return { q: best.q, exact: best.precision === 3 };
}

/**
 * The status of an answer (§6.4). `executed`: there is a `data` entry. `document`: a well-formed request whose
 * document or variables are no good, which `application/json` tells in the body alone (§6.4.1).
 */
export function statusOf(
  mediaType: GraphqlMediaType,
  answer: { readonly kind: 'executed' | 'document' | 'refused'; readonly status: number },
): number {
  if (answer.kind === 'executed') return 200;
  return answer.kind === 'document' && mediaType === 'application/json' ? 200 : answer.status;
}
