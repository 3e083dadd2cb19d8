import { FrontdeskError } from '../core/errors.ts';

/** A backend answered, but not with a success. A part may catch it and say what it means: a 404 is often an answer. */
export class BackendStatusError extends FrontdeskError {
  /** The status that the backend gave. */
  readonly backendStatus: number;

  constructor(upstream: string, call: string, backendStatus: number, retryAfterS?: number) {
    super('upstream_error', {
      detail: `${upstream}: ${call} was answered ${backendStatus}`,
      ...(retryAfterS === undefined ? {} : { retryAfterS }),
    });
    this.backendStatus = backendStatus;
  }
}
