/** The gateway's own errors as GraphQL errors: the public message, and the code in capitals. */
import type { FrontdeskError } from '../core/errors.ts';

/** The JSON text of a list of one error, as `errors` of an answer and as payload of a socket's `error` message. */
export function errorList(error: FrontdeskError): string {
  const { reason } = error.members;
  const message = typeof reason === 'string' ? reason : error.message;
  return JSON.stringify([{ message, extensions: { code: error.code.toUpperCase() } }]);
}
