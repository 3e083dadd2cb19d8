/**
 * Streams of which we make more than a peer does, or something else, each kind with its reason. The page on HTTP has
 * the same table; a test holds the two alike.
 */

export interface Accepted {
  readonly peer: 'nginx' | 'HAProxy' | 'both';
  /** What the stream holds. */
  readonly holds: RegExp;
  readonly what: string;
  readonly why: string;
}

export const ACCEPTED: readonly Accepted[] = [
  {
    peer: 'nginx',
    holds: /: *\t/,
    what: 'a tab before a value',
    why: 'white space by RFC 9110 §5.6.3; nginx 1.22 takes it for a part of the value',
  },
  {
    peer: 'nginx',
    holds: /HTTP\/1\.0\r\n((?!host:)[^\r\n]+\r\n)*\r\n/i,
    what: 'HTTP/1.0 without Host',
    why: 'nothing asks for one there; nginx passes on what it got, and our backend is one of HTTP/1.1',
  },
  {
    peer: 'HAProxy',
    holds: /(^|\n|[^\r\n])\r(?!\n)/,
    what: 'a carriage return alone before a request line',
    why: 'passed over like an empty line (RFC 9112 §2.2), by nginx too; HAProxy refuses it',
  },
  {
    peer: 'both',
    holds: / (RTSP|ICE)\/1\./,
    what: 'RTSP/1.0 or ICE/1.0 in the place of HTTP/1.0',
    why: "Node's parser reads them as HTTP and does not tell; target, fields and framing are the same",
  },
];
