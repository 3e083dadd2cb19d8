/**
 * Where log lines go: a file or a stream of the process, written asynchronously in batches. The buffer is
 * bounded; when the reader is slow or stopped, lines are dropped and counted, and no request ever waits. A file that was
 * moved away or deleted (by logrotate, say) is noticed, and opened anew under its name.
 */
import { fstat, fstatSync, type Stats, stat } from 'node:fs';
import pino from 'pino';
import type { Instrument, Meter } from '../core/meter.ts';
import { wholeLines } from './whole-lines.ts';

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
  /**
   * Whether other processes write to the same descriptor: then what goes at once is no more than a pipe keeps whole. Default:
   * in a process that another of ours runs.
   */
  readonly shared?: boolean;
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

/** How often a file is looked at, at most, and only while lines are written. */
const LOOK_EVERY_MS = 500;

/**
 * Makes writes to a pipe or a socket return at once. One that waits for its reader waits in a thread of the process's
 * pool, of which there are four, and the process cannot end before it has. Node does it to the streams of the process
 * when they are first used.
 */
function unblock(descriptor: number): void {
  // To read the property is to use it.
  if (descriptor === 1) Reflect.get(process, 'stdout');
  else if (descriptor === 2) Reflect.get(process, 'stderr');
}

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
  #gone = false;
  readonly #file: string | undefined;
  readonly #isShared: boolean;
  /** The file that is open; `undefined` until that is known. */
  #opened: Stats | undefined;
  #looking = false;
  #nextLookAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ destination, name, meter, bufferBytes = DEFAULT_BUFFER_BYTES, shared }: SinkOptions) {
    this.#name = name;
    this.#isShared = typeof destination === 'number' && (shared ?? process.connected) && isPipe(destination);
    this.#file = typeof destination === 'string' ? destination : undefined;
    if (typeof destination === 'number') unblock(destination);
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
      // Nothing is put together where the pieces are what they are to be.
      maxWrite: this.#isShared ? 2 : 2 * BATCH_CHARS,
      maxLength: bufferBytes,
      // A reader that stands still is asked again and again, but not once we have gone.
      retryEAGAIN: () => !this.#gone,
    });
    this.#stream.on('drop', (lines: string) => this.#drop(lines));
    // A full disk or a closed pipe must not take the gateway with it: the buffer waits for better times, then drops.
    this.#stream.on('error', () => {});
    if (this.#file !== undefined) this.#stream.on('ready', () => this.#identify());
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
    // Left open, pino would try again at every turn before the process ends, for ever where writing fails. Destroyed while a
    // write is under way, it would write nothing, for ever, once that has succeeded: so it ends, and what fails then is its last.
    return promise.finally(() => {
      clearTimeout(giveUp);
      this.#gone = true;
      stream.once('error', () => stream.destroy());
      stream.end();
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
    if (this.#isShared) for (const piece of wholeLines(lines)) this.#stream.write(piece);
    else this.#stream.write(lines);
    if (this.#file !== undefined) this.#lookAt(this.#file);
  }

  /** Whether the file is still the one under its name: what was moved away would be written to for ever. */
  #lookAt(file: string): void {
    const now = performance.now();
    if (this.#looking || now < this.#nextLookAt) return;
    this.#looking = true;
    this.#nextLookAt = now + LOOK_EVERY_MS;
    stat(file, (error, found) => {
      this.#looking = false;
      const opened = this.#opened;
      if (this.#closed || !opened) return;
      const isGone = error ? error.code === 'ENOENT' : found.ino !== opened.ino || found.dev !== opened.dev;
      if (!isGone) return;
      this.#opened = undefined;
      this.#stream.reopen();
    });
  }

  #identify(): void {
    const descriptor: unknown = Reflect.get(this.#stream, 'fd');
    if (typeof descriptor !== 'number') return;
    fstat(descriptor, (error, found) => {
      this.#opened = error ? undefined : found;
    });
  }

  #drop(lines: string): void {
    const count = lines.split('\n').length - 1;
    this.#dropped += count;
    this.#countDrop(count, this.#name);
  }
}

/** Writes of a file are whole whatever their size; pieces would only cost. */
function isPipe(descriptor: number): boolean {
  try {
    const found = fstatSync(descriptor);
    return found.isFIFO() || found.isSocket();
  } catch {
    return false;
  }
}
