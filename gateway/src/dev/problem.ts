/** What is wrong with the code, the types or the configuration, with its place where that is known. */
import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failurePlace } from '../telemetry/failure-place.ts';

export interface Problem {
  /** `src/screens/home.ts:12:5`, from the package's folder. */
  readonly place: string | undefined;
  readonly message: string;
}

/** The place that Node writes above an error in a module's text: `file:///…/home.ts:12`. */
const HEAD = /^(file:\/\/\S+|\/\S[^\n]*?):(\d+)$/;

/** What a module, or what it does when it is loaded, threw. */
export function problemOf(thrown: unknown, folder: string): Problem {
  if (!(thrown instanceof Error)) return { place: undefined, message: String(thrown) };
  const message = `${thrown.name}: ${firstLines(thrown.message)}`;
  return {
    place:
      syntaxPlace(thrown.stack ?? '', folder) ?? missingPlace(thrown, folder) ?? failurePlace(thrown, folder),
    message,
  };
}

/** Several lines say more of faults than of frames. */
function firstLines(message: string): string {
  return message.split('\n').slice(0, MAX_LINES).join('\n').trimEnd();
}
const MAX_LINES = 12;

function syntaxPlace(stack: string, folder: string): string | undefined {
  const lines = stack.split('\n');
  const [, written = '', row] = HEAD.exec(lines[0] ?? '') ?? [];
  if (written === '') return undefined;
  const file = written.startsWith('file:') ? fileURLToPath(written) : written;
  const caret = lines.slice(1, 4).find((line) => /^\s*\^+\s*$/.test(line));
  return `${relative(folder, file)}:${row}:${caret === undefined ? 1 : caret.indexOf('^') + 1}`;
}

/** `Cannot find module '…/x.ts' imported from …/index.ts`: the line of that import. */
function missingPlace({ message }: Error, folder: string): string | undefined {
  const [, wanted = '', importer = ''] =
    /^Cannot find (?:module|package) '([^']+)' imported from (\S+)/.exec(message) ?? [];
  if (importer === '') return undefined;
  const file = importer.startsWith('file:') ? fileURLToPath(importer) : importer;
  const word = wanted.slice(wanted.lastIndexOf('/') + 1);
  let lines: readonly string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    return relative(folder, file);
  }
  const at = lines.findIndex((line) => line.includes(word) && /\bfrom\b|\bimport\b/.test(line));
  return at < 0
    ? relative(folder, file)
    : `${relative(folder, file)}:${at + 1}:${(lines[at]?.indexOf(word) ?? 0) + 1}`;
}

/** A line as our own checks write it: `/abs/frontdesk.yaml:3:5: text`. */
export function problemOfLine(line: string, folder: string): Problem {
  const [, file = '', row, column, message = ''] = /^(\S[^:]*):(\d+):(\d+):?\s+(.*)$/s.exec(line) ?? [];
  if (file === '') return { place: undefined, message: line };
  return { place: `${isAbsolute(file) ? relative(folder, file) : file}:${row}:${column}`, message };
}

export function problemText({ place, message }: Problem): string {
  return place === undefined ? message : `${place}  ${message}`;
}
