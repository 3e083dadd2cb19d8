/**
 * `text.matches(pattern)`: the library's own would hand the pattern to a backtracking engine, where a long text of a
 * client's can take minutes. Here patterns are literals in the linear dialect of routes (router/linear-regex.ts), compiled
 * when the configuration is loaded. As in CEL, a pattern may match anywhere in the text unless `^` and `$` say otherwise.
 */
import { compileRegex, type LinearRegex } from '../router/linear-regex.ts';

/** @throws RegexError for what is not in the dialect. */
export function compilePattern(source: string): LinearRegex {
  const folds = source.startsWith('(?i)');
  const body = folds ? source.slice(4) : source;
  const starts = body.startsWith('^');
  const ends = endsAnchored(body);
  const inner = body.slice(starts ? 1 : 0, ends ? -1 : undefined);
  return compileRegex(`${folds ? '(?i)' : ''}${starts ? '' : '.*'}(?:${inner})${ends ? '' : '.*'}`);
}

/** Whether it has a `|` outside of every group and class, where an anchor would hold for one side alone. */
export function hasAnchoredChoice(source: string): boolean {
  const body = source.startsWith('(?i)') ? source.slice(4) : source;
  if (!body.startsWith('^') && !endsAnchored(body)) return false;
  let depth = 0;
  let inClass = false;
  for (let i = 0; i < body.length; i += 1) {
    const character = body.charAt(i);
    if (character === '\\') i += 1;
    else if (inClass) inClass = character !== ']';
    else if (character === '[') inClass = true;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === '|' && depth === 0) return true;
  }
  return false;
}

function endsAnchored(body: string): boolean {
  if (!body.endsWith('$')) return false;
  let escapes = 0;
  for (let i = body.length - 2; i >= 0 && body.charAt(i) === '\\'; i -= 1) escapes += 1;
  return escapes % 2 === 0;
}
