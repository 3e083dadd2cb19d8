import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildSchema } from 'graphql';
import { defineBackends, defineBff, z } from '../bff/index.ts';
import { parseManifest, sha256 } from '../graph/persisted/manifest.ts';
import { CLIENT_MARK, generateClient } from './client-code.ts';
import { linesWith } from './package-folder.fixture.ts';

const { screen, part } = defineBackends({}).takes(
  z.object({ id: z.string(), tree: z.object({ size: z.number() }).optional() }),
);
const sdl = `
  type Query { "One of them." one(id: ID!, tree: Tree): Problem }
  input Tree { size: Float! }
  type Problem { "How it stands." state: State }
  enum State { open closed }
`;
const made = screen({ path: '/one/{id}', field: 'one', parts: { state: part(() => 'open') } });
const bff = defineBff({ name: 'one', schema: sdl, screens: [made] });

async function textsOf() {
  const { files } = await generateClient(bff, buildSchema(sdl));
  return new Map(files.map(({ path, text }) => [path, text]));
}

describe('the code of a client', () => {
  it('imports nothing, and names what callers say and read', async () => {
    const code = (await textsOf()).get('client.ts') ?? '';
    assert.ok(code.startsWith(`// ${CLIENT_MARK} of BFF one. Do not edit.`));
    assert.doesNotMatch(code, /^import|\bany\b/m);
    assert.match(code, /export interface OneInput \{\n {2}readonly id: string;\n/);
    assert.match(code, /One of them\.\n {5}\* `GET \/one\/\{id\}`\n/);
    assert.deepEqual(linesWith(code, 'one: screen<'), [
      "one: screen<OneInput, OneAnswer>(options, { path: '/one/{id}', json: ['tree'] }),",
    ]);
  });

  it('has one name for each thing, also where the schema and what every client has call theirs alike', async () => {
    const code = (await textsOf()).get('client.ts') ?? '';
    const declared = [...code.matchAll(/^(?:export )?(?:type|interface|class|const) (\w+)/gm)].map(
      ([, name]) => name,
    );
    assert.deepEqual(declared, [...new Set(declared)]);
    assert.ok(declared.includes('State2'), 'the enum State, beside the State of streams');
  });

  it('knows its documents by the ids of the manifest that the gateway reads', async () => {
    const texts = await textsOf();
    const manifest = parseManifest(texts.get('manifest.json') ?? '');
    assert.ok(manifest.ok);
    const [document] = manifest.documents;
    assert.equal(document?.id, sha256(document?.text ?? ''));
    assert.equal(document?.operationName, 'One');
    assert.ok(texts.get('client.ts')?.includes(`id: '${document?.id}'`));
    assert.match(texts.get('documents/One.graphql') ?? '', /^# Generated .*\n# .*\nquery One\(/);
  });
});
