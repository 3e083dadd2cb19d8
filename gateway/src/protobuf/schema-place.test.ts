/** A fault of a schema says the line that a person must open. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { methodPlace } from './schema-place.ts';
import { schemaOf } from './testing/schemas.ts';

const HEAD = 'syntax = "proto3";\npackage p;\n';

describe('the place of a fault', () => {
  for (const [title, text, expected] of [
    ['what cannot be read', `${HEAD}\nmessage A {\n  string x = 1\n}\n`, /test\.proto:6: illegal token '}'/],
    ['a text that ends too early', `${HEAD}message A {\n  string x\n\n`, /test\.proto:4: the file ends/],
    [
      'a type that is nowhere',
      `${HEAD}// Nope is not here\nmessage B {}\nmessage A {\n  Nope x = 1;\n}`,
      /test\.proto:6: .*Nope/,
    ],
    [
      'a type of a method',
      `${HEAD}message A {}\nservice S {\n  rpc M(Nope) returns (A);\n}`,
      /test\.proto:5: .*Nope/,
    ],
    [
      'a number twice',
      `${HEAD}message B { int32 a = 1; }\nmessage A {\n  string x = 1;\n  string y = 1;\n}`,
      /test\.proto:6: duplicate id 1/,
    ],
    ['a name twice', `${HEAD}message A {}\n\nmessage A {}\n`, /test\.proto:5: duplicate name 'A'/],
  ] as const) {
    it(title, async () => {
      await assert.rejects(schemaOf(text), expected);
    });
  }

  it('is in the import where that is at fault', async () => {
    const files = {
      'a.proto': `${HEAD}import "b.proto";`,
      'b.proto': `${HEAD}message A {\n  Nope x = 1;\n}`,
    };
    await assert.rejects(schemaOf(files), /b\.proto:4: /);
  });

  it('of an import that is not there, is the line that asks for it', async () => {
    await assert.rejects(schemaOf(`${HEAD}\nimport "nowhere.proto";`), /test\.proto:4: .*nowhere\.proto/);
  });
});

it('a method is found in its own service', () => {
  const text = 'service A {\n  rpc M(X) returns (X);\n}\nservice B {\n  // rpc M\n  rpc M(X) returns (X);\n}';
  assert.equal(methodPlace('x.proto', text, 'p.B', 'M'), 'x.proto:6');
  assert.equal(methodPlace('x.proto', text, 'p.C', 'M'), 'x.proto');
});
