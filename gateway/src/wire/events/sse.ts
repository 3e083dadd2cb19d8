/**
 * GraphQL over Server-Sent Events, "distinct connections mode" (the GraphQL over SSE protocol; the event stream format
 * is the HTML standard's, §9.2): one operation a request, its results as `next` events, its end as `complete`.
 */

export const SSE_MEDIA_TYPE = 'text/event-stream';

/** A comment, which every reader skips: it keeps proxies from closing a quiet connection. */
export const SSE_HEARTBEAT = ':\n\n';

/** Data is part of `complete` all the same: browsers drop an event without any. */
export const SSE_COMPLETE = 'event: complete\ndata: \n\n';

/** One result. `json` is JSON text; line breaks within it (there are none in compact JSON) would end the field. */
export function sseNext(json: string): string {
  return `event: next\n${sseData(json)}\n`;
}

/** An event of a type. `id`: what a client that comes back says it had last (`Last-Event-ID`). */
export function sseEvent(type: string, data: string, id?: string): string {
  return `event: ${type}\n${id === undefined ? '' : `id: ${id}\n`}${sseData(data)}\n`;
}

/** A text as `data` fields, one for each of its lines (§9.2.6). */
function sseData(text: string): string {
  if (!text.includes('\n') && !text.includes('\r')) return `data: ${text}\n`;
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => `data: ${line}\n`)
    .join('');
}
