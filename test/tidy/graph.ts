/** Cycles among files, by what they import. */
import type { SourceFile } from './source.ts';

/** Each cycle once, as the files on it in the order of their imports, the first again at the end. */
export function findCycles(sources: readonly SourceFile[]): string[][] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const trail: string[] = [];
  const cycles: string[][] = [];
  const visit = (path: string): void => {
    const begins = trail.indexOf(path);
    if (begins >= 0) {
      cycles.push([...trail.slice(begins), path]);
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const { file } of byPath.get(path)?.imports ?? []) if (file !== undefined) visit(file);
    trail.pop();
    done.add(path);
  };
  for (const { path } of sources) visit(path);
  return cycles;
}
