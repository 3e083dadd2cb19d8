/**
 * Rules by which a JSON value gets another shape, in KrakenD's words and order, whatever the order in the file:
 * `target` → `allow` → `deny` → `mapping` → `move` → `default` → `constant` → `wrap`; `flatmap` stands in place of
 * `allow` to `move`. Lists and maps are worked through as they are written. Paths are those of `json-path.ts`.
 */
import { z } from 'zod';
import { appendAt, assignAt, moveAt, relocation } from './json-assign.ts';
import { EACH, formatJsonPath, indexOf, jsonPath, type PathStep, parseJsonPath } from './json-path.ts';
import { dropNamed, keepNamed, renameNamed } from './json-select.ts';
import { MAX_JSON_DEPTH, makePathStripper } from './json-strip.ts';
import { PathTree } from './json-tree.ts';
import { copyJson, isJsonObject, member, parseJson, setMember } from './json-value.ts';

const MAX_RULES = 256;

const memberName = z.string().min(1).max(256);
const paths = z.array(jsonPath).min(1).max(MAX_RULES);
const pair = z.tuple([jsonPath, jsonPath], { error: 'expected two paths: from and to' });

const moved = pair.describe('From which path, to which');

const flatmapStep = z.union([
  z.strictObject({ type: z.literal('move').describe('Puts a value in another place'), args: moved }),
  z.strictObject({
    type: z.literal('append').describe('Puts the items of one list behind those of another'),
    args: moved,
  }),
  z.strictObject({
    type: z.literal('del').describe('Takes values away'),
    args: paths.describe('Paths of what goes'),
  }),
]);

/** The keys, for fragments with keys of their own beside them: check these with `checkJsonRules` too. */
export const jsonRulesShape = {
  target: jsonPath.optional().describe('The part of the value that is all of it from here on; {} without it'),
  allow: paths.optional().describe('What is kept, by path; everything else goes'),
  deny: paths.optional().describe('What goes, by path'),
  mapping: z.record(jsonPath, memberName).optional().describe('Path → the new name of what stands there'),
  move: z.record(jsonPath, jsonPath).optional().describe('Path → the path to which it goes'),
  default: z.record(jsonPath, z.unknown()).optional().describe('Path → the value where there is none'),
  constant: z.record(jsonPath, z.unknown()).optional().describe('Path → the value, whatever there is'),
  wrap: memberName.optional().describe('The name under which the whole is put'),
  flatmap: z
    .array(flatmapStep)
    .min(1)
    .max(MAX_RULES)
    .optional()
    .describe('move, append and del, one after the other, in place of allow, deny, mapping and move'),
};

const jsonRulesObject = z.strictObject(jsonRulesShape);

export type JsonRules = z.output<typeof jsonRulesObject>;

export const jsonRulesConfig = jsonRulesObject.superRefine(checkJsonRules);

/** Faults that one rule alone does not show: names that collide, moves that cannot be told apart. */
export function checkJsonRules(rules: JsonRules, context: z.RefinementCtx): void {
  const fault = (path: PropertyKey[], message: string): void =>
    context.addIssue({ code: 'custom', path, message });
  if (rules.flatmap) {
    for (const other of ['allow', 'deny', 'mapping', 'move'] as const) {
      if (rules[other]) fault([other], 'expected either flatmap or allow, deny, mapping and move');
    }
  }
  if (rules.target !== undefined && tryParse(rules.target)?.includes(EACH)) {
    fault(['target'], 'expected one place, without *');
  }
  const allowed = new Set((rules.allow ?? []).map(canonical));
  for (const [i, path] of (rules.deny ?? []).entries()) {
    if (allowed.has(canonical(path))) fault(['deny', i], `"${path}" is both allowed and denied`);
  }
  checkMapping(rules.mapping ?? {}, allowed, fault);
  const seen = new Set<string>();
  for (const [from, to] of Object.entries(rules.move ?? {})) {
    checkMove(from, to, (message) => fault(['move', from], message));
    if (seen.has(canonical(to))) fault(['move', from], `another value is moved to "${to}" already`);
    seen.add(canonical(to));
  }
  for (const [i, { type, args }] of (rules.flatmap ?? []).entries()) {
    if (type !== 'del') checkMove(args[0], args[1], (message) => fault(['flatmap', i, 'args'], message));
  }
  const constants = new Set(Object.keys(rules.constant ?? {}).map(canonical));
  for (const path of Object.keys(rules.default ?? {})) {
    if (constants.has(canonical(path))) fault(['default', path], 'a constant is set there in any case');
  }
}

function checkMapping(
  mapping: Readonly<Record<string, string>>,
  allowed: ReadonlySet<string>,
  fault: (path: PropertyKey[], message: string) => void,
): void {
  const renamed = new Set(Object.keys(mapping).map(canonical));
  const taken = new Map<string, string>();
  for (const [path, name] of Object.entries(mapping)) {
    const steps = tryParse(path);
    const last = steps?.at(-1);
    if (!steps || last === undefined) continue;
    if (last === EACH || indexOf(last) !== undefined) {
      fault(['mapping', path], 'expected a path that ends with a name');
      continue;
    }
    const place = formatJsonPath([...steps.slice(0, -1), name]);
    const other = taken.get(place);
    if (other !== undefined) fault(['mapping', path], `"${other}" is named "${name}" already`);
    else if (allowed.has(place) && !renamed.has(place)) {
      fault(['mapping', path], `"${place}" is allowed under that name already`);
    }
    taken.set(place, path);
  }
}

