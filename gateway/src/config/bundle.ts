/**
 * The texts that a configuration is made of: what one process hands another, what is kept for the day the files are gone,
 * and what a version is told by. No secrets: those stand in the environment and in files that the texts name.
 */
import { createHash } from 'node:crypto';
import type { ReadText } from './substitution.ts';

export interface ConfigBundle {
  /** The entry. Relative paths of the configuration are relative to its folder. */
  readonly file: string;
  /** Every YAML file by the path under which it was read, the entry among them. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Tells one configuration from another: 16 hexadecimal characters, the same on all nodes that have the same texts. */
export function bundleDigest({ file, texts }: ConfigBundle): string {
  const hash = createHash('sha256');
  for (const path of Object.keys(texts).toSorted()) {
    const text = texts[path] ?? '';
    // Where the files lie is a node's own matter; lengths keep one file's end from being another's beginning.
    hash.update(`${path === file ? 'entry' : 'include'} ${text.length}\n${text}`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Reads as `read` does, and keeps what was read. */
export function recordTexts(read: ReadText): { readonly read: ReadText; texts(): Record<string, string> } {
  const kept = new Map<string, string>();
  return {
    read: (path) => {
      const found = read(path);
      if (found.ok) kept.set(path, found.text);
      return found;
    },
    texts: () => Object.fromEntries(kept),
  };
}
