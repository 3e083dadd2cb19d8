import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Documents } from '../validation/documents.ts';
import { SchemaTypes } from './json-schema-types.ts';

async function typeOf(schema: unknown, defs: object = {}): Promise<string> {
  const documents = await Documents.inline({ schema, defs }, 'schema');
  const types = new SchemaTypes(documents);
  const type = types.type(documents.at(documents.root, 'schema'));
  return [type, ...types.declarations].join(';\n').replaceAll(/\s+/g, ' ').trim();
}

describe('the type of a JSON Schema', () => {
  const cases: readonly (readonly [schema: unknown, type: string])[] = [
    [{ type: 'integer' }, 'number'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ type: 'string', nullable: true }, 'string | null'],
    [{ enum: ['a', "it's", 1, null] }, "'a' | 'it\\'s' | 1 | null"],
    [{ const: true }, 'true'],
    [{}, 'unknown'],
    [false, 'never'],
    [{ type: 'array', items: { type: ['string', 'null'] } }, 'readonly (string | null)[]'],
    [{ type: 'array' }, 'readonly unknown[]'],
    [{ prefixItems: [{ type: 'string' }], items: { type: 'number' } }, 'readonly [string, ...number[]]'],
    [{ type: 'object' }, 'Readonly<Record<string, unknown>>'],
    [{ type: 'object', additionalProperties: false }, 'Readonly<Record<string, never>>'],
    [{ additionalProperties: { type: 'number' } }, 'Readonly<Record<string, number>>'],
    [
      { properties: { a: { type: 'string' }, 'b-c': {} }, required: ['a'] },
      "{ readonly a: string; readonly 'b-c'?: unknown; }",
    ],
    [{ oneOf: [{ type: 'string' }, { type: 'number' }] }, 'string | number'],
    [{ allOf: [{ required: ['a'] }, { type: 'string' }] }, 'string'],
    [
      { properties: { a: {} }, anyOf: [{ type: 'null' }, { properties: { b: {} } }] },
      '{ readonly a?: unknown; } & (null | { readonly b?: unknown; })',
    ],
  ];
  for (const [schema, type] of cases) {
    it(`${JSON.stringify(schema)} is ${type}`, async () => assert.equal(await typeOf(schema), type));
  }

  it('declares what it refers to, once, also where that refers to itself', async () => {
    const tree = {
      properties: { value: { type: 'string' }, next: { $ref: '#/defs/tree' } },
      required: ['value'],
    };
    assert.equal(
      await typeOf({ type: 'array', items: { $ref: '#/defs/tree' } }, { tree }),
      'readonly Tree[]; export interface Tree { readonly value: string; readonly next?: Tree; }',
    );
  });
});
