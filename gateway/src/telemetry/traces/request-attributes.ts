/** What a request's own span says, by OpenTelemetry's semantic conventions for HTTP servers. */
import { toFrontdeskError } from '../../core/errors.ts';
import type { UrlRedactor } from '../redaction.ts';
import type { RecordConfig } from './config.ts';
import type { FinishedRequest } from './request-recorder.ts';
import type { Attributes } from './span.ts';

export interface RequestAttributesOptions {
  readonly record: RecordConfig;
  /** Takes secrets out of targets. */
  readonly redact: UrlRedactor;
}

const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'QUERY',
]);
/** Routes whose queries hold documents and variables. */
const GRAPHQL_KINDS: ReadonlySet<string> = new Set(['graph', 'bff']);
/** Of a text that a client made up. */
const MAX_CHARS = 256;

export function requestAttributes(
  { exchange, recorder, status, outcome, durationMs }: FinishedRequest,
  { record, redact }: RequestAttributesOptions,
): Attributes {
  const { method, route, client, identity, headers, error } = exchange;
  const isKnown = METHODS.has(method);
  const target = redact(exchange.target);
  const mark = target.indexOf('?');
  const attributes: Attributes = {
    'http.request.method': isKnown ? method : '_OTHER',
    'url.scheme': client.scheme,
    'url.path': cut(mark < 0 ? target : target.slice(0, mark)),
    'http.response.status_code': status,
    'frontdesk.request_id': exchange.id,
    'frontdesk.outcome': outcome.kind,
    'http.request.body.size': exchange.requestBytes,
    'http.response.body.size': outcome.bytes,
  };
  addHost(attributes, exchange.host);
  if (!isKnown) attributes['http.request.method_original'] = cut(method);
  if (route) {
    attributes['http.route'] = route.template;
    attributes['frontdesk.route.kind'] = route.kind;
  }
  const mayHoldDocument = route === undefined || GRAPHQL_KINDS.has(route.kind);
  if (record.query && mark >= 0 && !mayHoldDocument) attributes['url.query'] = cut(target.slice(mark + 1));
  if (record.clientAddress) attributes['client.address'] = client.address;
  const agent = record.userAgent ? headers.get('user-agent') : undefined;
  if (agent !== undefined) attributes['user_agent.original'] = cut(agent);
  for (const name of record.requestHeaders) {
    const values = headers.getAll(name);
    if (values.length > 0) attributes[`http.request.header.${name}`] = values.map(cut);
  }
  if (identity?.consumer !== undefined) attributes['frontdesk.consumer'] = identity.consumer;
  if (identity?.plan !== undefined) attributes['frontdesk.plan'] = identity.plan;
  if (recorder.headMs !== undefined && recorder.headMs < durationMs)
    attributes['frontdesk.head_ms'] = Math.round(recorder.headMs * 1_000) / 1_000;
  if (recorder.events > 0) attributes['frontdesk.events'] = recorder.events;
  if (recorder.errors > 0) attributes['frontdesk.answer_errors'] = recorder.errors;
  const thrown = error ?? outcome.error;
  if (thrown) attributes['error.type'] = toFrontdeskError(thrown).code;
  else if (status >= 500) attributes['error.type'] = String(status);
  return attributes;
}

function addHost(attributes: Attributes, host: string): void {
  const match = /^(.*?)(?::(\d+))?$/.exec(host);
  if (!match || host === '') return;
  attributes['server.address'] = cut((match[1] ?? host).replace(/^\[(.*)\]$/, '$1'));
  if (match[2] !== undefined) attributes['server.port'] = Number(match[2]);
}

function cut(text: string): string {
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text;
}
