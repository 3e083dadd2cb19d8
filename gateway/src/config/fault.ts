/**
 * What is wrong with a configuration, and where. A fault always names the file, line and column a person must
 * open; lines and columns count from 1, as editors do.
 */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Fault extends Position {
  /** The setting, as `routes[0].to.upstream`; empty for the whole file. */
  readonly path: string;
  /** What was wrong and what was expected. Holds no value that came from the environment or a secret file. */
  readonly message: string;
}

export type Path = readonly PropertyKey[];

export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}

/** `file:line:column: path: message`, the form that editors and terminals make clickable. */
export function formatFault(fault: Fault): string {
  const place = `${fault.file}:${fault.line}:${fault.column}`;
  return fault.path === '' ? `${place}: ${fault.message}` : `${place}: ${fault.path}: ${fault.message}`;
}

export function faultAt(at: Position, path: Path, message: string): Fault {
  return { file: at.file, line: at.line, column: at.column, path: formatPath(path), message };
}

/** In the order a person reads them: file by file as they were read, then from top to bottom; no fault twice. */
export function sortFaults(faults: readonly Fault[], files: readonly string[] = []): Fault[] {
  const order = new Map(files.map((file, i) => [file, i]));
  const seen = new Set<string>();
  const unique: Fault[] = [];
  for (const fault of faults) {
    if (!order.has(fault.file)) order.set(fault.file, order.size);
    const text = formatFault(fault);
    if (seen.has(text)) continue;
    seen.add(text);
    unique.push(fault);
  }
  return unique.sort(
    (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  );
}
