/** A JSON value that a message type does not allow; it names the member. */
export class ProtoJsonError extends Error {
  override readonly name = 'ProtoJsonError';
  readonly #segments: (string | number)[] = [];

  /** Called on the way out, innermost first. */
  within(segment: string | number): this {
    this.#segments.unshift(segment);
    return this;
  }

  /** `stops[2].place`; empty for the message itself. */
  get path(): string {
    let path = '';
    for (const segment of this.#segments) {
      if (typeof segment === 'number') path += `[${segment}]`;
      else path += path === '' ? segment : `.${segment}`;
    }
    return path;
  }
}

/** Runs `work`; a `ProtoJsonError` out of it knows where it happened. */
export function inside<T>(segment: string | number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ProtoJsonError ? error.within(segment) : error;
  }
}
