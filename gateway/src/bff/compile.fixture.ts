/** Compiles small programs that are never written to disk, all in one go, and tells what the compiler says of each. */
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

export interface Diagnosis {
  /** What is said, with all that explains it, a line each. */
  readonly text: string;
  /** The source from the place on that it is said of. */
  readonly at: string;
}

const ROOT = resolve(import.meta.dirname, '../../..');

/** `files`: by path below this folder, `cases/a.ts`. Gives what is wrong with each, by path. */
export function compile(files: Readonly<Record<string, string>>): ReadonlyMap<string, readonly Diagnosis[]> {
  const options = compilerOptions();
  const sources = new Map(
    Object.entries(files).map(([path, text]) => [join(import.meta.dirname, path), text] as const),
  );
  const folders = new Set([...sources.keys()].map(dirname));
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile, directoryExists } = host;
  host.getSourceFile = (path, version, ...more) => {
    const text = sources.get(path);
    if (text === undefined) return getSourceFile(path, version, ...more);
    return ts.createSourceFile(path, text, version);
  };
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.directoryExists = (path) => folders.has(path) || (directoryExists?.(path) ?? true);
  const program = ts.createProgram([...sources.keys()], options, host);
  return new Map(
    Object.keys(files).map((path) => {
      const source = program.getSourceFile(join(import.meta.dirname, path));
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [path, found.map((one) => diagnosis(one, source?.text ?? ''))];
    }),
  );
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  // What Node offers is of no matter to what is looked at.
  return { ...options, types: [], noUnusedLocals: false, noUnusedParameters: false };
}

function diagnosis({ messageText, start = 0 }: ts.Diagnostic, source: string): Diagnosis {
  return { text: ts.flattenDiagnosticMessageText(messageText, '\n'), at: source.slice(start) };
}
