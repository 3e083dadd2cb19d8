/**
 * Which members of the merged answer a part gives, as far as its configuration tells: what collisions are found by
 * before anything is served, and which parts `?fields=` needs.
 */
import { EACH, indexOf, type PathStep, parseJsonPath } from '../../wire/json/json-path.ts';
import type { JsonRules } from '../../wire/json/json-reshape.ts';
import { isJsonObject } from '../../wire/json/json-value.ts';

export interface TopNames {
  /** Members that it may give, by the word of its rules. */
  readonly names: ReadonlySet<string>;
  /** Whether it gives no others. */
  readonly isAll: boolean;
}

/** `fallback`: what stands in for the part as a whole. Paths must be good ones. */
export function topNames(rules: JsonRules, group: string | undefined, fallback?: unknown): TopNames {
  if (group !== undefined) return { names: new Set([group]), isAll: true };
  const names = new Set<string>(isJsonObject(fallback) ? Object.keys(fallback) : []);
  let isAll = false;
  if (rules.allow) isAll = addAllowed(rules, names);
  for (const path of [...Object.keys(rules.default ?? {}), ...Object.keys(rules.constant ?? {})]) {
    isAll = addTop(path, names) && isAll;
  }
  for (const to of Object.values(rules.move ?? {})) isAll = addTop(to, names) && isAll;
  for (const step of rules.flatmap ?? []) if (step.type !== 'del') addTop(step.args[1], names);
  return { names, isAll };
}

/** Whether that is all that may come through. */
function addAllowed({ allow = [], mapping = {} }: JsonRules, names: Set<string>): boolean {
  const renamed = new Map<PathStep | undefined, string>();
  let isAll = true;
  for (const [path, name] of Object.entries(mapping)) {
    const steps = parseJsonPath(path);
    if (steps.length === 1) renamed.set(steps[0], name);
  }
  for (const path of allow) {
    const [first] = parseJsonPath(path);
    if (first === undefined || first === EACH || indexOf(first) !== undefined) isAll = false;
    else names.add(renamed.get(first) ?? first);
  }
  return isAll;
}

function addTop(path: string, names: Set<string>): boolean {
  const [first] = parseJsonPath(path);
  if (first === undefined || first === EACH || indexOf(first) !== undefined) return false;
  names.add(first);
  return true;
}
