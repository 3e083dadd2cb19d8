/**
 * Events for operators as JSON lines, by pino, behind core's `Logger`. Fields whose names speak of secrets lose
 * their values, should one ever be passed by mistake.
 */
import pino from 'pino';
import type { Clock } from '../core/clock.ts';
import type { LogEvent, Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { FloodGate } from './flood-gate.ts';
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

export interface LeveledLogger {
  /** May be changed at any time. */
  level: LogLevel;
}

export interface FloodOptions {
  readonly clock: Clock;
  readonly meter: Meter;
  /** Most lines with one message in ten seconds. */
  readonly most: number;
}

/** Without `flood` no event is ever left out. */
export function createLogger(
  level: LogLevel,
  sink: Pick<LineSink, 'write'>,
  flood?: FloodOptions,
): Logger & LeveledLogger {
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
  const gate = flood && floodGate(flood, (name, fields, message) => log[name](fields, message));
  const event =
    (name: EventLevel): LogEvent =>
    (fields, message) => {
      // What is not logged at this level does not count.
      if (gate && log.isLevelEnabled(name) && !gate.admits(name, message)) return;
      log[name](fields, message);
    };
  const events = { debug: event('debug'), info: event('info'), warn: event('warn'), error: event('error') };
  return {
    ...events,
    get level() {
      return LEVELS.find((known) => known === log.level) ?? level;
    },
    set level(next) {
      log.level = next;
    },
  };
}

type EventLevel = Exclude<LogLevel, 'silent'>;

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

function floodGate(
  { clock, meter, most }: FloodOptions,
  tell: (level: EventLevel, fields: Readonly<Record<string, unknown>>, message: string) => void,
): FloodGate {
  const leftOut = meter.counter({
    name: 'frontdesk_log_events_left_out_total',
    help: 'Events that were counted rather than logged, because there were many with the same message',
    labels: ['level'],
  });
  return new FloodGate({
    clock,
    most,
    onLeftOut(level, message, count) {
      leftOut(count, level);
      const name = LEVELS.find((known): known is EventLevel => known === level && known !== 'silent');
      tell(name ?? 'info', { leftOut: count, of: message }, `${count} more like this: ${message}`);
    },
  });
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
