import assert from 'node:assert/strict';

/** A part of the script of limits has three functions, and neither keys nor arguments nor time but what it is given. */
export function keepsToItsKey(part: string): void {
  assert.doesNotMatch(part, /os\.|'TIME'|ARGV|KEYS/);
  for (const [, key] of part.matchAll(/redis\.call\('\w+', ([\w.]+)/g)) assert.equal(key, 's.key');
  for (const name of ['look', 'draw', 'told']) assert.ok(part.includes(`${name} = function(s)`), name);
}
