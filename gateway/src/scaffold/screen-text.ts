/** The first screen of a package: its code, its part of the schema, and its test. */
import { memberName, quoted } from '../codegen/ts-text.ts';
import type { FirstPart } from './parts.ts';
import type { NeededParameter } from './reads.ts';
import { graphqlType, picked, pickText } from './shape.ts';

const ZOD = {
  string: 'z.string()',
  integer: 'z.int()',
  number: 'z.number()',
  boolean: 'z.boolean()',
} as const;
const GRAPHQL = { string: 'String', integer: 'Int', number: 'Float', boolean: 'Boolean' } as const;

/** What the screen's caller says: each member once. */
function inputOf(parts: readonly FirstPart[]): readonly NeededParameter[] {
  return [...new Map(parts.flatMap(({ read }) => read.needs.map((need) => [need.name, need]))).values()];
}

/** The path and query of a request that works, below the mount. */
export function exampleTarget(parts: readonly FirstPart[]): string {
  const query = inputOf(parts).map(({ name, sample }) => `${name}=${encodeURIComponent(String(sample))}`);
  return query.length > 0 ? `/home?${query.join('&')}` : '/home';
}

export function screenText(parts: readonly FirstPart[]): string {
  const input = inputOf(parts);
  const members = input.map(({ name, type }) => `${name}: ${ZOD[type]}`).join(', ');
  const made =
    input.length === 0
      ? "import { part, screen } from '../backends.ts';\n"
      : `import { z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';

/** What a caller says: in the query over REST, as arguments over GraphQL. */
const { part, screen } = backends.takes(z.object({ ${members} }));
`;
  return `/** The first screen: its parts are fetched side by side, and one that is not required may fail by itself. */
${made}
export const home = screen({
  path: '/home',
  field: 'home',
  deadline: '800ms',
  parts: {
${parts.map(partText).join('')}  },
});
`;
}

function partText({ name, upstream, read, shape, required }: FirstPart): string {
  const options = callOptions(read.needs);
  const door = read.needs.length > 0 ? '{ rest, input }' : '{ rest }';
  const bound = required ? 'required: true' : "timeout: '300ms'";
  return `    ${name}: part((${door}) => rest.${upstream}.get(${quoted(read.path)}${options}), {
      ${bound},
      shape: (answer) => ${arrowBody(pickText(shape, 'answer', '      '))},
    }),
`;
}

/** An object is no block. */
function arrowBody(text: string): string {
  return text.startsWith('{') ? `(${text})` : text;
}

function callOptions(needs: readonly NeededParameter[]): string {
  const members = (where: 'path' | 'query'): string[] => {
    const names = needs.filter((need) => need.in === where).map(({ name }) => `${name}: input.${name}`);
    return names.length > 0 ? [`${where}: { ${names.join(', ')} }`] : [];
  };
  const all = [...members('path'), ...members('query')];
  return all.length > 0 ? `, { ${all.join(', ')} }` : '';
}

export function schemaText(parts: readonly FirstPart[]): string {
  const input = inputOf(parts).map(({ name, type }) => `${name}: ${GRAPHQL[type]}!`);
  const types = new Map<string, string>();
  const fields = parts.map(({ name, shape, required }) => {
    const type = graphqlType(shape, `home ${name}`, types);
    return required ? `  ${name}: ${type}!\n` : `  "Null where it can't be had."\n  ${name}: ${type}\n`;
  });
  const held = [...types.values()].map((text) => `\n${text}`).join('');
  return `"What the app asks for."
type Query {
  "The first screen. Null, with an error, where its required part can't be had."
  home${input.length > 0 ? `(${input.join(', ')})` : ''}: Home
}

type Home {
${fields.join('')}}
${held}`;
}

export function screenTest(parts: readonly FirstPart[]): string {
  const given = inputOf(parts);
  const input = Object.fromEntries(given.map(({ name, sample }) => [name, sample]));
  const options = given.length > 0 ? 'fakes, input' : 'fakes';
  const values = Object.fromEntries(parts.map(({ name, shape, read }) => [name, picked(shape, read.sample)]));
  const optional = parts.find(({ required }) => !required);
  return `import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeBackends, testScreen } from '@frontdesk/gateway/bff/testing';
import { backends } from '../backends.ts';
import { home } from './home.ts';

/** What the backends answer, held to their documents: no network, no ports. */
const fakes = fakeBackends(backends, ${fakesText(parts)});
${given.length > 0 ? `const input = ${codeOf(input)};\n` : ''}
describe('the home screen', () => {
  it('shows what the backends say', async () => {
    const { values, incomplete } = await testScreen(home, { ${options} });
    assert.deepEqual(incomplete, []);
    assert.deepEqual(values, ${codeOf(values, '    ')});
  });
${optional ? failureTest(optional, options) : ''}});
`;
}

function fakesText(parts: readonly FirstPart[]): string {
  const upstreams = [...new Set(parts.map(({ upstream }) => upstream))].map((upstream) => {
    const fakes = parts
      .filter((part) => part.upstream === upstream)
      .map(({ read }) => `      ${quoted(read.path)}: () => (${codeOf(read.sample, '      ')}),\n`);
    return `  ${upstream}: {\n    get: {\n${fakes.join('')}    },\n  },\n`;
  });
  return `{\n${upstreams.join('')}}`;
}

function failureTest({ name }: FirstPart, options: string): string {
  return `
  it('does without ${name}', async () => {
    const faults = { ${name}: 'connection refused' } as const;
    const { values, incomplete } = await testScreen(home, { ${options}, faults });
    assert.deepEqual(incomplete, ['${name}']);
    assert.equal(values.${name}, null);
  });
`;
}

/** Shorter than this a value stands in one line. */
const SHORT = 60;

/** A JSON value as code. */
function codeOf(value: unknown, indent = ''): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Array.isArray(value)
    ? value.map((one) => codeOf(one, `${indent}  `))
    : Object.entries(value).map(([name, one]) => `${memberName(name)}: ${codeOf(one, `${indent}  `)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{ ', ' }'];
  if (members.length === 0) return Array.isArray(value) ? '[]' : '{}';
  const short = `${open}${members.join(', ')}${close}`;
  if (short.length <= SHORT && !short.includes('\n')) return short;
  const lines = members.map((member) => `${indent}  ${member},\n`);
  return `${open.trim()}\n${lines.join('')}${indent}${close.trim()}`;
}
