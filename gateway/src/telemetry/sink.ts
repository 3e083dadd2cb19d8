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
  return new BatchingSink(options);
}

class BatchingSink implements LineSink {
  readonly #countDrop: Instrument;
  readonly #name: string;
  readonly #batchChars: number;
  readonly #stream: ReturnType<typeof pino.destination>;
  readonly #waiting: LineSource[] = [];
  #batch = '';
  #dropped = 0;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor({ destination, name, meter, bufferBytes = DEFAULT_BUFFER_BYTES }: SinkOptions) {
    this.#name = name;
    this.#countDrop = meter.counter({
      name: 'frontdesk_log_lines_dropped_total',
      help: 'Log lines dropped because the reader was too slow or the destination failed',
      labels: ['log'],
    });
    this.#batchChars = Math.min(BATCH_CHARS, Math.ceil(bufferBytes / 4));
    this.#stream = pino.destination({
      dest: destination,
      sync: false,
      mkdir: true,
      // Whatever is handed on is written at once; without a minimum its flush would do nothing.
      minLength: 1,
      maxWrite: 2 * BATCH_CHARS,
      maxLength: bufferBytes,
    });
    this.#stream.on('drop', (lines: string) => this.#drop(lines));
    // A full disk or a closed pipe must not take the gateway with it: the buffer waits for better times, then drops.
    this.#stream.on('error', () => {});
  }

  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    if (this.#closed) {
      this.#drop(line);
      return;
    }
    // In the order in which they came.
    if (this.#waiting.length > 0) this.#putTogether();
    this.#batch += line;
    this.#handOnInTime();
  }

  writeLater(source: LineSource): void {
    if (this.#closed) {
      this.#drop(source.line());
      return;
    }
    this.#waiting.push(source);
    if (this.#waiting.length >= MAX_WAITING) this.#putTogether();
    this.#handOnInTime();
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#handOn();
    this.#closed = true;
    const stream = this.#stream;
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
  }

  #putTogether(): void {
    for (const source of this.#waiting) this.#batch += source.line();
    this.#waiting.length = 0;
  }

  #handOnInTime(): void {
    if (this.#batch.length >= this.#batchChars) this.#handOn();
    else this.#timer ??= setTimeout(() => this.#handOn(), HAND_ON_AFTER_MS).unref();
  }

  #handOn(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#putTogether();
    if (this.#batch === '') return;
    const lines = this.#batch;
    this.#batch = '';
    this.#stream.write(lines);
  }

  #drop(lines: string): void {
    const count = lines.split('\n').length - 1;
    this.#dropped += count;
    this.#countDrop(count, this.#name);
  }
}
