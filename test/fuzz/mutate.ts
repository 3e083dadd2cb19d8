/** Changes streams of requests where servers are known to disagree: lines, fields, lengths, chunks, what follows what. */
import type { Stream } from './corpus.ts';
import type { Random } from './random.ts';

const LINES = [
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: identity', 'Transfer-Encoding: gzip, chunked'],
  ...[
    'Content-Length: 0',
    'Content-Length: 5',
    'Content-Length: 11',
    'Content-Length: 1e1',
    'Content-Length: 05',
  ],
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: Upgrade',
    'Connection: TE, close',
    'Upgrade: h2c',
  ],
  ...[
    'Upgrade: websocket',
    'Expect: 100-continue',
    'Host: i',
    'TE: trailers',
    'Trailer: X',
    'X: y',
    ' X: folded',
  ],
  ...['Content-Encoding: gzip', 'Range: bytes=0-0', 'X-User-Id: 1', 'Accept: */*', 'Cookie: a=b', 'Date:'],
] as const;

const BITS = [
  ...[
    '\r\n',
    '\r',
    '\n',
    '\0',
    ' ',
    '\t',
    '\x0b',
    '\x7f',
    '\x80',
    '\xff',
    ':',
    ';',
    ',',
    '"',
    '\\',
    '/',
    '%',
    '#',
    '?',
  ],
  ...[
    '%2e%2e',
    '%2f',
    '%00',
    '..',
    '//',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    '\r\n\r\n',
    'chunked',
    'HTTP/1.1',
    'HTTP/1.0',
  ],
  ...[
    'GET ',
    'POST ',
    'GET /x HTTP/1.1\r\nHost: h\r\n\r\n',
    '1\r\na\r\n',
    ';a=b',
    'ffffffff',
    '-1',
    '0x',
    '+',
  ],
] as const;

const MOST_CHANGES = 4;
const MAX_BYTES = 24_000;

/** A stream that came of one or two of the corpus by a few changes. */
export function mutated(random: Random, corpus: readonly Stream[]): string {
  let bytes = random.pick(corpus).bytes;
  const changes = 1 + random.below(MOST_CHANGES);
  for (let i = 0; i < changes; i += 1) bytes = changed(random, bytes, corpus);
  return bytes.slice(0, MAX_BYTES);
}

/** Where a stream is cut into packets; often nowhere. */
export function cutsOf(random: Random, length: number): number[] {
  if (random.below(3) > 0) return [];
  return Array.from({ length: 1 + random.below(6) }, () => random.below(length)).sort((a, b) => a - b);
}

function changed(random: Random, bytes: string, corpus: readonly Stream[]): string {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + 1 + random.below(8));
  const lines = bytes.split('\r\n');
  const line = random.below(lines.length);
  switch (random.below(10)) {
    case 0:
      return bytes.slice(0, at) + random.pick(BITS) + bytes.slice(at);
    case 1:
      return bytes.slice(0, at) + bytes.slice(to);
    case 2:
      return bytes.slice(0, at) + random.pick(BITS) + bytes.slice(to);
    case 3:
      return bytes.slice(0, at) + String.fromCharCode(random.below(256)) + bytes.slice(at + 1);
    case 4:
      return lines.toSpliced(line, 0, random.pick(LINES)).join('\r\n');
    case 5:
      return lines.toSpliced(line, 0, lines[random.below(lines.length)] ?? '').join('\r\n');
    case 6:
      return lines.toSpliced(line, 1).join('\r\n');
    case 7:
      return bytes + random.pick(corpus).bytes;
    case 8:
      return random.pick(corpus).bytes + bytes;
    default:
      return renumbered(random, bytes);
  }
}

/** One of the numbers in it becomes a near one, or a far one. */
function renumbered(random: Random, bytes: string): string {
  const numbers = [...bytes.matchAll(/\d+/g)];
  if (numbers.length === 0) return bytes;
  const { 0: digits, index } = random.pick(numbers);
  const near = Number(digits) + random.below(5) - 2;
  const other = random.pick([
    String(near),
    `0${digits}`,
    '18446744073709551616',
    '2147483648',
    '',
    `${digits}0`,
  ]);
  return bytes.slice(0, index) + other + bytes.slice(index + digits.length);
}
