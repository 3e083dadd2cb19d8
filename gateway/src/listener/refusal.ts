/**
 * Answers for what never became a request: bytes that the parser refused, heads that did not arrive in time,
 * tunnels. Written straight to the socket, as node has no response object for them.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { FrontdeskError } from '../core/errors.ts';
import { problemDetails, problemFields } from '../wire/problem-details.ts';
import { ALLOWED_METHODS } from './request-head.ts';

/** What node hands to `clientError`. */
export interface ParserError extends Error {
  readonly code?: string;
  readonly reason?: string;
  readonly rawPacket?: Buffer;
}

/** A request line that is right but for its version. */
const UNKNOWN_VERSION = /^[A-Z-]+ \S+ HTTP\/\d\.\d\r\n/;
/** A method in the shape of RFC 9110 §9.1 before a target: a method that we don't know rather than noise. */
const UNKNOWN_METHOD = /^[A-Z][A-Z-]{1,31} \S/;

/** The parser's error as one of ours. */
export function refusalOf(error: ParserError): FrontdeskError {
  const detail = error.reason ?? error.code ?? error.message;
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new FrontdeskError('request_timeout', { detail });
    case 'HPE_HEADER_OVERFLOW':
      return new FrontdeskError('headers_too_large', { detail });
    case 'HPE_INVALID_VERSION':
      // llhttp says the same of a version that it does not know and of a line that does not end as it must.
      if (!UNKNOWN_VERSION.test(startOf(error))) return new FrontdeskError('bad_request', { detail });
      return new FrontdeskError('http_version_not_supported', { detail });
    case 'HPE_PAUSED_H2_UPGRADE':
      return new FrontdeskError('http_version_not_supported', { detail });
    case 'HPE_INVALID_METHOD':
      if (UNKNOWN_METHOD.test(startOf(error))) return unknownMethod(detail);
      return new FrontdeskError('bad_request', { detail });
    default:
      return new FrontdeskError('bad_request', { detail });
  }
}

function startOf(error: ParserError): string {
  return error.rawPacket?.toString('latin1', 0, 512) ?? '';
}

export function unknownMethod(detail: string): FrontdeskError {
  return new FrontdeskError('method_not_allowed', { detail, headers: [['allow', ALLOWED_METHODS]] });
}

/** Writes `error` as the connection's last reply and ends our side of it. */
export function writeRefusal(socket: Socket, error: FrontdeskError, requestId: string, wall: number): void {
  const body = JSON.stringify(problemDetails(error, requestId));
  const fields = problemFields(error);
  let head = `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}\r\n`;
  for (let i = 0; i < fields.length; i += 2) head += `${fields[i]}: ${fields[i + 1]}\r\n`;
  head += `x-request-id: ${requestId}\r\ndate: ${new Date(wall).toUTCString()}\r\n`;
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}
