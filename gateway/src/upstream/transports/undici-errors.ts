/** What undici and node say of a broken exchange, in Frontdesk's words. */
import { FrontdeskError } from '../../core/errors.ts';

/**
 * `started`: whether the request had a connection, so that part of it may have been sent. An error that is
 * ours already (the client's body broke, a limit was passed) stays as it is.
 */
export function toUpstreamError(error: Error, started: boolean): Error {
  if (error instanceof FrontdeskError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const options = { detail: `${code || error.name}: ${error.message}`, cause: error };
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return new FrontdeskError('upstream_unavailable', options);
  }
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return new FrontdeskError('internal', options);
  }
  if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') return new FrontdeskError('bad_request', options);
  if (!started) return new FrontdeskError('upstream_connect', options);
  if (code === 'UND_ERR_BODY_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT') {
    return new FrontdeskError('upstream_timeout', options);
  }
  if (error.name === 'HTTPParserError' || isBreachOfProtocol(code, error.message))
    return new FrontdeskError('upstream_invalid', options);
  return new FrontdeskError('upstream_reset', options);
}

function isBreachOfProtocol(code: string, message: string): boolean {
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return true;
  // An answer nobody asked for, `100` without `Expect`, `101` without `Upgrade`.
  return code === 'UND_ERR_SOCKET' && (message === 'bad response' || message === 'bad upgrade');
}
