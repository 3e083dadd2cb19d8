/**
 * `${NAME}` and `${NAME:-default}` in scalars, from the environment, and `file:PATH` scalars, read from a file
 * beside the configuration (the way orchestrators hand out secrets). `$${` stands for a literal `${`.
 * Values that came this way never appear in a fault: the text as written does.
 */
import { dirname, isAbsolute, join } from 'node:path';
import { type Fault, faultAt } from './fault.ts';
import { type Node, scalars } from './tree.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a file as text. `reason` is for people: no such file, a directory, not readable. */
export type ReadText = (
  path: string,
) => { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

const MAX_SECRET_CHARS = 64 * 1024;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const FILE_PREFIX = 'file:';

/** Replaces in place, and reports what could not be. */
export function substitute(root: Node, environment: Environment, read: ReadText): Fault[] {
  const faults: Fault[] = [];
  for (const [scalar, path] of scalars(root)) {
    if (typeof scalar.value !== 'string') continue;
    const written = scalar.value;
    const fail = (message: string): void => {
      scalar.faulty = true;
      faults.push(faultAt(scalar.at, path, message));
    };
    if (written.includes('${')) {
      const { text, used, problem } = expand(written, environment);
      if (problem !== undefined) {
        fail(problem);
        continue;
      }
      scalar.value = text;
      if (used) scalar.origin = written;
    }
    if (!scalar.value.startsWith(FILE_PREFIX)) continue;
    const named = scalar.value.slice(FILE_PREFIX.length);
    const file = isAbsolute(named) ? named : join(dirname(scalar.at.file), named);
    const found = read(file);
    if (!found.ok) fail(`the file "${named}" cannot be read: ${found.reason}`);
    else if (found.text.length > MAX_SECRET_CHARS) fail(`expected at most 64 KiB in the file "${named}"`);
    else {
      scalar.origin = written;
      scalar.value = found.text.replace(/\r?\n$/, '');
      if (scalar.value === '') fail(`the file "${named}" is empty`);
    }
  }
  return faults;
}

interface Expansion {
  readonly text: string;
  /** True where a variable (not only an escape) was replaced. */
  readonly used: boolean;
  readonly problem: string | undefined;
}

/** Expands one text. A default holds when the variable is unset or empty, as in a shell. */
function expand(written: string, environment: Environment): Expansion {
  let text = '';
  let used = false;
  let from = 0;
  for (;;) {
    const at = written.indexOf('${', from);
    if (at < 0) return { text: text + written.slice(from), used, problem: undefined };
    if (at > from && written[at - 1] === '$') {
      text += `${written.slice(from, at - 1)}\${`;
      from = at + 2;
      continue;
    }
    const end = written.indexOf('}', at);
    const problem = (message: string): Expansion => ({ text: '', used, problem: message });
    if (end < 0) {
      return problem(`"\${" has no closing "}": expected \${NAME}, or $\${ for the characters themselves`);
    }
    const [name = '', fallback] = splitOnce(written.slice(at + 2, end), ':-');
    if (!NAME.test(name)) {
      return problem(`expected the name of an environment variable between "\${" and "}", not "${name}"`);
    }
    const value = environment[name];
    if (value === undefined && fallback === undefined) {
      return problem(`the environment variable ${name} is not set: set it, or write \${${name}:-default}`);
    }
    text += written.slice(from, at) + (fallback !== undefined && !value ? fallback : (value ?? ''));
    used = true;
    from = end + 1;
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
