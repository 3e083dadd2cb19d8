/**
 * Where log lines go: a file or a stream of the process, written asynchronously in batches. The buffer is
 * bounded; when the reader is slow or stopped, lines are dropped and counted, and no request ever waits.
 */
import pino from 'pino';
import type { Instrument, Meter } from '../core/meter.ts';

/** A line that is put together when a batch is. */
export interface LineSource {
  /** The line with its line feed. Called once. */
  line(): string;
}

export interface LineSink {
  /** Takes a line with its line feed, or drops it where the buffer is full. Never throws, never waits. */
  write(line: string): void;
  /**
   * The same for a line that is still to be put together. Many at one go cost less than one between two requests: the
   * code and the data for it are at hand then. What the source holds lives until then, so no more than a few wait.
   */
  writeLater(source: LineSource): void;
  /** Writes what is buffered, for at most a second. */
  close(): Promise<void>;
  readonly dropped: number;
}

export interface SinkOptions {
  /** A file (made, with its folders, where missing; appended to), or a descriptor: 1 is standard output. */
  readonly destination: string | number;
  /** The name in the drop counter: `access`, `events`. */
  readonly name: string;
  /** Most bytes that wait to be written. Default 8 MiB. */
  readonly bufferBytes?: number;
  readonly meter: Meter;
}

const DEFAULT_BUFFER_BYTES = 8 * 1024 * 1024;
/**
 * A batch is handed on when it has this many characters, or at the end of the period below. It is put together
 * here, because pino's destination measures all that waits anew with every line.
 */
const BATCH_CHARS = 65_536;
const HAND_ON_AFTER_MS = 200;
/** Lines still to be put together. */
const MAX_WAITING = 64;
const CLOSE_WITHIN_MS = 1_000;

export function createSink(options: SinkOptions): LineSink {
  const countDrop: Instrument = options.meter.counter({
    name: 'frontdesk_log_lines_dropped_total',
    help: 'Log lines dropped because the reader was too slow or the destination failed',
    labels: ['log'],
  });
  let dropped = 0;
  const drop = (lines: string): void => {
    const count = lines.split('\n').length - 1;
    dropped += count;
    countDrop(count, options.name);
  };
  const bufferBytes = options.bufferBytes ?? DEFAULT_BUFFER_BYTES;
  const batchChars = Math.min(BATCH_CHARS, Math.ceil(bufferBytes / 4));
  const stream = pino.destination({
    dest: options.destination,
    sync: false,
    mkdir: true,
    // Whatever is handed on is written at once; without a minimum its flush would do nothing.
    minLength: 1,
    maxWrite: 2 * BATCH_CHARS,
    maxLength: bufferBytes,
  });
  stream.on('drop', drop);
  // A full disk or a closed pipe must not take the gateway with it: the buffer waits for better times, then drops.
  stream.on('error', () => {});
  let closed = false;
  let batch = '';
  let timer: NodeJS.Timeout | undefined;
  const waiting: LineSource[] = [];
  const putTogether = (): void => {
    for (const source of waiting) batch += source.line();
    waiting.length = 0;
  };
  const handOn = (): void => {
    clearTimeout(timer);
    timer = undefined;
    putTogether();
    if (batch === '') return;
    const lines = batch;
    batch = '';
    stream.write(lines);
  };
  return {
    get dropped() {
      return dropped;
    },
    write(line) {
      if (closed) {
        drop(line);
        return;
      }
      // In the order in which they came.
      if (waiting.length > 0) putTogether();
      batch += line;
      if (batch.length >= batchChars) handOn();
      else timer ??= setTimeout(handOn, HAND_ON_AFTER_MS).unref();
    },
    writeLater(source) {
      if (closed) {
        drop(source.line());
        return;
      }
      waiting.push(source);
      timer ??= setTimeout(handOn, HAND_ON_AFTER_MS).unref();
      if (waiting.length < MAX_WAITING) return;
      putTogether();
      if (batch.length >= batchChars) handOn();
    },
    close() {
      if (closed) return Promise.resolve();
      handOn();
      closed = true;
      const { promise, resolve } = Promise.withResolvers<void>();
      const giveUp = setTimeout(resolve, CLOSE_WITHIN_MS);
      stream.once('error', resolve);
      // The first flush ends with the write under way, which may have left a last batch behind.
      stream.flush(() => stream.flush(() => resolve()));
      // Left open, pino would try again at every turn before the process ends, for ever where writing fails.
      return promise.finally(() => {
        clearTimeout(giveUp);
        stream.destroy();
      });
    },
  };
}
