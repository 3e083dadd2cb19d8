/** Documents of plans are written without a blank too many; here they get a line for each field. */

const PIECES = /"(?:\\.|[^"\\])*"|\.\.\.(?:\s*on\s+\w+)?|[{}()[\]:,=]|@?[^\s,=@{}()[\]:".]+/g;

/**
 * @param {string} text
 * @returns {string}
 */
export function indentDocument(text) {
  /** @type {string[]} */
  const lines = [];
  let line = '';
  let depth = 0;
  let enclosed = 0;
  const endLine = () => {
    if (line.trim() !== '') lines.push('  '.repeat(depth) + line.trim());
    line = '';
  };
  for (const [piece] of text.matchAll(PIECES)) {
    if (piece === ')' || piece === ']') enclosed -= 1;
    if (piece === ',' && enclosed === 0) continue;
    if (enclosed > 0 || /^[()[\]:]/.test(piece)) {
      line += separates(line, piece) ? ` ${piece}` : piece;
    } else if (piece === '{') {
      line += ' {';
      endLine();
      depth += 1;
    } else if (piece === '}') {
      endLine();
      depth -= 1;
      line = '}';
      endLine();
    } else {
      const goesOn = depth === 0 || piece.startsWith('@') || line.endsWith(':') || line.endsWith('...');
      if (!goesOn) endLine();
      line += line === '' ? piece : ` ${piece}`;
    }
    if (piece === '(' || piece === '[') enclosed += 1;
  }
  endLine();
  return lines.join('\n');
}

/** Whether a blank goes before `piece`. @param {string} line @param {string} piece */
function separates(line, piece) {
  if (line.endsWith(':')) return true;
  return line !== '' && !/^[()\]:!,]/.test(piece) && !/[([]$/.test(line);
}
