/**
 * Holds Kubernetes manifests to the API's own types, without a cluster: each document becomes a literal of its kind's type, and
 * TypeScript's compiler finds what is unknown, missing or of the wrong kind.
 */
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');
const CHECKED = join(ROOT, 'test/deploy/manifests.generated.ts');

/** What a document of a file is. */
export interface Manifest {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** `apps/v1` → where its types are, for the groups that are built in. */
function moduleOf(apiVersion: string): string | undefined {
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const builtIn = !group.includes('.') || group.endsWith('.k8s.io');
  // Those that are of the project, and no part of the API server.
  if (!builtIn || group === 'gateway.networking.k8s.io') return undefined;
  return `kubernetes-types/${group.split('.')[0]}/${version}`;
}

export function isBuiltIn({ apiVersion }: Manifest): boolean {
  return moduleOf(apiVersion) !== undefined;
}

/** One line for each thing that is wrong. */
export function faultsOf(manifests: readonly Manifest[]): string[] {
  const checked = manifests.filter(isBuiltIn);
  const lines = checked.map(({ apiVersion, kind, content }, i) => {
    const literal = JSON.stringify(content);
    return `const m${i}: import('${moduleOf(apiVersion)}').${kind} = ${literal}; void m${i};`;
  });
  const text = `${lines.join('\n')}\nexport {};\n`;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === CHECKED || fileExists.call(host, file);
  host.getSourceFile = (file, target, ...rest) =>
    file === CHECKED
      ? ts.createSourceFile(file, text, target)
      : getSourceFile.call(host, file, target, ...rest);
  const program = ts.createProgram([CHECKED], options, host);
  return ts.getPreEmitDiagnostics(program).map((found) => {
    const line = found.file?.getLineAndCharacterOfPosition(found.start ?? 0).line ?? -1;
    const of = checked[line];
    const message = ts.flattenDiagnosticMessageText(found.messageText, ' ');
    const place = text.slice(found.start ?? 0, (found.start ?? 0) + (found.length ?? 0));
    return `${of?.file ?? '?'} ${of?.kind ?? ''}, at ${place}: ${message}`;
  });
}
