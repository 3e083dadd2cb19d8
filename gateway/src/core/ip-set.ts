/**
 * A set of address ranges as a radix tree, one for each version of IP: finds the longest range that holds an address.
 * Chains of nodes with one child are one node (a Patricia trie), so that a tree of n ranges has fewer than 2n nodes and
 * a lookup passes no more nodes than the address has bits, about log2(n) in lists of real networks. The nodes are rows
 * of numbers in one array: a hundred thousand of them are nothing for the collector to look at.
 */
import type { IpAddress, IpRange } from './ip-address.ts';

/** A row: four words, how many of their bits count, whether it is in the set, the children under 0 and 1. */
const ROW = 8;
const LENGTH = 4;
const IS_IN = 5;
const CHILD = 6;

const NONE = 0;
const FIRST_ROWS = 16;

export class IpSet {
  readonly #four = new Rows();
  readonly #six = new Rows();

  constructor(ranges: Iterable<IpRange> = []) {
    for (const range of ranges) this.add(range);
  }

  add(range: IpRange): void {
    this.#rowsOf(range).add(range.words, range.length);
  }

  has(address: IpAddress): boolean {
    return this.longest(address) >= 0;
  }

  /** Bits of the longest range in which `address` is; -1 where it is in none. */
  longest(address: IpAddress): number {
    return this.#rowsOf(address).longest(address.words, address.version === 4 ? 32 : 128);
  }

  #rowsOf({ version }: IpAddress): Rows {
    return version === 4 ? this.#four : this.#six;
  }
}

type Words = IpAddress['words'];

class Rows {
  /** Row 0 is the range of everything; as no row has it as child, 0 also says that there is none. */
  #cells = new Uint32Array(FIRST_ROWS * ROW);
  #count = 1;

  add(words: Words, length: number): void {
    let row = 0;
    for (;;) {
      const own = this.#cell(row, LENGTH);
      const shared = this.#sharedBits(row, words, Math.min(own, length));
      if (shared < own) {
        row = this.#split(row, words, shared);
        continue;
      }
      if (own === length) {
        this.#set(row, IS_IN, 1);
        return;
      }
      const link = CHILD + bitAt(words, own);
      const child = this.#cell(row, link);
      if (child === NONE) {
        const leaf = this.#newRow(words, length);
        this.#set(leaf, IS_IN, 1);
        this.#set(row, link, leaf);
        return;
      }
      row = child;
    }
  }

  longest(words: Words, bits: number): number {
    const cells = this.#cells;
    let row = 0;
    let found = -1;
    for (;;) {
      const own = cells[row * ROW + LENGTH] ?? 0;
      if (!this.#holds(row, own, words)) return found;
      if (cells[row * ROW + IS_IN] === 1) found = own;
      if (own === bits) return found;
      const child = cells[row * ROW + CHILD + bitAt(words, own)] ?? NONE;
      if (child === NONE) return found;
      row = child;
    }
  }

  #holds(row: number, length: number, words: Words): boolean {
    const cells = this.#cells;
    for (let i = 0; i * 32 < length; i += 1) {
      const differing = ((cells[row * ROW + i] ?? 0) ^ (words[i] ?? 0)) >>> 0;
      if (differing !== 0 && Math.clz32(differing) + 32 * i < length) return false;
    }
    return true;
  }

  /** How many leading bits a row and a range have in common, as far as both count. */
  #sharedBits(row: number, words: Words, most: number): number {
    const cells = this.#cells;
    const at = row * ROW;
    for (let i = 0; i * 32 < most; i += 1) {
      const differing = ((cells[at + i] ?? 0) ^ (words[i] ?? 0)) >>> 0;
      if (differing !== 0) return Math.min(most, 32 * i + Math.clz32(differing));
    }
    return most;
  }

  /** Shortens a row to the bits that it shares with `words`; what it was becomes its child. */
  #split(row: number, words: Words, shared: number): number {
    const below = this.#newRow(wordsOf(this.#cells, row), this.#cell(row, LENGTH));
    for (let cell = IS_IN; cell <= CHILD + 1; cell += 1) {
      this.#set(below, cell, this.#cell(row, cell));
      this.#set(row, cell, NONE);
    }
    const bit = bitAt(wordsOf(this.#cells, row), shared);
    this.#set(row, LENGTH, shared);
    for (let i = 0; i < 4; i += 1) this.#set(row, i, masked(words[i] ?? 0, shared - 32 * i));
    this.#set(row, CHILD + bit, below);
    return row;
  }

  #newRow(words: Words, length: number): number {
    const row = this.#count;
    this.#count += 1;
    if (this.#count * ROW > this.#cells.length) {
      const larger = new Uint32Array(this.#cells.length * 2);
      larger.set(this.#cells);
      this.#cells = larger;
    }
    this.#cells.set(words, row * ROW);
    this.#set(row, LENGTH, length);
    return row;
  }

  #cell(row: number, cell: number): number {
    return this.#cells[row * ROW + cell] ?? 0;
  }

  #set(row: number, cell: number, value: number): void {
    this.#cells[row * ROW + cell] = value;
  }
}

function bitAt(words: Words, index: number): 0 | 1 {
  return (((words[index >>> 5] ?? 0) >>> (31 - (index & 31))) & 1) === 1 ? 1 : 0;
}

function wordsOf(cells: Uint32Array, row: number): Words {
  const at = row * ROW;
  return [cells[at] ?? 0, cells[at + 1] ?? 0, cells[at + 2] ?? 0, cells[at + 3] ?? 0];
}

/** The first `bits` of a word. */
function masked(word: number, bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? word : (word & ~(0xffff_ffff >>> bits)) >>> 0;
}