function checkMove(from: string, to: string, fault: (message: string) => void): void {
  const [source, place] = [tryParse(from), tryParse(to)];
  if (!source || !place) return;
  if (canonical(from) === canonical(to)) fault('expected another path to move to');
  try {
    relocation(source, place);
  } catch (error) {
    fault(error instanceof Error ? error.message : String(error));
  }
}

/** `undefined` for what is no path, which is reported where it stands. */
function tryParse(path: string): PathStep[] | undefined {
  try {
    return parseJsonPath(path);
  } catch {
    return undefined;
  }
}

function canonical(path: string): string {
  const steps = tryParse(path);
  return steps ? formatJsonPath(steps) : path;
}

/**
 * Takes over the value it is given, changes it, and answers what became of it. Throws `RangeError` where moves into many
 * items would make too much of it, and nothing else.
 */
export type JsonReshape = (value: unknown) => unknown;

/** Compiled once for a configuration. Throws `RangeError` for paths that `jsonRulesConfig` would refuse. */
export function compileJsonRules(rules: JsonRules): JsonReshape {
  const steps = [...filters(rules), ...additions(rules)];
  return (value) => {
    let result = value;
    for (const step of steps) result = step(result);
    return result;
  };
}

function filters({ target, allow, deny, mapping, move, flatmap }: JsonRules): JsonReshape[] {
  const steps: JsonReshape[] = [];
  if (target !== undefined) {
    const path = parseJsonPath(target);
    steps.push((value) => partAt(value, path));
  }
  if (allow) {
    const tree = PathTree.of(allow.map((path) => [parseJsonPath(path), true] as const));
    steps.push((value) => keepNamed(value, tree) ?? null);
  }
  if (deny) steps.push(dropping(deny));
  if (mapping) {
    const tree = PathTree.of(
      Object.entries(mapping).map(([path, name]) => [parseJsonPath(path), name] as const),
    );
    steps.push((value) => renameNamed(value, tree));
  }
  for (const [from, to] of Object.entries(move ?? {})) steps.push(moving(from, to));
  for (const { type, args } of flatmap ?? []) {
    if (type === 'del') steps.push(dropping(args));
    else if (type === 'move') steps.push(moving(args[0], args[1]));
    else {
      const append = relocation(parseJsonPath(args[0]), parseJsonPath(args[1]));
      steps.push((value) => appendAt(value, append));
    }
  }
  return steps;
}

function additions({ default: defaults, constant, wrap }: JsonRules): JsonReshape[] {
  const steps: JsonReshape[] = [];
  for (const [path, given] of Object.entries(defaults ?? {})) {
    const at = parseJsonPath(path);
    const give = (old: unknown): unknown => (old === undefined ? copyJson(given) : old);
    steps.push((value) => assignAt(value, at, give, false));
  }
  for (const [path, given] of Object.entries(constant ?? {})) {
    const at = parseJsonPath(path);
    steps.push((value) => assignAt(value, at, () => copyJson(given), true));
  }
  if (wrap !== undefined) {
    steps.push((value) => {
      const object = {};
      setMember(object, wrap, value);
      return object;
    });
  }
  return steps;
}

function dropping(denied: readonly string[]): JsonReshape {
  const tree = PathTree.of(denied.map((path) => [parseJsonPath(path), true] as const));
  return (value) => dropNamed(value, tree);
}

function moving(from: string, to: string): JsonReshape {
  const move = relocation(parseJsonPath(from), parseJsonPath(to));
  return (value) => moveAt(value, move);
}

function partAt(value: unknown, path: readonly PathStep[]): unknown {
  let part = value;
  for (const step of path) {
    if (step === EACH) return {};
    if (Array.isArray(part)) part = part[indexOf(step) ?? part.length];
    else part = isJsonObject(part) ? member(part, step) : undefined;
  }
  return part === undefined ? {} : part;
}

/** A JSON text in another shape; `undefined` where it is no JSON, too deep (`MAX_JSON_DEPTH`), or would be too long. */
export type JsonTextReshape = (text: Uint8Array) => Uint8Array | undefined;

/** Where all rules are `deny` by plain names, members are cut out of the bytes and no other byte is changed. */
export function compileJsonText(rules: JsonRules): JsonTextReshape {
  const plain = onlyDenied(rules);
  if (plain) return makePathStripper(plain);
  const reshape = compileJsonRules(rules);
  return (text) => {
    const parsed = parseJson(text, MAX_JSON_DEPTH);
    if (!parsed) return undefined;
    try {
      return Buffer.from(JSON.stringify(reshape(parsed.value)));
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  };
}

function onlyDenied(rules: JsonRules): string[][] | undefined {
  const { deny, ...others } = rules;
  if (!deny || Object.values(others).some((rule) => rule !== undefined)) return undefined;
  const plain: string[][] = [];
  for (const path of deny) {
    const names: string[] = [];
    for (const step of parseJsonPath(path)) {
      if (step === EACH || indexOf(step) !== undefined) return undefined;
      names.push(step);
    }
    plain.push(names);
  }
  return plain;
}
