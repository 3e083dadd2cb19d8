/**
 * Takes one entry out of a list in YAML text and leaves every other byte, comments included, as it was. It works on
 * the parsed tokens' ranges; the result is parsed again and must be the same document without that entry.
 */
import { isDeepStrictEqual } from 'node:util';
import { isMap, isSeq, LineCounter, parseDocument, visit, type YAMLSeq } from 'yaml';

export interface EntryPlace {
  readonly line: number;
  readonly column: number;
}

/** The text without the entry that starts at `place`, or `undefined` where that is not safe to say. */
export function removeListEntry(text: string, place: EntryPlace): string | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const start = (lines.lineStarts[place.line - 1] ?? 0) + place.column - 1;
  let list: YAMLSeq | undefined;
  let index = -1;
  visit(document, {
    Seq(_key, node) {
      const at = node.items.findIndex((item) => isMap(item) && item.range?.[0] === start);
      if (at < 0) return;
      list = node;
      index = at;
    },
  });
  if (!list || !isSeq(list) || document.errors.length > 0) return undefined;
  const item = list.items[index];
  const end = isMap(item) ? item.range?.[1] : undefined;
  if (end === undefined) return undefined;
  const edited = list.flow
    ? removeFromFlow(text, start, end)
    : list.items.length === 1
      ? emptyBlock(text, start, end)
      : removeFromBlock(text, start, end);
  list.items.splice(index, 1);
  const after = parseDocument(edited);
  return after.errors.length === 0 && isDeepStrictEqual(after.toJS(), document.toJS()) ? edited : undefined;
}

/** In `[a, b]`, the comma goes with the entry. */
function removeFromFlow(text: string, start: number, end: number): string {
  const after = /^\s*,\s*/.exec(text.slice(end));
  if (after) return text.slice(0, start) + text.slice(end + after[0].length);
  const before = /,\s*$/.exec(text.slice(0, start));
  return text.slice(0, before ? before.index : start) + text.slice(end);
}

/** In a block, the whole lines from the dash on. */
function removeFromBlock(text: string, start: number, end: number): string {
  const dash = text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', Math.max(start, end - 1));
  return text.slice(0, dash) + (newline < 0 ? '' : text.slice(newline + 1));
}

/** A block list cannot be empty: `[]` takes the place of its only entry. */
function emptyBlock(text: string, start: number, end: number): string {
  const dash = text.lastIndexOf('-', start);
  const trailing = text.slice(start, end).endsWith('\n') ? '\n' : '';
  return `${text.slice(0, dash)}[]${trailing}${text.slice(end)}`;
}
