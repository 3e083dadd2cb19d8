/**
 * Header fields in the order they came, names in lower case (RFC 9110 §5.1: names are case-insensitive),
 * kept as one flat array `[name, value, name, value, …]`: what node:http writes and undici sends, so that
 * passing a message through copies nothing. Requests carry a dozen fields; a scan beats a map.
 */
export class HeaderFields {
  /** Alternating lower-case names and values. Owned by this object; read it, do not write it. */
  readonly flat: string[];

  constructor(flat: string[] = []) {
    this.flat = flat;
  }

  /** From node's `rawHeaders`: names are lowered, duplicates and order are kept. */
  static fromRaw(raw: readonly string[]): HeaderFields {
    const flat = new Array<string>(raw.length);
    for (let i = 0; i + 1 < raw.length; i += 2) {
      flat[i] = (raw[i] ?? '').toLowerCase();
      flat[i + 1] = raw[i + 1] ?? '';
    }
    return new HeaderFields(flat);
  }

  /** From a plain record; for literals in code. Names are lowered. */
  static of(record: Readonly<Record<string, string>>): HeaderFields {
    const flat: string[] = [];
    for (const [name, value] of Object.entries(record)) flat.push(name.toLowerCase(), value);
    return new HeaderFields(flat);
  }

  /** The first value under a lower-case name. */
  get(name: string): string | undefined {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1];
    return undefined;
  }

  /** Every value under a lower-case name, in order. */
  getAll(name: string): string[] {
    const values: string[] = [];
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) values.push(flat[i + 1] ?? '');
    return values;
  }

  has(name: string): boolean {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return true;
    return false;
  }

  /** How many fields are kept under a lower-case name; a name that must be single is checked with it. */
  count(name: string): number {
    let found = 0;
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) found += 1;
    return found;
  }

  /** Replaces every value under a lower-case name by one. */
  set(name: string, value: string): void {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] === name) {
        flat[i + 1] = value;
        this.#deleteFrom(name, i + 2);
        return;
      }
    }
    flat.push(name, value);
  }

  append(name: string, value: string): void {
    this.flat.push(name, value);
  }

  delete(name: string): void {
    this.#deleteFrom(name, 0);
  }

  /** Keeps only the fields for which `keep` says yes, in one pass. */
  filter(keep: (name: string, value: string) => boolean): void {
    const { flat } = this;
    let write = 0;
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] ?? '';
      const value = flat[i + 1] ?? '';
      if (keep(name, value)) {
        flat[write] = name;
        flat[write + 1] = value;
        write += 2;
      }
    }
    flat.length = write;
  }

  clone(): HeaderFields {
    return new HeaderFields(this.flat.slice());
  }

  get size(): number {
    return this.flat.length / 2;
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) yield [flat[i] ?? '', flat[i + 1] ?? ''];
  }

  #deleteFrom(name: string, start: number): void {
    const { flat } = this;
    let write = start;
    for (let i = start; i < flat.length; i += 2) {
      if (flat[i] === name) continue;
      flat[write] = flat[i] ?? '';
      flat[write + 1] = flat[i + 1] ?? '';
      write += 2;
    }
    flat.length = write;
  }
}
