import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FrontdeskError } from './errors.ts';
import { canonicalPath } from './path.ts';

function refused(path: string): void {
  assert.throws(
    () => canonicalPath(path),
    (error) => error instanceof FrontdeskError && error.code === 'bad_request',
    path,
  );
}

describe('canonicalPath', () => {
  it('leaves a plain path alone', () => {
    for (const path of ['/', '/a', '/a/b/', '/a.b/c..d/...', "/a;x=1/b:c@d,e!$&'()*+=~"]) {
      assert.equal(canonicalPath(path), path);
    }
  });

  it('decodes unreserved characters and raises hex digits, so that one path has one spelling', () => {
    assert.equal(canonicalPath('/%61%2D%5f%7E%2e%2e%2e'), '/a-_~...');
    assert.equal(canonicalPath('/%c3%a9'), '/%C3%A9');
    assert.equal(canonicalPath('/a%3b%40'), '/a%3B%40');
    assert.equal(canonicalPath('/a|b[1]'), '/a%7Cb%5B1%5D');
    assert.equal(canonicalPath('/50%25'), '/50%25');
    assert.equal(canonicalPath('/50%25zz'), '/50%25zz');
    assert.equal(canonicalPath('/a%2520b%25c3%25a4'), '/a%2520b%25c3%25a4');
  });

  it('C43: refuses letters that are encoded twice: another path to whoever decodes twice', () => {
    for (const path of ['/%2561dmin', '/admin%252fx', '/a%2530', '/a%257E', '/a%257f']) refused(path);
  });

  it('C43: refuses dot segments, encoded, encoded twice and behind parameters', () => {
    for (const path of ['/.', '/..', '/a/../b', '/a/./b', '/%2e%2e/', '/%2E./x', '/.%2e', '/%252e%252e/a']) {
      refused(path);
    }
    refused('/a/..;a=b/c');
    refused('/a/.;/c');
  });

  it('C44: refuses encoded slashes and backslashes', () => {
    for (const path of ['/a%2fb', '/a%2Fb', '/a%5cb', '/a\\b', '/a%255cb', '/a%252fb']) refused(path);
  });

  it('C46: refuses empty segments', () => {
    for (const path of ['//', '//evil/x', '/a//b', '/a//', '/;x=1', '/a/;x=1/b']) refused(path);
  });

  it('C47: refuses NUL and other control characters, overlong UTF-8, and broken percent-encodings', () => {
    for (const path of [
      '/%00',
      '/%0a',
      '/%7f',
      '/%c0%ae',
      '/%e0%80%ae',
      '/%f8%88',
      '/%ed%a0%80',
      '/%c3',
      '/%c3a',
    ]) {
      refused(path);
    }
    for (const path of ['/%', '/%2', '/%zz', '/a%2', '/é', '/a b', '/a#b', '/\u0000', '', 'a']) refused(path);
  });

  it('gives for any path either a refusal or a form that is its own canonical form', () => {
    const piece = fc.constantFrom(
      'a',
      'Z',
      '.',
      '/',
      '%',
      '%2',
      '2',
      'e',
      'E',
      ';',
      '|',
      'c3',
      'a9',
      '%25',
      '\\',
      '~',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        let once: string;
        try {
          once = canonicalPath(`/${pieces.join('')}`);
        } catch (error) {
          return error instanceof FrontdeskError;
        }
        assert.equal(canonicalPath(once), once);
        assert.doesNotMatch(once, /\/\/|\/\.{1,2}(\/|;|$)|%2[fFeE]|%5[cC]|\\/);
        return true;
      }),
    );
  });
});
