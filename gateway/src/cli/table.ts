/** Rows under heads, in columns as wide as they need to be. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
  return all
    .map(
      (row) =>
        `${widths
          .map((width, i) => (row[i] ?? '').padEnd(width))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
