/** Every file of a new BFF's package but those that `frontdesk bff types` makes. */
import type { FirstPart } from './parts.ts';
import { exampleTarget, schemaText, screenTest, screenText } from './screen-text.ts';

/** A backend of the new package. */
export interface NewUpstream {
  readonly name: string;
  /** Where it is, as the configuration has it. */
  readonly url: string;
  /** Its document: where it goes in the package, and its text. */
  readonly path: string;
  readonly text: string;
}

export interface NewPackage {
  readonly name: string;
  /** What `npm install` is told of the gateway: a version, or where it is. */
  readonly gateway: string;
  readonly upstreams: readonly NewUpstream[];
  readonly parts: readonly FirstPart[];
}

export interface PackageFile {
  readonly path: string;
  readonly text: string;
}

/** Where a package listens until somebody says otherwise. */
const DEFAULT_PORT = 4030;
const TYPESCRIPT = '^7.0.2';
const NODE_TYPES = '^24.0.0';

export function packageFiles(made: NewPackage): readonly PackageFile[] {
  return [
    { path: 'package.json', text: manifest(made) },
    { path: 'tsconfig.json', text: TSCONFIG },
    { path: '.gitignore', text: 'node_modules/\n' },
    { path: 'README.md', text: readme(made) },
    { path: 'frontdesk.yaml', text: configuration(made) },
    { path: 'frontdesk.types.yaml', text: typesConfiguration(made) },
    ...made.upstreams.map(({ path, text }) => ({ path, text })),
    { path: 'src/index.ts', text: index(made) },
    { path: 'src/backends.ts', text: BACKENDS },
    { path: 'src/schema.graphql', text: schemaText(made.parts) },
    { path: 'src/screens/home.ts', text: screenText(made.parts) },
    { path: 'src/screens/home.test.ts', text: screenTest(made.parts) },
  ];
}

function manifest({ name, gateway }: NewPackage): string {
  const content = {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=22.19' },
    exports: { '.': './src/index.ts' },
    scripts: {
      dev: 'frontdesk bff dev --fake',
      start: 'frontdesk serve',
      test: 'node --test "src/**/*.test.ts"',
      types: 'frontdesk bff types',
      check: 'frontdesk bff types --check && tsc && frontdesk check',
    },
    dependencies: { '@frontdesk/gateway': gateway },
    devDependencies: { '@types/node': NODE_TYPES, typescript: TYPESCRIPT },
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2024",
    "module": "nodenext",
    "types": ["node"],
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "exactOptionalPropertyTypes": true,
    "verbatimModuleSyntax": true,
    "erasableSyntaxOnly": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "include": ["src"]
}
`;

const BACKENDS = `/** The tools of this BFF, typed by its backends' documents and by its own schema (\`npm run types\`). */
import { defineBackends } from '@frontdesk/gateway/bff';
import { bffContract } from './generated/schema.ts';
import { upstreams } from './generated/upstreams.ts';

export const backends = defineBackends(upstreams, bffContract);

export const { part, screen } = backends;
`;

function index({ name }: NewPackage): string {
  return `import { defineBff } from '@frontdesk/gateway/bff';
import { backends } from './backends.ts';
import { home } from './screens/home.ts';

export default defineBff({
  name: '${name}',
  schema: new URL('./schema.graphql', import.meta.url),
  backends,
  screens: [home],
});
`;
}

function configuration({ name, upstreams }: NewPackage): string {
  const lines = upstreams.map((upstream) => `  ${upstream.name}: { url: ${JSON.stringify(upstream.url)} }\n`);
  return `# The BFF alone: the same engine, chains and checks as in the gateway, on a port of its own.
listen: { host: 127.0.0.1, port: ${DEFAULT_PORT} }
admin: { host: 127.0.0.1, port: ${DEFAULT_PORT + 1} }
state: memory
upstreams:
${lines.join('')}bffs:
  # Open to anybody. With a section auth, say here who may ask: auth: jwt
  - { package: ./src/index.ts, mount: /${name}, auth: none }
`;
}

function typesConfiguration({ upstreams }: NewPackage): string {
  return `# What the types in src/generated are made from: npm run types
upstreams:
${upstreams.map(({ name, path }) => `  ${name}: ./${path}\n`).join('')}`;
}

function readme({ name, parts }: NewPackage): string {
  const target = `/${name}${exampleTarget(parts)}`;
  return `# ${name}

A BFF on Frontdesk.

| | |
|---|---|
| \`npm run dev\` | serves it on backends that are answered from their documents, anew with each save, with a waterfall of each request |
| \`npx frontdesk bff dev\` | the same on the backends of \`frontdesk.yaml\` |
| \`npm test\` | runs its screens without a network |
| \`npm run types\` | types from \`frontdesk.types.yaml\`, after a backend's document or the schema changed |
| \`npm run check\` | types, compiler and configuration |
| \`npm start\` | serves it |

\`\`\`
curl 'http://127.0.0.1:${DEFAULT_PORT}${target}'
\`\`\`

| | |
|---|---|
| \`src/schema.graphql\` | what the app may ask for: GraphQL at \`/${name}/graphql\`, and each screen at a path of its own |
| \`src/screens/\` | the screens, each of parts that are fetched side by side |
| \`backends/\` | what the backends promise |
| \`src/generated/\` | types: made, committed, never edited |
| \`frontdesk.yaml\` | where the backends are, who may ask, limits, deadlines |
`;
}
