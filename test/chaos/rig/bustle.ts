/** What happens again and again beside the load of an experiment: how often it did, and what was wrong with it. */

export class Bustle {
  readonly faults: string[] = [];
  readonly counts = new Map<string, number>();
  readonly #done: Promise<void>[] = [];
  #stopped = false;
  readonly #names: string[] = [];

  /** `what` again and again, with a pause. A rejection is a fault. */
  repeat(name: string, pauseMs: number, what: (index: number) => Promise<unknown>): void {
    const run = async (): Promise<void> => {
      for (let index = 0; !this.#stopped; index += 1) {
        try {
          await what(index);
          this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
        } catch (error) {
          this.faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    };
    this.#names.push(name);
    this.#done.push(run());
  }

  /** Whether all that is meant to happen has happened so often. */
  hasDone(needed: Readonly<Record<string, number>>): boolean {
    return this.#names.every((name) => (this.counts.get(name) ?? 0) >= (needed[name] ?? 1));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#done);
  }
}
