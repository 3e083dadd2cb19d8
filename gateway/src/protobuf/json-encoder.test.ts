/**
 * ProtoJSON (protobuf.dev/programming-guides/json) on the way in. Each table is a row of its "JSON Representation" or a
 * section; what is written is read by protobufjs, which is another implementation of the wire format.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { decodeJson } from './json-decoder.ts';
import { encodeJson, MAX_DEPTH } from './json-encoder.ts';
import { ProtoJsonError } from './json-error.ts';
import type { MessagePlan } from './plan.ts';
import { EVERYTHING, schemaOf } from './testing/schemas.ts';

const schema = await schemaOf(EVERYTHING);
const all = planOf('t.All');

function planOf(name: string): MessagePlan {
  const plan = schema.message(name);
  assert.ok(plan);
  return plan;
}

/** Through the wire and back. */
function roundTrip(json: unknown): unknown {
  const bytes = encodeJson(all, json, schema.message);
  return decodeJson(all, bytes, { emitDefaults: false, findType: schema.message });
}

function refusal(json: unknown): string {
  try {
    encodeJson(all, json, schema.message);
  } catch (error) {
    assert.ok(error instanceof ProtoJsonError, String(error));
    return `${error.path}: ${error.message}`;
  }
  return assert.fail(`${JSON.stringify(json)} was taken`);
}

describe('what is taken, and how it is said again', () => {
  const same: Readonly<Record<string, unknown>> = {
    d: 1.5,
    f: 0.1,
    i32: -7,
    u32: 4_294_967_295,
    s32: -2_147_483_648,
    f32: 9,
    sf32: -9,
    i64: '-9223372036854775808',
    u64: '18446744073709551615',
    s64: '-1',
    f64: '18446744073709551615',
    sf64: '-5',
    b: true,
    text: 'grüß 🚕',
    raw: 'AQIDBA==',
    colour: 'BLUE',
    child: { child: {} },
    numbers: [1, 2, -3],
    unpacked: ['1', '2'],
    words: ['', 'a'],
    children: [{ i32: 1 }, {}],
    colours: ['RED', 'NONE'],
    byText: { a: 1, '': 2 },
    byNumber: { '-1': { text: 'x' } },
    byFlag: { true: 'yes' },
    maybe: 0,
    underScoreName: 'x',
    '@custom': 'y',
    at: '2026-01-31T12:00:00.123Z',
    lasts: '-1.500s',
    mask: 'userName,address.city',
    struct: { a: [1, 'x', null, { b: false }] },
    value: [null],
    list: [1, {}],
    any: { '@type': 'type.googleapis.com/t.All', text: 'x' },
    empty: {},
    wrappedLong: '5',
    wrappedText: '',
    wrappedFlag: false,
    wrappedRaw: 'AA==',
    wrappedDouble: 'NaN',
    values: [null, 1],
    times: ['1970-01-01T00:00:00Z'],
  };
  for (const [name, value] of Object.entries(same)) {
    it(`${name}: ${JSON.stringify(value)}`, () =>
      assert.deepEqual(roundTrip({ [name]: value }), { [name]: value }));
  }

  const others: readonly (readonly [title: string, given: object, said: object])[] = [
    ['the original name of a field', { under_score_name: 'x' }, { underScoreName: 'x' }],
    ['null as no value', { i32: null, child: null, words: null, byText: null }, {}],
    ['a default is not sent', { i32: 0, text: '', b: false, colour: 'NONE', i64: '0', d: 0 }, {}],
    ['a number as text', { i32: '7', d: '1.5e2', u64: '9' }, { i32: 7, d: 150, u64: '9' }],
    [
      'a whole number however it is written',
      { i32: 1e2, i64: 1e3, s32: '2.0' },
      { i32: 100, i64: '1000', s32: 2 },
    ],
    [
      '64 bits as a number',
      { i64: 9_007_199_254_740_991, u64: 18_446_744_073_709_551_615n },
      { i64: '9007199254740991', u64: '18446744073709551615' },
    ],
    ['the numbers that are none', { d: 'NaN', f: '-Infinity' }, { d: 'NaN', f: '-Infinity' }],
    ['base64 for URLs, and without padding', { raw: '-_-_AQ' }, { raw: '+/+/AQ==' }],
    ['an enum by its number, known or not', { colour: 1, colours: [7] }, { colour: 'RED', colours: [7] }],
    ['an alias of an enum', { colour: 'ROUGE' }, { colour: 'RED' }],
    ['a time with an offset', { at: '2026-01-31T14:00:00+02:00' }, { at: '2026-01-31T12:00:00Z' }],
    ['the null of a oneof', { nothing: null }, { nothing: null }],
    ['null as a value of Value', { value: null }, { value: null }],
    [
      'a well-known type within Any',
      { any: { '@type': 'x/google.protobuf.Duration', value: '1s' } },
      { any: { '@type': 'x/google.protobuf.Duration', value: '1s' } },
    ],
    ['an empty Any', { any: {} }, { any: {} }],
  ];
  for (const [title, given, said] of others) it(title, () => assert.deepEqual(roundTrip(given), said));

  it('a member called __proto__', () => {
    const said = roundTrip({ struct: JSON.parse('{"__proto__": 1}') });
    assert.equal(JSON.stringify(said), '{"struct":{"__proto__":1}}');
  });

  it('protobufjs reads what is written', () => {
    const root = new protobuf.Root();
    for (const name of ['any', 'duration', 'empty', 'field_mask', 'struct', 'timestamp', 'wrappers']) {
      root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)?.nested ?? {});
    }
    protobuf.parse(EVERYTHING, root, { keepCase: true });
    const { d, i32, s32, sf32, i64, s64, sf64, b, text, colour, numbers, unpacked, byText } = same;
    const given = { d, i32, s32, sf32, i64, s64, sf64, b, text, colour, numbers, unpacked, by_text: byText };
    const type = root.lookupType('t.All');
    const read = type.decode(encodeJson(all, given, schema.message));
    assert.deepEqual(type.toObject(read, { longs: String, enums: String }), given);
  });

  it('a long message in a message', () => {
    const long = 'x'.repeat(70_000);
    assert.deepEqual(roundTrip({ child: { child: { text: long }, i32: 1 } }), {
      child: { child: { text: long }, i32: 1 },
    });
  });

  it('any JSON through a Struct, any integers through their types', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (struct) => {
        const expected = JSON.stringify(sorted(JSON.parse(JSON.stringify({ struct }))));
        assert.equal(JSON.stringify(sorted(roundTrip(JSON.parse(JSON.stringify({ struct }))))), expected);
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(
        fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
        fc.bigInt(0n, 2n ** 64n - 1n),
        fc.maxSafeInteger(),
        (i, u, n) => {
          const json = {
            i64: `${i}`,
            s64: `${i}`,
            sf64: `${i}`,
            u64: `${u}`,
            f64: `${u}`,
            unpacked: [`${n}`],
          };
          const said = new Map(Object.entries(Object(roundTrip(json))));
          for (const [name, value] of Object.entries(json)) assert.deepEqual(said.get(name) ?? '0', value);
        },
      ),
    );
  });
});

