/**
 * Events for operators as JSON lines, by pino, behind core's `Logger`. Fields whose names speak of secrets lose
 * their values, should one ever be passed by mistake.
 */
import pino from 'pino';
import type { LogEvent, Logger } from '../core/log.ts';
import { REDACTED } from './redaction.ts';
import type { LineSink } from './sink.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'apiKey',
  'credentials',
  'headers.authorization',
  'headers.cookie',
  'headers["x-api-key"]',
];

export function createLogger(level: LogLevel, sink: Pick<LineSink, 'write'>): Logger {
  const paths = SECRET_FIELDS.flatMap((path) => (path.includes('.') ? [path] : [path, `*.${path}`]));
  const log = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: REDACTED },
      serializers: { error: describeError },
    },
    { write: (line: string) => sink.write(line) },
  );
  const event =
    (name: Exclude<LogLevel, 'silent'>): LogEvent =>
    (fields, message) =>
      log[name](fields, message);
  return { debug: event('debug'), info: event('info'), warn: event('warn'), error: event('error') };
}

/** An error with its causes' texts and its stack: operators need it, and no client reads this log. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const described: Record<string, unknown> = { name: error.name, message: error.message, stack: error.stack };
  if ('code' in error) described.code = error.code;
  if ('detail' in error) described.detail = error.detail;
  if (error.cause instanceof Error) described.cause = `${error.cause.name}: ${error.cause.message}`;
  return described;
}
