/**
 * What the validator found, as faults with positions: every one, each saying what was expected and what was
 * there. Of a union's alternatives the one that the value was meant as is reported, not all of them.
 */
import { z } from 'zod';
import { conceal } from './concealed.ts';
import { type Fault, faultAt, type Path } from './fault.ts';
import { nearest, suggestion } from './nearest.ts';
import { keyPosition, type MapNode, nodeAt, positionOf, type ScalarNode } from './tree.ts';
import { kindFault } from './union-kinds.ts';

type Issue = z.core.$ZodIssue;

export interface Validation<T> {
  readonly output: T | undefined;
  readonly faults: readonly Fault[];
}

/** A parser compiled for each object pays where much is parsed: a configuration is read at a start and at a change. */
const ONCE = { jitless: true } as const;

/** Validates the tree's plain value. Scalars marked faulty are not reported again. */
export function validate<S extends z.ZodType>(
  schema: S,
  root: MapNode,
  plain: unknown,
): Validation<z.output<S>> {
  // What each object knows, and which union it was, is not in an issue, only in the schema that raised it; kept here
  // by the issue's own list.
  const known = new WeakMap<object, readonly string[]>();
  const unions = new WeakMap<object, z.ZodUnion>();
  const result = schema.safeParse(plain, {
    ...ONCE,
    error: (issue) => {
      if (issue.code === 'unrecognized_keys' && issue.inst instanceof z.ZodObject) {
        known.set(issue.keys, Object.keys(issue.inst.shape));
      }
      if (issue.code === 'invalid_union' && issue.inst instanceof z.ZodUnion) {
        unions.set(issue.errors, issue.inst);
      }
      return undefined;
    },
  });
  if (result.success) return { output: result.data, faults: [] };
  const found: Found = { root, known, unions, faults: [] };
  for (const issue of result.error.issues) report(found, issue, []);
  return { output: undefined, faults: dropEchoes(found.faults).map((entry) => entry.fault) };
}

/**
 * Gives text that came from the environment or a file the type its place asks for, where that alone is wrong:
 * `port: ${PORT}` is a number, and a secret of digits stays text. True when something changed.
 */
export function retype(schema: z.ZodType, root: MapNode, plain: unknown): boolean {
  const result = schema.safeParse(plain, ONCE);
  if (result.success) return false;
  let changed = false;
  const visit = (issue: Issue, parent: Path): void => {
    const path = [...parent, ...issue.path];
    if (issue.code === 'invalid_union') {
      for (const branch of issue.errors) for (const inner of branch) visit(inner, path);
    }
    if (issue.code !== 'invalid_type') return;
    const node = nodeAt(root, path);
    if (node?.kind === 'scalar' && coerce(node, issue.expected)) changed = true;
  };
  for (const issue of result.error.issues) visit(issue, []);
  return changed;
}

function coerce(node: ScalarNode, expected: string): boolean {
  if (node.origin === undefined || typeof node.value !== 'string') return false;
  const text = node.value;
  if ((expected === 'number' || expected === 'int') && /^-?\d+(\.\d+)?$/.test(text))
    node.value = Number(text);
  else if (expected === 'boolean' && (text === 'true' || text === 'false')) node.value = text === 'true';
  else return false;
  return true;
}

interface Report {
  readonly fault: Fault;
  /** Set on a fault about a setting that is missing, and on one about an unknown key. */
  readonly missing?: string;
  readonly meant?: string;
}

interface Found {
  readonly root: MapNode;
  readonly known: WeakMap<object, readonly string[]>;
  readonly unions: WeakMap<object, z.ZodUnion>;
  readonly faults: Report[];
}

function report(found: Found, issue: Issue, parent: Path): void {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    reportUnknownKeys(found, issue, path);
    return;
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const union = found.unions.get(issue.errors);
    const place = nodeAt(found.root, path);
    const kinds = union && place?.kind === 'map' ? kindFault(union, [...place.entries.keys()]) : undefined;
    if (kinds !== undefined) {
      found.faults.push({ fault: faultAt(positionOf(found.root, path), path, kinds) });
      return;
    }
    const branch = meantBranch(found, issue.errors, path);
    if (branch) {
      for (const inner of branch) report(found, inner, path);
      return;
    }
  }
  if (issue.code === 'invalid_key') {
    const why = issue.issues.map((inner) => messageOf(inner, undefined)).join('; ');
    const key = String(path.at(-1));
    found.faults.push({
      fault: faultAt(keyPosition(found.root, path.slice(0, -1), key), path, `the key is wrong: ${why}`),
    });
    return;
  }
  if (issue.code === 'invalid_element') {
    for (const inner of issue.issues) report(found, inner, path);
    return;
  }
  const node = nodeAt(found.root, path);
  if (node?.kind === 'scalar' && node.faulty) return;
  const at = positionOf(found.root, path);
  if (!node && path.length > 0) {
    const message = `is missing: ${messageOf(issue, undefined)}`;
    found.faults.push({ fault: faultAt(at, path, message), missing: String(path.at(-1)) });
    return;
  }
  const scalar = node?.kind === 'scalar' ? node : undefined;
  found.faults.push({
    fault: faultAt(at, path, conceal(messageOf(issue, shown(node)), scalar ? [scalar] : [])),
  });
}

