/**
 * Interim replies that are passed on (RFC 9110 §15.2): 103 Early Hints (RFC 8297) with its fields, 102 Processing without
 * any. The others are between the gateway and its backend: 100 answers what the gateway said, 101 has its own way, and
 * what nobody knows stays where it is.
 */
import { HeaderFields } from '../core/headers.ts';
import type { InterimSink } from '../core/interim.ts';
import { isInsideField } from './json/inside-fields.ts';

const EARLY_HINTS = 103;
const PROCESSING = 102;

/**
 * What the final reply alone may say: it frames a body, stores something at the client, leads elsewhere, or speaks to
 * caches.
 */
const FINAL_ONLY: ReadonlySet<string> = new Set([
  'content-length',
  'set-cookie',
  'location',
  'content-location',
  'age',
  'cache-control',
  'cdn-cache-control',
  'frontdesk-cache-control',
  'surrogate-key',
  'cache-tag',
]);

/** Gives `sink` what a client may be told of it. `headers`: the end-to-end fields, which are changed. */
export function passOn(sink: InterimSink, status: number, headers: HeaderFields): void {
  if (status === PROCESSING) sink.interim(status, new HeaderFields());
  if (status !== EARLY_HINTS) return;
  headers.filter((name, value) => !FINAL_ONLY.has(name) && !isInsideField(name) && isWritable(value));
  sink.interim(status, headers);
}

/** The head of an interim reply as HTTP/1.1 writes it. */
export function interimHead(status: number, { flat }: HeaderFields): string {
  let text = `HTTP/1.1 ${status} ${status === EARLY_HINTS ? 'Early Hints' : 'Processing'}\r\n`;
  for (let i = 0; i < flat.length; i += 2) text += `${flat[i]}: ${flat[i + 1]}\r\n`;
  return `${text}\r\n`;
}

/** Whether every character can stand in a field (RFC 9110 §5.5): no line ends, nothing past one byte. */
function isWritable(value: string): boolean {
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}
