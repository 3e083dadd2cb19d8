/**
 * What the named groups of a regular expression stand for in a text that it matches, found without going back: all ways
 * through the automaton are followed side by side, the preferred one first, so the time is linear in the text. It is
 * only asked once the deterministic automaton has said yes.
 */
import type { Nfa } from './regex-nfa.ts';
import { OTHER } from './regex-syntax.ts';

/** One way through the automaton: where it stands, and the places that it has marked. */
interface Way {
  readonly state: number;
  readonly marks: readonly number[];
}

/** `undefined` for a text that is not matched; a group on a branch that was not taken is missing. */
export function captureGroups(nfa: Nfa, text: string): Readonly<Record<string, string>> | undefined {
  let ways = spread(nfa, [{ state: 0, marks: [] }], 0);
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const symbol = code < OTHER ? code : OTHER;
    const next: Way[] = [];
    for (const { state, marks } of ways) {
      if (nfa.labels[state]?.[symbol] === 1) next.push({ state: nfa.targets[state] ?? 0, marks });
    }
    if (next.length === 0) return undefined;
    ways = spread(nfa, next, i + 1);
  }
  const whole = ways.find(({ state }) => state === nfa.last);
  if (!whole) return undefined;
  const groups: Record<string, string> = Object.create(null);
  nfa.groups.forEach((name, i) => {
    const [from, to] = [whole.marks[2 * i], whole.marks[2 * i + 1]];
    if (from !== undefined && to !== undefined) groups[name] = text.slice(from, to);
  });
  return groups;
}

/** Follows the edges that cost nothing, depth first; of two ways to one state the earlier is preferred and the later ends. */
function spread(nfa: Nfa, ways: readonly Way[], at: number): Way[] {
  const seen = new Set<number>();
  const reached: Way[] = [];
  const pending = ways.toReversed();
  for (let way = pending.pop(); way; way = pending.pop()) {
    const { state } = way;
    if (seen.has(state)) continue;
    seen.add(state);
    const slot = nfa.marks[state];
    const marks = slot === undefined ? way.marks : marked(way.marks, slot, at);
    if (nfa.labels[state] || state === nfa.last) reached.push({ state, marks });
    const free = nfa.free[state] ?? [];
    for (let i = free.length - 1; i >= 0; i -= 1) pending.push({ state: free[i] ?? 0, marks });
  }
  return reached;
}

function marked(marks: readonly number[], slot: number, at: number): readonly number[] {
  const next = [...marks];
  next[slot] = at;
  return next;
}
