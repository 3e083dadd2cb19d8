/**
 * Answers a named operation of the graph as REST: its data as JSON, or the one field of it that was asked for. What could
 * not be had is named in `Frontdesk-Incomplete`; where there is nothing, it is a problem with the status of its code.
 */
import { collect, WholeBody } from '../../core/body.ts';
import { ERRORS, type ErrorCode, FrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Graph } from '../../graph/graph.ts';
import type { RestOperation } from '../../graph/operations/rest-operation.ts';
import type { Refusal } from '../../graph/refusal.ts';
import { NO_STORE } from '../bff/answer-reply.ts';
import { forwardedFields } from '../reshaping/forwarded-fields.ts';
import { operationVariables } from './operation-variables.ts';

export interface OperationHandlerOptions {
  readonly operation: RestOperation;
  readonly graph: Pick<Graph, 'execute'>;
  /** Lower-case names of client fields that subgraphs receive. */
  readonly forward: readonly string[];
  readonly maxBodyBytes: number;
}

interface ToldError {
  readonly message: string;
  readonly path: readonly unknown[];
  readonly code: string;
}

const MAX_ERRORS = 20;

export function operationHandler({
  operation,
  graph,
  forward,
  maxBodyBytes,
}: OperationHandlerOptions): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, maxBodyBytes);
    const answer = await graph.execute({
      documentId: operation.name,
      variables: operationVariables(operation, exchange, body),
      context: exchange,
      forwarded: forwardedFields(exchange.headers, forward),
      queryOnly: operation.method === 'GET',
      charge: exchange.charge,
      chargeOperation: exchange.chargeOperation,
      paid: true,
    });
    exchange.cancellation.throwIfCancelled();
    const { data, errors } = parsed(answer.body);
    if (answer.refusal) throw refused(answer.refusal, errors);
    const { data: member } = operation;
    const value = member === undefined || !isMap(data) ? data : data[member];
    if (value === undefined || value === null) {
      throw errors.length > 0 ? failure(errors) : new FrontdeskError('not_found');
    }
    const fields = HeaderFields.of({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': NO_STORE,
    });
    const told = answer.headers ?? [];
    for (let i = 0; i < told.length; i += 2) {
      const [name = '', text = ''] = told.slice(i, i + 2);
      if (name !== 'cache-control') fields.append(name, text);
      else if (errors.length === 0) fields.set(name, text);
    }
    const incomplete = new Set(errors.map(({ path }) => placeOf(path, member)));
    if (incomplete.size > 0) fields.append('frontdesk-incomplete', [...incomplete].join(', '));
    return makeReply(operation.status, fields, new WholeBody(JSON.stringify(value)));
  };
}

function placeOf(path: readonly unknown[], member: string | undefined): string {
  const names = path.filter((step) => typeof step === 'string');
  const place = (member === undefined ? names : names.slice(1)).join('.');
  return place === '' ? 'data' : place;
}

/** What the graph will not serve is the caller's own: too costly, or of values that are not of their types. */
function refused({ status }: Refusal, errors: readonly ToldError[]): FrontdeskError {
  const code = (errors[0]?.code ?? '').toLowerCase();
  // The schema of now does not have it, so that it is not registered.
  if (code === 'persisted_document_not_found') return new FrontdeskError('not_found');
  if (isErrorCode(code) || status >= 500) return failure(errors);
  return new FrontdeskError('invalid_request', { members: detailsOf(errors) });
}

/** The first error's code, where it is one of ours; what stands in the way of all of it is the backend's failure. */
function failure(errors: readonly ToldError[]): FrontdeskError {
  const [first] = errors;
  const code = (first?.code ?? '').toLowerCase();
  const members = detailsOf(errors);
  if (code === 'invalid_query') return new FrontdeskError('invalid_request', { members });
  return new FrontdeskError(isErrorCode(code) ? code : 'upstream_error', { members });
}

function detailsOf(errors: readonly ToldError[]) {
  return { errors: errors.slice(0, MAX_ERRORS).map(({ message }) => ({ detail: message })) };
}

async function readBody(exchange: Exchange, maxBytes: number): Promise<unknown> {
  const bytes = await collect(exchange.body, maxBytes, () => new FrontdeskError('payload_too_large'));
  if (bytes.length === 0) return undefined;
  const mediaType = (exchange.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new FrontdeskError('unsupported_media_type');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FrontdeskError('bad_request', { detail: 'the body is no JSON', cause });
  }
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** The graph's own text, read again: a response of GraphQL (§7.1). */
function parsed(body: string): { data: unknown; errors: readonly ToldError[] } {
  const response: unknown = JSON.parse(body);
  if (!isMap(response)) throw new TypeError('the graph gave no response');
  const errors = Array.isArray(response.errors) ? response.errors.filter(isMap) : [];
  return {
    data: response.data,
    errors: errors.map(({ message, path, extensions }) => ({
      message: String(message),
      path: Array.isArray(path) ? path : [],
      code: isMap(extensions) ? String(extensions.code) : '',
    })),
  };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
