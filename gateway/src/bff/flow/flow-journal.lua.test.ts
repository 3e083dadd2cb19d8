import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as scripts from './flow-journal.lua.ts';

test('every script touches the keys that it is given alone, as a cluster wants it', () => {
  for (const [name, { source, sha1 }] of Object.entries(scripts)) {
    assert.match(sha1, /^[0-9a-f]{40}$/);
    const calls = [...source.matchAll(/redis\.call\('([A-Z]+)'(?:, ([^,)]+))?/g)];
    assert.ok(calls.length > 0, name);
    for (const [, command, key] of calls)
      if (command !== 'TIME') assert.match(key ?? '', /^KEYS\[[^\]]+\]$/, name);
  }
});
