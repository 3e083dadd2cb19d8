/** The names under which a reply can be purged: `Surrogate-Key` (separated by spaces), `Cache-Tag` (by commas). */
import type { HeaderFields } from '../../core/headers.ts';

const MAX_TAGS = 128;
const MAX_TAG_LENGTH = 256;

export function cacheTags(headers: HeaderFields): string[] {
  const tags = new Set<string>();
  collect(tags, headers.getAll('surrogate-key'), /\s+/);
  collect(tags, headers.getAll('cache-tag'), /\s*,\s*/);
  return [...tags];
}

function collect(tags: Set<string>, lines: readonly string[], separator: RegExp): void {
  for (const line of lines) {
    for (const tag of line.trim().split(separator)) {
      if (tag !== '' && tag.length <= MAX_TAG_LENGTH && tags.size < MAX_TAGS) tags.add(tag);
    }
  }
}
