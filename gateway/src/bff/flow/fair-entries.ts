/**
 * What several owners keep in one bounded room: number and bytes are bounded together, and where there is no room it is
 * the owner with most that loses its least recently used entry. So nobody pushes out who has less than a fair share. A
 * key's owner is what stands before its first comma: keys are lists as JSON.
 */
export interface RoomLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

interface Share<Entry> {
  /** The least recently used first. */
  readonly entries: Map<string, Entry>;
  bytes: number;
}

export class FairEntries<Entry extends { readonly bytes: number }> {
  readonly #limits: RoomLimits;
  /** That of the owner who was least recently here first: of equals, it gives way. */
  readonly #shares = new Map<string, Share<Entry>>();
  #bytes = 0;
  #size = 0;

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): Entry | undefined {
    return this.#shares.get(ownerOf(key))?.entries.get(key);
  }

  /** It was of use just now. */
  touch(key: string, entry: Entry): void {
    const owner = ownerOf(key);
    const share = this.#shares.get(owner);
    if (!share?.entries.delete(key)) return;
    share.entries.set(key, entry);
    this.#shares.delete(owner);
    this.#shares.set(owner, share);
  }

  /** One that is larger than a sixteenth of the room is not kept. */
  set(key: string, entry: Entry): void {
    this.delete(key);
    const { maxBytes, maxEntries } = this.#limits;
    if (entry.bytes > maxBytes / 16) return;
    const owner = ownerOf(key);
    const share = this.#shares.get(owner) ?? { entries: new Map(), bytes: 0 };
    this.#shares.delete(owner);
    this.#shares.set(owner, share);
    share.entries.set(key, entry);
    share.bytes += entry.bytes;
    this.#bytes += entry.bytes;
    this.#size += 1;
    while (this.#bytes > maxBytes) this.#dropOldest(({ bytes }) => bytes);
    while (this.#size > maxEntries) this.#dropOldest(({ entries }) => entries.size);
  }

  delete(key: string): void {
    const owner = ownerOf(key);
    const share = this.#shares.get(owner);
    const entry = share?.entries.get(key);
    if (!share || !entry) return;
    share.entries.delete(key);
    share.bytes -= entry.bytes;
    this.#bytes -= entry.bytes;
    this.#size -= 1;
    if (share.entries.size === 0) this.#shares.delete(owner);
  }

  /** Forgets whatever is kept under keys that begin so. Returns how many there were. */
  purge(prefix: string): number {
    let count = 0;
    for (const { entries } of this.#shares.values()) {
      for (const key of entries.keys()) {
        if (!key.startsWith(prefix)) continue;
        this.delete(key);
        count += 1;
      }
    }
    return count;
  }

  #dropOldest(measure: (share: Share<Entry>) => number): void {
    let [most, fullest]: [number, Share<Entry> | undefined] = [0, undefined];
    for (const share of this.#shares.values()) {
      if (measure(share) <= most) continue;
      most = measure(share);
      fullest = share;
    }
    for (const key of fullest?.entries.keys() ?? []) {
      this.delete(key);
      return;
    }
  }
}

function ownerOf(key: string): string {
  const end = key.indexOf(',');
  return end < 0 ? key : key.slice(0, end);
}
