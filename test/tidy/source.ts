/** The repository's TypeScript as the tidy rules see it: files, what each imports and exports, its functions. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

export const ROOT = resolve(import.meta.dirname, '../..');
export const PACKAGES = ['gateway', 'bff-mobile', 'bff-web', 'subgraphs-mock', 'schema', 'test'] as const;
const NOT_OURS = new Set(['node_modules', 'dist', '.peers', '.git', 'coverage']);

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** The file it means, where that is one of ours by a relative path. */
  readonly file: string | undefined;
  /** What is taken of it; `*` for everything. */
  readonly names: readonly string[];
  readonly line: number;
}

export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Values that it exports by name; types are left out. */
  readonly exportedValues: readonly string[];
  /** Whether it holds nothing that runs: types and re-exports alone. */
  readonly isTypesOnly: boolean;
  readonly functions: readonly { readonly name: string; readonly line: number; readonly lines: number }[];
  /** Lines where the type `any` is written, or where a test is focused and so silences the others. */
  readonly evasions: readonly number[];
}

/** Files below `directory` (from the root) that `accept` takes, as paths from the root. */
export function findFiles(directory: string, accept: (name: string) => boolean): string[] {
  return readdirSync(join(ROOT, directory), { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return [];
    const path = posix.join(directory, entry.name);
    if (entry.isDirectory()) return findFiles(path, accept);
    return accept(entry.name) ? [path] : [];
  });
}

export function readSources(): SourceFile[] {
  return PACKAGES.flatMap((name) => findFiles(name, (file) => file.endsWith('.ts'))).map(readSource);
}

/** Tests and what only they use: free to reach across rooms. */
export function isForTests(path: string): boolean {
  return (
    /\.(test|fixture)\.ts$|\/testing\//.test(path) ||
    path.startsWith('test/') ||
    path.startsWith('gateway/bench/')
  );
}

export function readSource(path: string): SourceFile {
  return parseSource(path, readFileSync(join(ROOT, path), 'utf8'));
}

const TEST_FUNCTIONS = new Set(['test', 'it', 'describe', 'suite']);

/** `test.only(…)` and its kin. */
function isFocusedTest(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { expression, name } = node.expression;
  return name.text === 'only' && ts.isIdentifier(expression) && TEST_FUNCTIONS.has(expression.text);
}

export function parseSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const functions: SourceFile['functions'][number][] = [];
  const evasions: number[] = [];
  const lineOf = (node: ts.Node): number => tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) {
      const file = specifier.startsWith('.') ? resolveFrom(path, specifier) : undefined;
      imports.push({ specifier, file, names: namesOf(node), line: lineOf(node) });
    }
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const end = tree.getLineAndCharacterOfPosition(node.getEnd()).line + 1;
      functions.push({ name: nameOf(node), line: lineOf(node), lines: end - lineOf(node) + 1 });
    }
    if (node.kind === ts.SyntaxKind.AnyKeyword || isFocusedTest(node)) evasions.push(lineOf(node));
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return {
    path,
    text,
    lines: text.split('\n').length - 1,
    imports,
    evasions,
    exportedValues: tree.statements.flatMap(exportedBy),
    isTypesOnly: tree.statements.every(holdsNoCode),
    functions,
  };
}

function specifierOf(node: ts.Node): string | undefined {
  let text: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) text = node.moduleSpecifier;
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    text = node.arguments[0];
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) text = node.argument.literal;
  return text && ts.isStringLiteral(text) ? text.text : undefined;
}

function namesOf(node: ts.Node): string[] {
  if (ts.isImportDeclaration(node)) {
    const { importClause } = node;
    if (!importClause) return [];
    const names = importClause.name ? ['default'] : [];
    const bindings = importClause.namedBindings;
    if (!bindings) return names;
    if (ts.isNamespaceImport(bindings)) return [...names, '*'];
    return [...names, ...bindings.elements.map(({ propertyName, name }) => (propertyName ?? name).text)];
  }
  if (ts.isExportDeclaration(node) && node.exportClause && ts.isNamedExports(node.exportClause)) {
    return node.exportClause.elements.map(({ propertyName, name }) => (propertyName ?? name).text);
  }
  return ['*'];
}

function resolveFrom(path: string, specifier: string): string {
  return relative(ROOT, resolve(ROOT, dirname(path), specifier))
    .split(sep)
    .join('/');
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name) return node.name.getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)
    ? parent.name.getText()
    : 'a function';
}

function exportedBy(statement: ts.Statement): string[] {
  const exported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
  if (!exported) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name)
        ? [name.text]
        : name.elements.flatMap((element) => (ts.isBindingElement(element) ? [element.name.getText()] : [])),
    );
  }
  const isValue = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  return isValue && statement.name ? [statement.name.text] : [];
}

function holdsNoCode(statement: ts.Statement): boolean {
  return (
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isImportDeclaration(statement) ||
    (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined)
  );
}
