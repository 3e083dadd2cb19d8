/**
 * What a gateway and its workers write to standard error, line by line as it comes: the last of it is kept, each line that tells of a crash
 * is counted, and somebody may wait for a line. A crash that an experiment brings about itself is announced before, and is none.
 */

const KEPT = 256 * 1024;
/** An error that nobody handled, said by us or by Node; and V8 at its limit. */
const CRASH = /an error that nobody handles|FATAL ERROR|Uncaught/;

type Listener = (line: string) => void;

export class GatewayLog {
  readonly #listeners = new Set<Listener>();
  readonly #provoked: RegExp[] = [];
  readonly #crashes: string[] = [];
  #text = '';
  #unfinished = '';

  add(chunk: string): void {
    this.#text = (this.#text + chunk).slice(-KEPT);
    const lines = (this.#unfinished + chunk).split('\n');
    this.#unfinished = lines.pop() ?? '';
    for (const line of lines) this.#hear(line);
  }

  /** The last of it. */
  get text(): string {
    return this.#text;
  }

  /** The lines that tell of a crash which nobody announced. */
  get crashes(): readonly string[] {
    return this.#crashes;
  }

  /** The next crash whose line matches is an experiment's own; one after it is a crash again. */
  expectCrash(line: RegExp): void {
    this.#provoked.push(line);
  }

  /** Resolves with the first line from now on that matches. Rejects when there has been none for so long. */
  line(pattern: RegExp, withinMs: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const listener = (line: string): void => {
      if (pattern.test(line)) resolve(line);
    };
    this.#listeners.add(listener);
    const timer = setTimeout(() => reject(new Error(`no line like ${pattern}:\n${this.#text}`)), withinMs);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    });
  }

  #hear(line: string): void {
    for (const listener of this.#listeners) listener(line);
    if (!CRASH.test(line)) return;
    const at = this.#provoked.findIndex((pattern) => pattern.test(line));
    if (at >= 0) this.#provoked.splice(at, 1);
    else this.#crashes.push(line);
  }
}
