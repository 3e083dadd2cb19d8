/**
 * Finds the objects that a fetch fills, and puts what it brought into them. Both are generated for the path and
 * the keys that the plan names.
 */

import type { EntityBatch, OutputRewrite, PlanPath } from '../plan/plan.ts';
import type { TypeIndex } from '../supergraph/supergraph.ts';
import { generate, literal, readKey } from './codegen.ts';
import {
  type DataObject,
  getOwn,
  isDataObject,
  markMissing,
  mergeInto,
  setOwn,
  UNTYPED,
  type WrittenKey,
} from './data.ts';
import { Failure, type FailureEntry } from './failure.ts';

/** Adds the objects at the end of a path to `found`, in the order in which the answer names them. */
export type CollectPlaces = (root: DataObject, found: DataObject[]) => void;

const NOTHING: ReadonlySet<string> = new Set();

/** Lists on the way, of whatever depth, are passed through; nulls and failures end it. */
export function compilePath(
  path: PlanPath,
  types: TypeIndex,
  shared: ReadonlySet<string> = NOTHING,
): CollectPlaces {
  if (path.length === 0) return (root, found) => void found.push(root);
  const sets: ReadonlySet<string>[] = [];
  const functions: string[] = [];
  path.forEach((segment, index) => {
    const next = `p${index + 1}`;
    let step: string;
    if (segment.kind === 'field') {
      step = shared.has(segment.name)
        ? `const x=${readKey('v', segment.name)};if(typeof x!=="object"||!seen.has(x)){seen.add(x);${next}(x,f);}`
        : `${next}(${readKey('v', segment.name)},f);`;
    } else {
      step = `if(sets[${sets.length}].has(v.__typename))${next}(v,f);`;
      sets.push(types.matching(segment.types));
    }
    functions.push(walker(`p${index}`, step));
  });
  functions.push(walker(`p${path.length}`, 'f.push(v);'));
  const usesSeen = path.some((segment) => segment.kind === 'field' && shared.has(segment.name));
  const entry = usesSeen ? '(v,f)=>{seen=new Set();p0(v,f);seen=undefined;}' : 'p0';
  const collect = generate(`let seen;${functions.join('\n')}\nreturn ${entry};`, {
    own: getOwn,
    sets,
    Failure,
    isArray: Array.isArray,
  });
  if (typeof collect !== 'function') throw new TypeError('generated code is not a function');
  return (root, found) => collect(root, found);
}

/** Of the places found, those whose types a batch is for. */
export function ofTypes(
  { of, notOf }: Pick<EntityBatch, 'of' | 'notOf'>,
  collect: CollectPlaces,
): CollectPlaces {
  if (!of && !notOf) return collect;
  const only = of && new Set(of);
  const never = new Set(notOf);
  return (root, found) => {
    const places: DataObject[] = [];
    collect(root, places);
    for (const place of places) {
      const { __typename: type } = place;
      const isKnown = typeof type === 'string';
      if (only ? isKnown && only.has(type) : !isKnown || !never.has(type)) found.push(place);
    }
  };
}

function walker(name: string, step: string): string {
  return `function ${name}(v,f){
if(typeof v!=="object"||v===null||v instanceof Failure)return;
if(isArray(v)){for(let i=0;i<v.length;i++)${name}(v[i],f);return;}
${step}}`;
}

/** Merges an object of a reply into a place. */
export type Merge = (target: DataObject, source: DataObject) => void;

/** As `mergeInto` for these keys. */
export function compileMerge(keys: readonly WrittenKey[], types: TypeIndex): Merge {
  const keepTypename = (name: string): boolean => types.isObject(name);
  const one = keys.map((key) => [key]);
  let body = '';
  keys.forEach(({ key }, index) => {
    const write = key === '__proto__' ? `set(t,${literal(key)},v)` : `t[${literal(key)}]=v`;
    body += `v=${readKey('s', key)};if(v!==undefined){const c=${readKey('t', key)};if(c===undefined||c===null)${write};else join(t,s,one[${index}],keep);}\n`;
  });
  const merge = generate(`return function(t,s){let v;${body}}`, {
    own: getOwn,
    set: setOwn,
    join: mergeInto,
    one,
    keep: keepTypename,
  });
  if (typeof merge !== 'function') throw new TypeError('generated code is not a function');
  return (target, source) => merge(target, source);
}

/** Gives the keys of a reply that the planner had renamed their client's names, in place. */
export function compileRenames(
  rewrites: readonly OutputRewrite[],
  types: TypeIndex,
): ((object: unknown) => void) | undefined {
  if (rewrites.length === 0) return undefined;
  const steps = rewrites.map(({ path, renameTo }) => {
    const segments = path.map((segment) =>
      segment.kind === 'key' ? segment.name : types.matching(segment.types),
    );
    return (object: unknown) => renameAlong(object, segments, 0, renameTo);
  });
  return (object) => {
    for (const step of steps) step(object);
  };
}

function renameAlong(
  value: unknown,
  path: readonly (string | ReadonlySet<string>)[],
  index: number,
  renameTo: string,
): void {
  if (Array.isArray(value)) {
    for (const item of value) renameAlong(item, path, index, renameTo);
    return;
  }
  const segment = path[index];
  if (!isDataObject(value) || segment === undefined) return;
  if (typeof segment !== 'string') {
    const typename = value.__typename;
    // Planners do not ask for the types of entities: where none is told, the key itself says whether it is meant.
    if (typeof typename !== 'string' || segment.has(typename)) renameAlong(value, path, index + 1, renameTo);
    return;
  }
  const member = getOwn(value, segment);
  if (member === undefined) return;
  if (index < path.length - 1) {
    renameAlong(member, path, index + 1, renameTo);
  } else {
    delete value[segment];
    setOwn(value, renameTo, member);
  }
}

/** A copy that shares nothing: for places that must not see each other's later merges. */
export function cloneData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cloneData);
  if (!isDataObject(value)) return value;
  const copy: DataObject = {};
  for (const key of Object.keys(value)) setOwn(copy, key, cloneData(value[key]));
  return copy;
}

/**
 * A fetch brought nothing for this place: each of its keys that has no value fails, by the entry that names it
 * where there is one. (A key lost through another's error carries that error: it is told once, at its own path.)
 */
export function failKeys(
  target: DataObject,
  keys: readonly WrittenKey[],
  entries: readonly FailureEntry[],
): void {
  for (const written of keys) {
    const failure = failureFor(written.key, entries);
    if (written.key === '__typename' && typeof target.__typename === 'string') target[UNTYPED] = failure;
    else markMissing(target, [written], failure);
  }
}

function failureFor(key: string, entries: readonly FailureEntry[]): Failure {
  const own = entries.filter((entry) => entry.below[0] === key);
  if (own.length > 0) {
    return new Failure(own.map((entry) => ({ ...entry, below: entry.below.slice(1), fromParent: false })));
  }
  return new Failure(entries.slice(0, 1).map((entry) => ({ ...entry, fromParent: entry.below.length > 0 })));
}
