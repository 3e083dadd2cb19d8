/** Things that several snapshots use at once: made for the first that asks, closed when the last has given it back. */

export interface Lease<T> {
  readonly value: T;
  /** Gives it back, once. Resolves when what nobody leases any more is closed. */
  release(): Promise<void>;
}

export interface Entry<T> {
  readonly value: T;
  leases: number;
}

/** What is kept under a key, made where it is not there yet. */
export function lease<T>(
  entries: Map<string, Entry<T>>,
  key: string,
  make: () => T,
  close: (value: T) => Promise<void>,
): Lease<T> {
  let entry = entries.get(key);
  if (!entry) {
    entry = { value: make(), leases: 0 };
    entries.set(key, entry);
  }
  const held = entry;
  held.leases += 1;
  let released = false;
  return {
    value: held.value,
    release: () => {
      if (released) return Promise.resolve();
      released = true;
      held.leases -= 1;
      if (held.leases > 0) return Promise.resolve();
      entries.delete(key);
      return close(held.value);
    },
  };
}
