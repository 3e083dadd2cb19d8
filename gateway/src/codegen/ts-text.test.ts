import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  docComment,
  fileHead,
  isGenerated,
  listOf,
  memberName,
  Names,
  objectType,
  quoted,
  templateLiteral,
  typeName,
  union,
  valueName,
} from './ts-text.ts';

describe('pieces of generated TypeScript', () => {
  it('writes texts that a compiler reads back as they were', async () => {
    for (const text of [
      "it's",
      'a "b"',
      'a\\b',
      'line\nline',
      ['`$', '{x}`'].join(''),
      '${',
      '\u2028',
      '*/',
    ]) {
      const { default: read }: { default: unknown } = await import(
        `data:text/javascript,${encodeURIComponent(`export default [${quoted(text)}, ${templateLiteral(text)}]`)}`
      );
      assert.deepEqual(read, [text, text]);
    }
  });

  it('names members and types as TypeScript may call them', () => {
    assert.deepEqual(['id', 'avatar_url', 'x-y', '1st'].map(memberName), [
      'id',
      'avatar_url',
      "'x-y'",
      "'1st'",
    ]);
    assert.deepEqual(['list-users', 'get /users/{id}', '2fa', ''].map(typeName), [
      'ListUsers',
      'GetUsersId',
      'T2fa',
      'T',
    ]);
    assert.equal(valueName('my-users'), 'myUsers');
  });

  it('gives each name once', () => {
    const names = new Names();
    assert.deepEqual(
      [names.take('A'), names.take('A'), names.take('A2'), names.take('A')],
      ['A', 'A2', 'A22', 'A3'],
    );
  });

  it('joins alternatives, each once, and keeps lists of them apart', () => {
    assert.equal(union(['A', 'B', 'A']), 'A | B');
    assert.equal(union(['A', 'unknown']), 'unknown');
    assert.equal(union(['A & B', 'C']), '(A & B) | C');
    assert.equal(union([]), 'never');
    assert.equal(listOf('A | B'), 'readonly (A | B)[]');
    assert.equal(listOf('A'), 'readonly A[]');
    assert.equal(listOf('readonly A[]'), 'readonly (readonly A[])[]');
  });

  it('never ends a comment early', () => {
    assert.equal(docComment('a */ b'), '/** a *\\/ b */\n');
    assert.equal(docComment('a\n\nb'), '/**\n * a\n *\n * b\n */\n');
    assert.equal(docComment(' '), '');
    const members = [{ name: 'a', type: 'A', optional: true, description: 'of it' }];
    assert.equal(objectType(members), '{\n  /** of it */\n  readonly a?: A;\n}');
  });

  it('knows its own files', () => {
    assert.ok(isGenerated(fileHead('users.yaml')));
    assert.ok(!isGenerated('export const a = 1;'));
  });
});
