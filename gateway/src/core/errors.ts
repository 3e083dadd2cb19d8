/**
 * Every way in which Frontdesk itself says no or fails, in one closed table. A code is stable: it is the
 * `type` of a problem document (RFC 9457) and, in capitals, `extensions.code` of a GraphQL error.
 * `title` is the whole of what a client may read; what a human needs to find the cause is `detail`, which
 * goes to the log alone.
 */

interface ErrorRow {
  readonly status: number;
  readonly title: string;
  /** Whether the same request may be sent again later with hope of another answer. */
  readonly retryable: boolean;
}

export const ERRORS = {
  // The request itself.
  bad_request: { status: 400, title: 'The request is malformed', retryable: false },
  invalid_request: { status: 400, title: 'The request is not as its description says', retryable: false },
  invalid_query: { status: 400, title: 'The GraphQL request is invalid', retryable: false },
  unauthenticated: { status: 401, title: 'Authentication is required', retryable: false },
  invalid_credentials: { status: 401, title: 'The credentials are not valid', retryable: false },
  forbidden: { status: 403, title: 'Access is denied', retryable: false },
  insufficient_scope: { status: 403, title: 'The credentials lack a required scope', retryable: false },
  unauthorized_field_or_type: { status: 403, title: 'Unauthorized field or type', retryable: false },
  not_found: { status: 404, title: 'No such resource', retryable: false },
  idempotency_key_missing: { status: 400, title: 'An Idempotency-Key is required', retryable: false },
  idempotency_key_in_use: {
    status: 409,
    title: 'A request with this Idempotency-Key is under way',
    retryable: true,
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    retryable: false,
  },
  flow_refused: { status: 422, title: 'What was asked for is refused', retryable: false },
  method_not_allowed: { status: 405, title: 'The method is not allowed here', retryable: false },
  not_acceptable: { status: 406, title: 'No acceptable representation', retryable: false },
  request_timeout: { status: 408, title: 'The request did not arrive in time', retryable: true },
  payload_too_large: { status: 413, title: 'The request body is too large', retryable: false },
  uri_too_long: { status: 414, title: 'The request target is too long', retryable: false },
  precondition_failed: { status: 412, title: 'It was changed meanwhile', retryable: false },
  configuration_refused: {
    status: 422,
    title: 'The configuration is refused; nothing has changed',
    retryable: false,
  },
  unsupported_media_type: { status: 415, title: 'The content type is not supported here', retryable: false },
  expectation_failed: { status: 417, title: 'The expectation cannot be met', retryable: false },
  misdirected_request: {
    status: 421,
    title: 'This connection is not for that host',
    retryable: false,
  },
  upgrade_required: { status: 426, title: 'A WebSocket is spoken here', retryable: false },
  rate_limited: { status: 429, title: 'The rate limit is exceeded', retryable: true },
  headers_too_large: { status: 431, title: 'The request header fields are too large', retryable: false },
  client_closed: { status: 499, title: 'The client closed the request', retryable: false },
  // The gateway.
  internal: { status: 500, title: 'Something went wrong', retryable: false },
  plugin_failed: { status: 500, title: 'A plugin of the gateway failed', retryable: false },
  overloaded: { status: 503, title: 'The gateway is overloaded', retryable: true },
  draining: { status: 503, title: 'The gateway is shutting down', retryable: true },
  stream_ended: { status: 503, title: 'The stream is over; begin it again', retryable: true },
  http_version_not_supported: { status: 505, title: 'The HTTP version is not supported', retryable: false },
  slow_consumer: { status: 503, title: 'The client reads too slowly', retryable: true },
  deadline_exceeded: { status: 504, title: 'The deadline passed', retryable: true },
  // The backends.
  upstream_unavailable: { status: 503, title: 'A backend is unavailable', retryable: true },
  circuit_open: { status: 503, title: 'A backend is unavailable', retryable: true },
  bulkhead_full: { status: 503, title: 'A backend is busy', retryable: true },
  upstream_credential: { status: 503, title: 'A backend is unavailable', retryable: true },
  upstream_limited: { status: 429, title: 'The rate limit is exceeded', retryable: true },
  upstream_timeout: { status: 504, title: 'A backend did not answer in time', retryable: true },
  upstream_connect: { status: 502, title: 'A backend could not be reached', retryable: true },
  upstream_reset: { status: 502, title: 'A backend broke the connection', retryable: true },
  upstream_invalid: { status: 502, title: 'A backend gave an invalid answer', retryable: true },
  upstream_too_large: { status: 502, title: 'A backend gave too large an answer', retryable: false },
  upstream_error: { status: 502, title: 'A backend failed', retryable: true },
  flow_failed: { status: 503, title: 'A step failed, and what was done is undone', retryable: false },
  flow_unsettled: { status: 503, title: 'How it ends is not known yet: ask again', retryable: true },
  part_failed: { status: 503, title: 'A required part is unavailable', retryable: true },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

export interface FrontdeskErrorOptions {
  /** For operators: goes to the log, never to a client. Must not hold a secret. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** Seconds after which trying again makes sense; becomes `Retry-After`. */
  readonly retryAfterS?: number;
  /** Further response header fields, such as `www-authenticate` or `allow`; names in lower case. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Members that a problem document may show beside the standard ones. Public. */
  readonly members?: Readonly<Record<string, unknown>>;
}

export class FrontdeskError extends Error {
  override readonly name = 'FrontdeskError';
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly retryAfterS: number | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, options: FrontdeskErrorOptions = {}) {
    super(ERRORS[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.retryAfterS = options.retryAfterS;
    this.headers = options.headers ?? [];
    this.members = options.members ?? {};
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/** Whatever was thrown, with further fields for the answer. All else of it stays, also a status and a title of its own. */
export function withErrorFields(thrown: unknown, fields: FrontdeskError['headers']): FrontdeskError {
  const error = toFrontdeskError(thrown);
  return fields.length === 0 ? error : new FieldedError(error, fields);
}

class FieldedError extends FrontdeskError {
  readonly #of: FrontdeskError;

  constructor(error: FrontdeskError, fields: FrontdeskError['headers']) {
    super(error.code, {
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      ...(error.retryAfterS === undefined ? {} : { retryAfterS: error.retryAfterS }),
      headers: [...error.headers, ...fields],
      members: error.members,
      cause: error.cause ?? error,
    });
    this.message = error.message;
    this.#of = error;
  }

  override get status(): number {
    return this.#of.status;
  }

  override get retryable(): boolean {
    return this.#of.retryable;
  }
}

/** Whatever was thrown, as one of ours: an unknown error becomes `internal`, its text kept for the log. */
export function toFrontdeskError(thrown: unknown): FrontdeskError {
  if (thrown instanceof FrontdeskError) return thrown;
  const detail = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new FrontdeskError('internal', { detail, cause: thrown });
}
