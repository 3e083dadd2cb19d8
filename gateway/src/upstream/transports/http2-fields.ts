/** Header fields as HTTP/2 carries them (RFC 9113 §8.3): of a call on its way out, of a reply on its way in. */
import { validateHeaderValue } from 'node:http';
import { HeaderFields } from '../../core/headers.ts';
import { isHopByHop } from '../../wire/hop-by-hop.ts';
import type { UpstreamCall } from '../call.ts';

/**
 * Flat fields of a request, the pseudo fields first. We understand trailers, and gRPC servers want to hear it. Throws
 * for a value that is none: node would write the low byte of each of its characters, a line's end among them.
 */
export function requestFields(
  { method, path, headers, body }: Pick<UpstreamCall, 'method' | 'path' | 'headers' | 'body'>,
  scheme: 'http' | 'https',
  authority: string,
  basePath: string,
): string[] {
  const out = [':method', method, ':path', basePath + path, ':scheme', scheme, ':authority', authority];
  const { flat } = headers;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? '';
    if (isHopByHop(name) || name === 'host' || name === 'content-length') continue;
    const value = flat[i + 1] ?? '';
    validateHeaderValue(name, value);
    out.push(name, value);
  }
  out.push('te', 'trailers');
  if (body.length !== undefined && (body.length > 0 || hasBodyByMeaning(method))) {
    out.push('content-length', String(body.length));
  }
  return out;
}

/** `: ` and the end of the line. */
const SEPARATOR_BYTES = 4;

/** Methods for which "no content" is worth saying (RFC 9110 §8.6). */
function hasBodyByMeaning(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}

export interface ReplyHead {
  readonly status: number;
  /** The end-to-end fields. */
  readonly headers: HeaderFields;
  readonly length: number | undefined;
  /** What the fields would take in HTTP/1.1. */
  readonly bytes: number;
}

/** From node's raw fields, whose names are in lower case by the protocol. */
export function readReplyHead(raw: readonly string[]): ReplyHead {
  const flat: string[] = [];
  let status = 0;
  let length: number | undefined;
  let bytes = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    bytes += name.length + value.length + SEPARATOR_BYTES;
    if (name === ':status') status = Number(value);
    else if (name.startsWith(':') || isHopByHop(name)) continue;
    else {
      if (name === 'content-length') length = Number(value);
      flat.push(name, value);
    }
  }
  return { status, headers: new HeaderFields(flat), length, bytes };
}