function reportUnknownKeys(found: Found, issue: z.core.$ZodIssueUnrecognizedKeys, path: Path): void {
  const names = found.known.get(issue.keys) ?? [];
  for (const key of issue.keys) {
    const meant = nearest(key, names);
    const fault = faultAt(
      keyPosition(found.root, path, key),
      [...path, key],
      `unknown key "${key}"; ${suggestion(key, names)}`,
    );
    found.faults.push(meant === undefined ? { fault } : { fault, meant });
  }
}

/** A missing setting whose mistyped key is reported beside it is one mistake, not two. */
function dropEchoes(reports: readonly Report[]): Report[] {
  const meant = new Set<string>();
  for (const { fault, meant: name } of reports) {
    if (name !== undefined) meant.add(siblingPath(fault.path, name));
  }
  return reports.filter(({ fault, missing }) => missing === undefined || !meant.has(fault.path));
}

function siblingPath(path: string, name: string): string {
  const dot = path.lastIndexOf('.');
  return dot < 0 ? name : `${path.slice(0, dot)}.${name}`;
}

/**
 * The alternative that a value was meant as: one whose kind fits, with the fewest keys it does not know and then
 * the fewest faults. `undefined` where the value's kind fits none.
 */
function meantBranch(found: Found, branches: readonly Issue[][], path: Path): readonly Issue[] | undefined {
  const fitting = branches.filter((branch) => branch.every((issue) => !refusesKind(issue)));
  const unknown = (branch: readonly Issue[]): number => {
    let count = 0;
    for (const issue of branch) {
      if (issue.code !== 'unrecognized_keys') continue;
      const names = found.known.get(issue.keys) ?? [];
      for (const key of issue.keys) count += nearest(key, names) === undefined ? 1 : 0.5;
    }
    return count;
  };
  const missing = (branch: readonly Issue[]): number =>
    branch.filter((issue) => issue.path.length > 0 && !nodeAt(found.root, [...path, ...issue.path])).length;
  const score = (branch: readonly Issue[]): number =>
    unknown(branch) * 1_000 + missing(branch) * 10 + branch.length;
  return fitting.sort((a, b) => score(a) - score(b))[0];
}

function refusesKind(issue: Issue): boolean {
  if (issue.path.length > 0 || issue.code === 'unrecognized_keys') return false;
  if (issue.code === 'invalid_union') return issue.errors.every((branch) => branch.some(refusesKind));
  return issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'custom';
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  null: 'nothing',
};

/** A sentence on what was expected; `got` is the value as shown to people. */
function messageOf(issue: Issue, got: string | undefined): string {
  const not = got === undefined ? '' : `, not ${got}`;
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.message.startsWith('expected')) return `${issue.message}${not}`;
      return `expected ${KINDS[issue.expected] ?? issue.expected}${not}`;
    }
    case 'invalid_value': {
      const values = issue.values.map(String);
      const one = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`;
      return `expected ${one}${not}${meant(got, values)}`;
    }
    case 'too_small':
    case 'too_big':
      return issue.message.startsWith('expected') ? issue.message : `${sizeMessage(issue)}${not}`;
    case 'invalid_union': {
      const all = issue.errors.flat().filter((inner) => inner.path.length === 0);
      const words = new Set(all.map((inner) => expectation(messageOf(inner, undefined))));
      if (words.size === 0) return `expected another value${not}`;
      const values = all.flatMap((inner) => (inner.code === 'invalid_value' ? inner.values.map(String) : []));
      return `expected ${[...words].join(', or ')}${not}${meant(got, values)}`;
    }
    default:
      return issue.message.startsWith('expected') || issue.code === 'custom'
        ? issue.message
        : `expected another value${not}: ${issue.message}`;
  }
}

function meant(got: string | undefined, values: readonly string[]): string {
  const near = got?.startsWith('"') ? nearest(got.slice(1, -1), values) : undefined;
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

function expectation(message: string): string {
  return message.replace(/^expected /, '').replace(/, not .*$/s, '');
}

function sizeMessage(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const low = issue.code === 'too_small';
  const limit = low ? issue.minimum : issue.maximum;
  const bound = issue.inclusive === false ? (low ? 'more than' : 'less than') : low ? 'at least' : 'at most';
  if (issue.origin === 'string') return `expected ${bound} ${limit} characters`;
  if (issue.origin === 'array' || issue.origin === 'set') return `expected ${bound} ${limit} in the list`;
  return `expected a number of ${bound} ${limit}`;
}

const LONGEST_SHOWN = 60;

function shown(node: ReturnType<typeof nodeAt>): string | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'list') return 'a list';
  if (node.value === null) return 'nothing';
  const text = node.origin ?? (typeof node.value === 'string' ? node.value : String(node.value));
  const cut = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return typeof node.value === 'string' ? `"${cut}"` : cut;
}
