/**
 * Events for operators (a breaker opened, Redis is gone), beside the access log. Fields first, then a constant
 * message; a secret is never among the fields.
 */
export type LogEvent = (fields: Readonly<Record<string, unknown>>, message: string) => void;

export interface Logger {
  readonly debug: LogEvent;
  readonly info: LogEvent;
  readonly warn: LogEvent;
  readonly error: LogEvent;
}

const ignore: LogEvent = () => {};

export const noLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
