import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { combinedCacheControl } from './cache-words.ts';

function combined(all: readonly (string | undefined)[], isPrivate = false, age = '0'): string | undefined {
  const parts = all.map((value) =>
    value === undefined ? new HeaderFields() : HeaderFields.of({ 'cache-control': value, age }),
  );
  return combinedCacheControl(parts, isPrivate);
}

describe('Cache-Control of a whole (RFC 9111 §5.2.2)', () => {
  it('is not there where a part says nothing', () => {
    assert.equal(combined(['max-age=5', undefined]), undefined);
    assert.equal(combined([]), undefined);
    assert.equal(combinedCacheControl([undefined], false), undefined);
  });

  it('is the strictest that a part says', () => {
    assert.equal(combined(['max-age=5', 'no-store']), 'no-store');
    assert.equal(combined(['public, max-age=5', 'max-age=9']), 'max-age=5');
    assert.equal(combined(['public, max-age=5', 'public, max-age=9']), 'public, max-age=5');
    assert.equal(combined(['public, max-age=5', 'private, max-age=9']), 'private, max-age=5');
    assert.equal(combined(['max-age=5, must-revalidate', 'no-cache="x"']), 'no-cache, must-revalidate');
    assert.equal(combined(['max-age=5', 'private="set-cookie", max-age=9']), 'private, max-age=5');
    assert.equal(combined(['max-age=5', 'max-age=oops']), 'max-age=0');
  });

  it('lets shared caches have it no longer than any part does', () => {
    assert.equal(combined(['s-maxage=5, max-age=1', 's-maxage=9']), 's-maxage=5');
    assert.equal(combined(['s-maxage=50, max-age=1', 'max-age=9']), 'max-age=1, s-maxage=9');
    assert.equal(combined(['s-maxage=50', 'must-revalidate']), 'must-revalidate, s-maxage=0');
    assert.equal(combined(['s-maxage=50, proxy-revalidate, max-age=7'], true), 'private, max-age=7');
  });

  it('counts how old a part is', () => {
    assert.equal(combined(['max-age=50'], false, '20'), 'max-age=30');
    assert.equal(combined(['max-age=10'], false, '20'), 'max-age=0');
  });

  it('is private where the answer depends on who asks', () => {
    assert.equal(combined(['public, max-age=50'], true), 'private, max-age=50');
  });
});
