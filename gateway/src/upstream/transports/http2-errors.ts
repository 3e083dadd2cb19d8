/** What HTTP/2 says of a broken exchange (RFC 9113 §7), in Frontdesk's words. */
import { constants } from 'node:http2';
import { type ErrorCode, FrontdeskError } from '../../core/errors.ts';

const {
  NGHTTP2_COMPRESSION_ERROR,
  NGHTTP2_ENHANCE_YOUR_CALM,
  NGHTTP2_FLOW_CONTROL_ERROR,
  NGHTTP2_FRAME_SIZE_ERROR,
  NGHTTP2_HTTP_1_1_REQUIRED,
  NGHTTP2_PROTOCOL_ERROR,
  NGHTTP2_STREAM_CLOSED,
} = constants;

/** `code` is the stream's last word, `error` what node had to say, of the stream or of its connection. */
export function toStreamError(code: number, error: Error | undefined): Error {
  if (error instanceof FrontdeskError) return error;
  const said = error ? `: ${error.message}` : '';
  const detail = `HTTP/2 stream ended with code ${code}${said}`;
  return new FrontdeskError(codeOf(code, error), { detail, ...(error ? { cause: error } : {}) });
}

function codeOf(code: number, error: Error | undefined): ErrorCode {
  // Node's word for frames that break the protocol.
  if (error && 'code' in error && error.code === 'ERR_HTTP2_ERROR') return 'upstream_invalid';
  switch (code) {
    case NGHTTP2_PROTOCOL_ERROR:
    case NGHTTP2_FLOW_CONTROL_ERROR:
    case NGHTTP2_STREAM_CLOSED:
    case NGHTTP2_FRAME_SIZE_ERROR:
    case NGHTTP2_COMPRESSION_ERROR:
    // Our own word for header fields past the limit.
    case NGHTTP2_ENHANCE_YOUR_CALM:
    case NGHTTP2_HTTP_1_1_REQUIRED:
      return isReset(error) ? 'upstream_reset' : 'upstream_invalid';
    default:
      return 'upstream_reset';
  }
}

/** The connection went, and took the stream with it. */
function isReset(error: Error | undefined): boolean {
  return error !== undefined && 'code' in error && error.code === 'ECONNRESET';
}

/** Why a connection that speaks HTTP/2 did not come about. */
export function toConnectError(error: unknown): FrontdeskError {
  if (error instanceof FrontdeskError) return error;
  const code = error instanceof Error && 'code' in error ? `${String(error.code)}: ` : '';
  const detail = code + (error instanceof Error ? error.message : String(error));
  return new FrontdeskError('upstream_connect', { detail, cause: error });
}
