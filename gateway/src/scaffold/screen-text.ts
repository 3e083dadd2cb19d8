/** The first screen of a package: its code, its part of the schema, and its test. */
import { quoted } from '../codegen/ts-text.ts';
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
export function inputOf(parts: readonly FirstPart[]): readonly NeededParameter[] {
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
      shape: (answer) => (${pickText(shape, 'answer', '      ')}),
    }),
`;
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
  const answers = parts
    .map(({ upstream, read }) => {
      return `  ${quoted(`${upstream} GET ${read.path}`)}: () => (${codeOf(read.sample, '  ')}),\n`;
    })
    .join('');
  const given = inputOf(parts);
  const input = Object.fromEntries(given.map(({ name, sample }) => [name, sample]));
  const stated = given.length > 0 ? `const input = ${codeOf(input, '')};\n` : '';
  const pass = given.length > 0 ? 'answers, input' : 'answers';
  const passLost = given.length > 0 ? 'answers: lost, input' : 'answers: lost';
  const values = Object.fromEntries(parts.map(({ name, shape, read }) => [name, picked(shape, read.sample)]));
  const optional = parts.find(({ required }) => !required);
  return `import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
${optional ? "import { FrontdeskError } from '@frontdesk/gateway/bff';\n" : ''}import { testScreen } from '@frontdesk/gateway/bff/testing';
import { home } from './home.ts';

/** What the backends answer, by what is asked: no network, no ports. */
const answers = {
${answers}};
${stated}
describe('the home screen', () => {
  it('shows what the backends say', async () => {
    const { values, incomplete } = await testScreen(home, { ${pass} });
    assert.deepEqual(incomplete, []);
    assert.deepEqual(values, ${codeOf(values, '    ')});
  });
${optional ? failureTest(optional, passLost) : ''}});
`;
}

function failureTest({ name, upstream, read }: FirstPart, pass: string): string {
  return `
  it('does without ${name}', async () => {
    const lost = {
      ...answers,
      ${quoted(`${upstream} GET ${read.path}`)}: () => {
        throw new FrontdeskError('upstream_connect');
      },
    };
    const { values, incomplete } = await testScreen(home, { ${pass} });
    assert.deepEqual(incomplete, [${quoted(name)}]);
    assert.equal(values.${name}, null);
  });
`;
}

/** A JSON value as code. */
function codeOf(value: unknown, indent: string): string {
  return JSON.stringify(value, undefined, 2)
    .replace(/^(\s*)"([A-Za-z_]\w*)":/gm, '$1$2:')
    .replaceAll('\n', `\n${indent}`);
}
