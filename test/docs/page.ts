/**
 * Reads a page of gateway/docs: its titled code blocks are examples, and examples are run by tests. A block's first line
 * is ```` ```yaml title=routing.yaml ````; one whose language is `console` holds commands behind `$ ` and what they print.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/config.ts';

export interface Example {
  readonly language: string;
  readonly text: string;
}

const FENCE = /^```(\w+) title=(\S+)\n([\s\S]*?)^```$/gm;

/** The titled blocks of a page, by title. */
export function examplesOf(page: string): ReadonlyMap<string, Example> {
  const text = readFileSync(join(ROOT, 'gateway/docs', page), 'utf8');
  const examples = new Map<string, Example>();
  for (const [, language = '', title = '', body = ''] of text.matchAll(FENCE)) {
    if (examples.has(title)) throw new TypeError(`${page} has two examples titled ${title}`);
    examples.set(title, { language, text: body });
  }
  return examples;
}

export interface Command {
  /** What stands behind `$ `, joined where a line ends with a backslash. */
  readonly line: string;
  /** What it prints, trailing blank lines cut off. `…` stands for any text. */
  readonly prints: string;
}

/** The commands of a `console` block. */
export function commandsOf(text: string): Command[] {
  const commands: { line: string; prints: string[] }[] = [];
  let continued = false;
  for (const line of text.split('\n')) {
    const last = commands.at(-1);
    if (continued && last) last.line += `\n${line}`;
    else if (line.startsWith('$ ')) commands.push({ line: line.slice(2), prints: [] });
    else if (last) last.prints.push(line);
    continued = line.endsWith('\\');
  }
  return commands.map(({ line, prints }) => ({ line, prints: prints.join('\n').trimEnd() }));
}

/** Whether `printed` is what an example promises, where `…` takes any text, lines included. */
export function isAsPromised(printed: string, promised: string): boolean {
  const pieces = promised.split('…').map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pieces.join('[\\s\\S]*')}$`).test(printed.replaceAll('\r', '').trimEnd());
}
