/**
 * The deterministic automaton of a regular expression: one table look-up a character, whatever comes. The smallest one
 * there is, numbered in one way, tells whether two expressions take the same texts.
 */
import type { Nfa } from './regex-nfa.ts';
import { ALPHABET, OTHER, RegexError } from './regex-syntax.ts';

const MAX_STATES = 2000;
/** Pairs of states that a comparison looks at before it gives up. */
const MAX_PAIRS = 50_000;
/** From here no text is taken any more. */
const DEAD = 0;
const START = 1;

export interface Dfa {
  /** The column of each symbol. */
  readonly columnOf: Uint8Array;
  readonly columns: number;
  /** The next state, by state × column. */
  readonly table: Uint16Array;
  readonly accepting: Uint8Array;
}

/** @throws RegexError for one that needs too many states, or takes no text at all. */
export function compileDfa(nfa: Nfa): Dfa {
  const dfa = determinized(nfa, columnsOf(nfa.labels));
  if (!dfa.accepting.includes(1)) throw new RegexError('matches nothing at all');
  return dfa;
}

export function accepts({ columnOf, columns, table, accepting }: Dfa, text: string): boolean {
  let state = START;
  for (let i = 0; i < text.length && state !== DEAD; i += 1) {
    const code = text.charCodeAt(i);
    state = table[state * columns + (columnOf[code < OTHER ? code : OTHER] ?? 0)] ?? DEAD;
  }
  return accepting[state] === 1;
}

/** Equal for automata that take the same texts, and for no others: the smallest automaton that does, written out. */
export function dfaKey(dfa: Dfa): string {
  const { columnOf, table, accepting } = minimized(dfa);
  return `${columnOf.join()};${table.join()};${accepting.join('')}`;
}

/** What every text that is taken begins with. */
export function forcedPrefix({ columnOf, columns, table, accepting }: Dfa): string {
  let prefix = '';
  let state = START;
  const sizes = new Uint8Array(columns);
  for (const column of columnOf) sizes[column] = (sizes[column] ?? 0) + 1;
  const seen = new Set<number>();
  while (accepting[state] === 0 && !seen.has(state)) {
    seen.add(state);
    const leading: number[] = [];
    for (let column = 0; column < columns; column += 1) {
      if (table[state * columns + column] !== DEAD) leading.push(column);
    }
    const [column] = leading;
    if (leading.length !== 1 || column === undefined || sizes[column] !== 1) break;
    const symbol = columnOf.indexOf(column);
    if (symbol === OTHER) break;
    prefix += String.fromCharCode(symbol);
    state = table[state * columns + column] ?? DEAD;
  }
  return prefix;
}

/** Which texts two automata take: both of them, only one. Where it would take too long to tell, everything is thought possible. */
export interface Overlap {
  readonly both: boolean;
  readonly onlyFirst: boolean;
  readonly onlySecond: boolean;
}

export function overlapOf(first: Dfa, second: Dfa): Overlap {
  const found = { both: false, onlyFirst: false, onlySecond: false };
  const pairs: [number, number][] = [[START, START]];
  const seen = new Set([START * MAX_STATES * 2 + START]);
  for (const [a, b] of pairs) {
    const [takesA, takesB] = [first.accepting[a] === 1, second.accepting[b] === 1];
    found.both ||= takesA && takesB;
    found.onlyFirst ||= takesA && !takesB;
    found.onlySecond ||= takesB && !takesA;
    for (let symbol = 0; symbol < ALPHABET; symbol += 1) {
      const nextA = first.table[a * first.columns + (first.columnOf[symbol] ?? 0)] ?? DEAD;
      const nextB = second.table[b * second.columns + (second.columnOf[symbol] ?? 0)] ?? DEAD;
      const key = nextA * MAX_STATES * 2 + nextB;
      if ((nextA === DEAD && nextB === DEAD) || seen.has(key)) continue;
      if (pairs.length === MAX_PAIRS) return { both: true, onlyFirst: true, onlySecond: true };
      seen.add(key);
      pairs.push([nextA, nextB]);
    }
  }
  return found;
}

/** Symbols that no label tells apart share a column. */
function columnsOf(labels: readonly (Uint8Array | undefined)[]): Uint8Array {
  const columnOf = new Uint8Array(ALPHABET);
  let columns = 1;
  const split = new Map<number, number>();
  const kept = new Uint8Array(ALPHABET);
  for (const label of labels) {
    if (!label) continue;
    split.clear();
    const before = columns;
    // 1 for columns that keep a symbol which the label lacks: the others go over as they are.
    kept.fill(0);
    for (let symbol = 0; symbol < ALPHABET; symbol += 1) {
      if (label[symbol] === 0) kept[columnOf[symbol] ?? 0] = 1;
    }
    for (let symbol = 0; symbol < ALPHABET; symbol += 1) {
      const column = columnOf[symbol] ?? 0;
      if (label[symbol] === 0 || kept[column] === 0) continue;
      let other = split.get(column);
      if (other === undefined) {
        other = before + split.size;
        split.set(column, other);
      }
      columnOf[symbol] = other;
    }
    columns += split.size;
  }
  return columnOf;
}

