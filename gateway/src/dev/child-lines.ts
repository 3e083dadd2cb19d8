/** What the BFF's process writes, for a person: its log in words, and what its code writes as it is. */
const LEFT_OUT: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'stack']);
const LEVELS: Readonly<Record<string, string>> = { '40': 'warn', '50': 'error', '60': 'fatal' };

/** A line without its line feed; `undefined` for one that is told otherwise. */
export function readableLine(line: string): string | undefined {
  if (!line.startsWith('{"')) return line;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof parsed !== 'object' || parsed === null || !('msg' in parsed) || !('level' in parsed))
    return line;
  const fields = Object.entries(parsed)
    .filter(([key, value]) => !LEFT_OUT.has(key) && value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const level = LEVELS[String(parsed.level)] ?? String(parsed.level);
  return `${level}  ${String(parsed.msg)}  ${fields.join(' ')}`.trimEnd();
}
