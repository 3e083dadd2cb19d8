import type { Body, Flow, Sink } from '../../core/body.ts';

/** A body that remembers whether it was started: what was not must still be dropped. */
export class OnceBody implements Body {
  readonly #source: Body;
  readonly replayable = false;
  started = false;

  constructor(source: Body) {
    this.#source = source;
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  start(sink: Sink): Flow {
    this.started = true;
    return this.#source.start(sink);
  }

  discard(reason: Error): void {
    this.#source.discard(reason);
  }
}