/** The subset construction: state 0 is dead, state 1 the start. */
function determinized(nfa: Nfa, columnOf: Uint8Array): Dfa {
  const columns = Math.max(...columnOf) + 1;
  const symbols = Array.from({ length: columns }, (_, column) => columnOf.indexOf(column));
  const reach = new Reach(nfa);
  const start = reach.from([0]);
  const subsets: (readonly number[])[] = [[], start];
  const numbers = new Map([[start.join(), START]]);
  const table: number[] = new Array(columns).fill(DEAD);
  for (let state = START; state < subsets.length; state += 1) {
    const subset = subsets[state] ?? [];
    for (let column = 0; column < columns; column += 1) {
      const symbol = symbols[column] ?? 0;
      const targets: number[] = [];
      for (const at of subset) if (nfa.labels[at]?.[symbol] === 1) targets.push(nfa.targets[at] ?? 0);
      let number = DEAD;
      if (targets.length > 0) {
        const reached = reach.from(targets);
        const key = reached.join();
        number = numbers.get(key) ?? subsets.push(reached) - 1;
        if (number > MAX_STATES) throw new RegexError('is too complex to be matched in bounded time');
        numbers.set(key, number);
      }
      table.push(number);
    }
  }
  const accepting = Uint8Array.from(subsets, (subset) => (subset.includes(nfa.last) ? 1 : 0));
  return { columnOf, columns, table: Uint16Array.from(table), accepting };
}

/** What can be reached without a symbol, of that what has a labelled edge or is the end, in ascending order. */
class Reach {
  readonly #nfa: Nfa;
  /** By state, the last search that came there. */
  readonly #seen: Uint32Array;
  #search = 0;

  constructor(nfa: Nfa) {
    this.#nfa = nfa;
    this.#seen = new Uint32Array(nfa.free.length);
  }

  from(states: readonly number[]): readonly number[] {
    const { labels, free, last } = this.#nfa;
    this.#search += 1;
    const reached: number[] = [];
    const pending = [...states];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (this.#seen[at] === this.#search) continue;
      this.#seen[at] = this.#search;
      if (labels[at] !== undefined || at === last) reached.push(at);
      for (const next of free[at] ?? []) pending.push(next);
    }
    return reached.length > 1 ? reached.sort((a, b) => a - b) : reached;
  }
}

/**
 * The same texts with the fewest states (Moore's refinement), numbered in the order in which they are reached, and with
 * the fewest columns, in the order of their first symbols.
 */
function minimized(dfa: Dfa): Dfa {
  const blockOf = blocksOf(dfa);
  const dead = blockOf[DEAD] ?? 0;
  const { columnOf, columns, table, accepting } = dfa;
  const numberOf = new Map<number, number>([[dead, DEAD]]);
  const states: number[] = [DEAD];
  const start = blockOf[START] ?? 0;
  if (start !== dead) numberOf.set(start, states.push(START) - 1);
  const symbols = Array.from({ length: ALPHABET }, (_, symbol) => symbol);
  const rows: number[][] = [symbols.map(() => DEAD)];
  for (let number = START; number < states.length; number += 1) {
    const state = states[number] ?? DEAD;
    const row = symbols.map((symbol) => {
      const next = table[state * columns + (columnOf[symbol] ?? 0)] ?? DEAD;
      const block = blockOf[next] ?? 0;
      const known = numberOf.get(block) ?? states.push(next) - 1;
      numberOf.set(block, known);
      return known;
    });
    rows.push(row);
  }
  const merged = mergedColumns(rows);
  return { ...merged, accepting: Uint8Array.from(states, (state) => accepting[state] ?? 0) };
}

/** States that take the same rests of texts share a block. */
function blocksOf({ columns, table, accepting }: Dfa): number[] {
  let blockOf = Array.from(accepting, Number);
  for (let count = 0; ; ) {
    const numbers = new Map<string, number>();
    const next = blockOf.map((block, state) => {
      let signature = `${block}`;
      for (let column = 0; column < columns; column += 1) {
        signature += `,${blockOf[table[state * columns + column] ?? DEAD]}`;
      }
      const number = numbers.get(signature) ?? numbers.size;
      numbers.set(signature, number);
      return number;
    });
    if (numbers.size === count) return next;
    count = numbers.size;
    blockOf = next;
  }
}

function mergedColumns(rows: readonly (readonly number[])[]): Pick<Dfa, 'columnOf' | 'columns' | 'table'> {
  const numbers = new Map<string, number>();
  const firsts: number[] = [];
  const columnOf = new Uint8Array(ALPHABET);
  for (let symbol = 0; symbol < ALPHABET; symbol += 1) {
    const signature = rows.map((row) => row[symbol]).join();
    let number = numbers.get(signature);
    if (number === undefined) {
      number = firsts.push(symbol) - 1;
      numbers.set(signature, number);
    }
    columnOf[symbol] = number;
  }
  const table = new Uint16Array(rows.length * firsts.length);
  rows.forEach((row, state) => {
    firsts.forEach((symbol, column) => {
      table[state * firsts.length + column] = row[symbol] ?? DEAD;
    });
  });
  return { columnOf, columns: firsts.length, table };
}
