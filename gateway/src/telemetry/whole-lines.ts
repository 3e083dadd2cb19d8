/**
 * Lines for an output that several processes write to: what a pipe takes in one write is never mixed with another's, up to so
 * many bytes (POSIX, PIPE_BUF; Linux: 4 KiB). A line that is longer goes by itself.
 */
const WHOLE_BYTES = 4_096;

/** The same text in pieces of whole lines. */
export function* wholeLines(text: string, maxBytes = WHOLE_BYTES): Generator<string> {
  let from = 0;
  let bytes = 0;
  let at = 0;
  while (at < text.length) {
    const feed = text.indexOf('\n', at);
    const next = feed === -1 ? text.length : feed + 1;
    const size = Buffer.byteLength(text.slice(at, next));
    if (bytes > 0 && bytes + size > maxBytes) {
      yield text.slice(from, at);
      from = at;
      bytes = 0;
    }
    bytes += size;
    at = next;
  }
  if (from < text.length) yield text.slice(from);
}
