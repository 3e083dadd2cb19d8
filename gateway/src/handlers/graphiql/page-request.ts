/**
 * Tells a person at a browser from a client, on one and the same path. A browser that goes to an address asks by GET,
 * says `text/html` in `Accept`, and names no operation; a client that says any of GraphQL's own media types, that
 * says nothing or anything at all (`*` in place of both words), or that sends an operation, is answered by the graph.
 */
import type { Exchange } from '../../core/exchange.ts';

/** Of them each makes an operation out of a GET (GraphQL over HTTP §5.3, and what names a document). */
const OPERATION_PARAMETERS = ['query', 'documentId', 'id', 'doc_id', 'extensions'];

/** What clients of the graph ask for, and no address bar does. */
const FOR_CLIENTS = new Set([
  'application/json',
  'application/graphql-response+json',
  'text/event-stream',
  'multipart/mixed',
]);

export function wantsPage({
  method,
  headers,
  query,
}: Pick<Exchange, 'method' | 'headers' | 'query'>): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const accept = headers.get('accept');
  if (accept === undefined || !takesHtml(accept)) return false;
  if (query === '') return true;
  const parameters = new URLSearchParams(query);
  return !OPERATION_PARAMETERS.some((name) => parameters.has(name));
}

function takesHtml(accept: string): boolean {
  let html = false;
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) continue;
    if (FOR_CLIENTS.has(type)) return false;
    if (type === 'text/html') html = true;
  }
  return html;
}
