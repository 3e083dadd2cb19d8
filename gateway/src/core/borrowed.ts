/** What somebody borrowed and has to give back, in the opposite order. One that fails to be given back keeps no other. */

export class Borrowed {
  readonly #returns: (() => unknown)[] = [];

  add(giveBack: () => unknown): void {
    this.#returns.push(giveBack);
  }

  /** Called again it gives back what came since. Rejects with the first failure, after all were tried. */
  async giveBack(): Promise<void> {
    const failures: unknown[] = [];
    for (const giveBack of this.#returns.splice(0).reverse()) {
      try {
        await giveBack();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
