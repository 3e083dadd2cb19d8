/** Besides what fakes do, what the compiler says of those that a backend could not be. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { compile, type Diagnosis } from '../bff/compile.fixture.ts';
import { defineBackends, document, json } from '../bff/index.ts';
import { fakeBackends, onGraph } from './backends.ts';

const KIT = `
import { defineBackends, document, grpc, json } from '@frontdesk/gateway/bff';
export { fakeBackends, onGraph, status } from '@frontdesk/gateway/bff/testing';
export interface User { readonly id: string; readonly name: string; readonly tier: 'gold' | 'silver' }
interface Dispatch { readonly findDriver: { readonly request: { readonly near: string }; readonly response: { readonly id: string }; readonly streams: false } }
export const kit = defineBackends({
  users: { get: { '/users/{id}': json<User>() }, post: { '/users': json<User, { readonly body: { readonly name: string } }>() } },
  dispatch: grpc<Dispatch>({ service: 'x', proto: 'x' }),
});
export const Orders = document<{ readonly orders: readonly string[] }, { readonly user: string }>('query Orders { orders }');
`;
const HEAD = `import { fakeBackends, kit, onGraph, Orders, status } from './kit.ts';\nexport const it = `;
const user = `{ id: '1', name: 'Ada', tier: 'gold' }`;
const CASES: Readonly<Record<string, readonly [source: string, message: RegExp | undefined]>> = {
  good: [
    `fakeBackends(kit, {
      users: {
        get: { '/users/{id}': ({ path }) => (path.id === '8' ? status(404) : { id: path.id, name: 'Ada', tier: 'gold' }) },
        post: { '/users': async ({ body }) => ({ id: '1', name: body.name, tier: 'silver' }) },
      },
      dispatch: { findDriver: ({ near }) => ({ id: near }) },
      graph: [[Orders, ({ user }) => ({ orders: [user] })], onGraph(Orders, ({ user }) => ({ orders: [user] }))],
    });`,
    undefined,
  ],
  wrongField: [
    `fakeBackends(kit, { users: { get: { '/users/{id}': () => ({ id: '1', name: 7, tier: 'gold' }) } } });`,
    /Type 'number' is not assignable to type 'string'|not assignable/,
  ],
  missingField: [
    `fakeBackends(kit, { users: { get: { '/users/{id}': () => ({ id: '1', name: 'Ada' }) } } });`,
    /tier/,
  ],
  wrongEnum: [
    `fakeBackends(kit, { users: { get: { '/users/{id}': () => ({ id: '1', name: 'Ada', tier: 'brass' }) } } });`,
    /"brass"/,
  ],
  unknownPath: [
    `fakeBackends(kit, { users: { get: { '/user/{id}': () => (${user}) } } });`,
    /'\/user\/\{id\}'/,
  ],
  unknownBackend: [`fakeBackends(kit, { shop: { get: {} } });`, /'shop'/],
  unknownMethod: [`fakeBackends(kit, { dispatch: { findDrver: () => ({ id: '1' }) } });`, /findDrver/],
  unknownParameter: [
    `fakeBackends(kit, { users: { get: { '/users/{id}': ({ path }) => ({ id: path.ix, name: '', tier: 'gold' }) } } });`,
    /'ix'/,
  ],
  wrongMessage: [
    `fakeBackends(kit, { dispatch: { findDriver: () => ({ id: 7 }) } });`,
    /'number' is not assignable|not assignable/,
  ],
  wrongData: [`fakeBackends(kit, { graph: [[Orders, () => ({ orders: [7] })]] });`, /not assignable/],
  wrongVariable: [
    `fakeBackends(kit, { graph: [onGraph(Orders, ({ usr }) => ({ orders: [usr] }))] });`,
    /'usr'/,
  ],
};

describe('fakeBackends, compiled', () => {
  let said: ReadonlyMap<string, readonly Diagnosis[]>;
  before(() => {
    const files: Record<string, string> = { 'cases/kit.ts': KIT };
    for (const [name, [source]] of Object.entries(CASES)) files[`cases/${name}.ts`] = HEAD + source;
    said = compile(files);
  });
  for (const [name, [, message]] of Object.entries(CASES)) {
    it(name, () => {
      const found = said.get(`cases/${name}.ts`) ?? [];
      assert.deepEqual(said.get('cases/kit.ts'), []);
      if (!message) assert.deepEqual(found, []);
      else assert.match(found.map(({ text }) => text).join('\n'), message);
    });
  }
});

describe('fakeBackends', () => {
  const kit = defineBackends({ users: { get: { '/users/{id}': json<string>() } } });
  const Orders = document<{ orders: number }>('query Orders { orders }');

  it('answers by the name of a call, and says what is missing and where it goes', () => {
    const fakes = fakeBackends(kit, {
      users: { get: { '/users/{id}': ({ path }) => path.id } },
      graph: [onGraph(Orders, () => ({ orders: 1 }))],
    });
    assert.deepEqual(fakes.known, ['users GET /users/{id}', 'graph Orders']);
    assert.equal(fakes.answer('users GET /users/{id}', { path: { id: '7' } }), '7');
    assert.throws(() => fakes.answer('dispatch findDriver', {}), {
      name: 'MissingFakeError',
      message: /no fake answers dispatch findDriver: add dispatch: \{ findDriver: .*answered are users GET/,
    });
    assert.throws(() => fakes.answer('graph Other', {}), /add graph: \[\[Other, \(variables\)/);
  });
});
