/**
 * Bounds the nesting of a document before it is parsed (GraphQL §2.1): parsers recurse, and a thousand brackets within every
 * limit on tokens are enough to end the stack where other frames are on it already.
 */

/** More than any document that is within the limits on its depth and its values. */
export const MAX_DOCUMENT_NESTING = 200;

const QUOTE = 0x22;
const HASH = 0x23;
const BACKSLASH = 0x5c;

/** Whether braces, brackets and parentheses nest deeper than `max`; those in strings and comments do not count. */
export function isNestedTooDeeply(text: string, max = MAX_DOCUMENT_NESTING): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = text.startsWith('"""', i) ? endOfBlock(text, i + 3) : endOfString(text, i + 1);
        break;
      case HASH:
        i = endOfLine(text, i);
        break;
      case 0x28:
      case 0x5b:
      case 0x7b:
        depth += 1;
        if (depth > max) return true;
        break;
      case 0x29:
      case 0x5d:
      case 0x7d:
        // What closes too early is a fault that the parser finds: until then it may not pay for what comes.
        if (depth > 0) depth -= 1;
        break;
    }
  }
  return false;
}

/** The last index of a string: its quote, or where its line ends, which no string may. */
function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE || isLineEnd(code)) return i;
    if (code === BACKSLASH) i += 1;
  }
  return text.length;
}

function endOfBlock(text: string, from: number): number {
  let end = text.indexOf('"""', from);
  while (end > 0 && text.charCodeAt(end - 1) === BACKSLASH) end = text.indexOf('"""', end + 3);
  return end < 0 ? text.length : end + 2;
}

function endOfLine(text: string, from: number): number {
  let i = from;
  while (i < text.length && !isLineEnd(text.charCodeAt(i))) i += 1;
  return i;
}

function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}