/** Members in one order, so that texts can be compared: -0 and 0 are one number in JSON's text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([key, item]): [string, unknown] => [key, sorted(item)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('what is refused, and where', () => {
  const refused: readonly (readonly [given: unknown, said: RegExp])[] = [
    [{ nobody: 1 }, /^nobody: is not a member/],
    [{ child: { children: [{}, { nobody: 1 }] } }, /^child\.children\[1\]\.nobody: is not a member/],
    [{ byNumber: { '1': { nobody: 1 } } }, /^byNumber\.1\.nobody: /],
    [{ underScoreName: 'a', under_score_name: 'b' }, /^under_score_name: is given twice/],
    [{ left: 'a', right: 1 }, /^right: is the second of "choice"/],
    [[], /^: expected an object/],
    [null, /^: expected an object/],
    [{ i32: 1.5 }, /^i32: expected a whole number/],
    [{ i32: 2_147_483_648 }, /^i32: expected a number from -2147483648/],
    [{ u32: -1 }, /^u32: expected a number from 0/],
    [{ i64: '9223372036854775808' }, /^i64: expected a number from/],
    [{ i64: ' 1' }, /^i64: expected a whole number/],
    [{ i64: '01' }, /^i64: /],
    [{ i32: '' }, /^i32: /],
    [{ i32: true }, /^i32: /],
    [{ f: 1e39 }, /^f: expected a number within the range/],
    [{ d: Number.POSITIVE_INFINITY }, /^d: expected a number within the range/],
    [{ d: 'nan' }, /^d: expected a number/],
    [{ b: 'true' }, /^b: expected true or false/],
    [{ text: 1 }, /^text: expected a text/],
    [{ text: '\ud800' }, /^text: .*surrogates/],
    [{ raw: 'A' }, /^raw: expected base64/],
    [{ raw: 'AA=' }, /^raw: expected base64/],
    [{ raw: 'A*==' }, /^raw: expected base64/],
    [{ colour: 'GREEN' }, /^colour: expected one of NONE, RED/],
    [{ colour: 1.5 }, /^colour: /],
    [{ numbers: 1 }, /^numbers: expected a list/],
    [{ numbers: [1, null] }, /^numbers\[1\]: expected a value, not null/],
    [{ byText: { a: null } }, /^byText\.a: expected a value, not null/],
    [{ byNumber: { x: {} } }, /^byNumber\.x: expected a whole number/],
    [{ byFlag: { yes: 'x' } }, /^byFlag\.yes: expected the key true or false/],
    [{ at: '2026-02-30T00:00:00Z' }, /^at: expected a time/],
    [{ at: '2026-01-01T00:00:00' }, /^at: expected a time/],
    [{ at: '0000-01-01T00:00:00Z' }, /^at: expected a time from year 1/],
    [{ at: '2026-01-01T24:00:00Z' }, /^at: /],
    [{ lasts: '1' }, /^lasts: expected a duration/],
    [{ lasts: '315576000001s' }, /^lasts: .*10,000 years/],
    [{ mask: 'user_name' }, /^mask: .*camelCase/],
    [{ struct: [] }, /^struct: expected an object/],
    [{ list: {} }, /^list.*: expected a list/],
    [{ any: { text: 'x' } }, /^any\.@type: expected a type/],
    [{ any: { '@type': 'x/t.Nobody' } }, /^any\.@type: names a type that/],
    [{ any: { '@type': 'x/google.protobuf.Duration', value: '1s', more: 1 } }, /^any\.more: is not a member/],
    [{ empty: { x: 1 } }, /^empty\.x: is not a member/],
    [{ wrappedLong: 'x' }, /^wrappedLong.*: expected a whole number/],
  ];
  for (const [given, said] of refused) {
    it(`${JSON.stringify(given)}`, () => assert.match(refusal(given), said));
  }

  it('what nests too deeply', () => {
    let json: object = {};
    for (let i = 0; i < MAX_DEPTH; i += 1) json = { child: json };
    assert.match(refusal(json), /no more than 100 levels/);
  });
});
