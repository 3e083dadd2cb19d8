/** OpenAPI 3.1.1 §4.8.12.4: the table "Style Examples", read back, every row of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeForm, decodeText, rawPairs, readPairs, readText, type Style } from './style.ts';
import type { TextShape } from './text-shape.ts';

const leaf = (...types: string[]): TextShape => ({
  types: new Set(types),
  items: undefined,
  properties: new Map(),
  additional: undefined,
});
const integer = leaf('integer');
const SHAPES = {
  string: leaf('string'),
  array: { ...leaf('array'), items: leaf('string') },
  object: { ...leaf('object'), properties: new Map(['R', 'G', 'B'].map((name) => [name, integer])) },
} as const;
const VALUES = {
  string: 'blue',
  array: ['blue', 'black', 'brown'],
  object: { R: 100, G: 200, B: 150 },
} as const;

/** `undefined`: n/a. */
const TABLE: [
  Style,
  boolean,
  empty: string | undefined,
  string | undefined,
  string | undefined,
  string | undefined,
][] = [
  ['matrix', false, ';color', ';color=blue', ';color=blue,black,brown', ';color=R,100,G,200,B,150'],
  ['matrix', true, ';color', ';color=blue', ';color=blue;color=black;color=brown', ';R=100;G=200;B=150'],
  ['label', false, '.', '.blue', '.blue,black,brown', '.R,100,G,200,B,150'],
  ['label', true, '.', '.blue', '.blue.black.brown', '.R=100.G=200.B=150'],
  ['simple', false, '', 'blue', 'blue,black,brown', 'R,100,G,200,B,150'],
  ['simple', true, '', 'blue', 'blue,black,brown', 'R=100,G=200,B=150'],
  ['form', false, 'color=', 'color=blue', 'color=blue,black,brown', 'color=R,100,G,200,B,150'],
  ['form', true, 'color=', 'color=blue', 'color=blue&color=black&color=brown', 'R=100&G=200&B=150'],
  [
    'spaceDelimited',
    false,
    undefined,
    undefined,
    'color=blue%20black%20brown',
    'color=R%20100%20G%20200%20B%20150',
  ],
  [
    'pipeDelimited',
    false,
    undefined,
    undefined,
    'color=blue%7Cblack%7Cbrown',
    'color=R%7C100%7CG%7C200%7CB%7C150',
  ],
  ['deepObject', true, undefined, undefined, undefined, 'color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150'],
];

function read(style: Style, explode: boolean, kind: keyof typeof SHAPES, text: string): unknown {
  const styled = { name: 'color', style, explode, shape: SHAPES[kind] };
  const isText = style === 'matrix' || style === 'label' || style === 'simple';
  const reading = isText
    ? readText(text, styled, decodeText)
    : readPairs(rawPairs(text), styled, decodeForm, new Set());
  if (!reading) return undefined;
  return 'wrong' in reading ? reading : JSON.parse(JSON.stringify(reading.value));
}

for (const [style, explode, empty, string, array, object] of TABLE) {
  test(`${style}, explode ${explode}`, () => {
    if (empty !== undefined) assert.equal(read(style, explode, 'string', empty), '');
    if (string !== undefined) assert.equal(read(style, explode, 'string', string), VALUES.string);
    if (array !== undefined) assert.deepEqual(read(style, explode, 'array', array), VALUES.array);
    if (object !== undefined) assert.deepEqual(read(style, explode, 'object', object), VALUES.object);
  });
}

test('what is encoded is never a separator', () => {
  assert.deepEqual(read('form', false, 'array', 'color=a%2Cb,c%26d'), ['a,b', 'c&d']);
  assert.deepEqual(read('simple', false, 'array', 'a%2Cb,c'), ['a,b', 'c']);
  assert.deepEqual(read('label', true, 'array', '.a%2Eb.c'), ['a.b', 'c']);
  assert.deepEqual(read('form', true, 'array', 'color=a+b&other=1&c%6Flor=2'), ['a b', '2']);
});

test('what is given twice, or amiss, is said', () => {
  for (const [style, explode, kind, text] of [
    ['form', true, 'string', 'color=a&color=b'],
    ['form', false, 'array', 'color=a&color=b'],
    ['form', true, 'object', 'R=1&R=2'],
    ['form', false, 'object', 'color=R,1,G'],
    ['form', false, 'object', 'color=R,1,R,2'],
    ['deepObject', true, 'object', 'color[R]=1&color[R]=2'],
    ['deepObject', true, 'object', 'color[R][x]=1'],
    ['deepObject', true, 'object', 'color[R=1'],
    ['label', false, 'string', 'blue'],
    ['matrix', false, 'string', 'blue'],
    ['matrix', false, 'string', ';colour=blue'],
    ['matrix', false, 'string', ';color=a;color=b'],
    ['simple', false, 'array', 'a,'.repeat(2_000)],
  ] as const) {
    const found = read(style, explode, kind, text);
    assert.ok(
      typeof found === 'object' && found !== null && 'wrong' in found,
      `${style} ${text.slice(0, 50)}`,
    );
  }
  assert.equal(read('form', true, 'string', 'other=1'), undefined);
  assert.equal(read('deepObject', true, 'object', 'colors[R]=1'), undefined);
  assert.throws(() => read('form', true, 'string', 'color=%ff'), URIError);
  assert.equal(rawPairs('a&b&c', 2), undefined);
});

test('members have no prototype', () => {
  const styled = { name: 'color', style: 'deepObject', explode: true, shape: leaf('object') } as const;
  const reading = readPairs(rawPairs('color[__proto__]=1'), styled, decodeForm, new Set());
  assert.ok(reading && 'value' in reading);
  assert.equal(Object.getPrototypeOf(reading.value), null);
  assert.deepEqual(Object.keys(Object(reading.value)), ['__proto__']);
});
