/**
 * What one configuration changes of another, by what people know of it: routes by what they match, consumers by their id,
 * upstreams, plans and policies by their name, BFFs by where they are mounted, and every other section by itself. A function of
 * the two; a secret is never in it, only that it changed.
 */
import { isDeepStrictEqual } from 'node:util';
import { formatPath } from '../config/fault.ts';
import { waitsForStart } from './restart.ts';
import { type Plain, shownConfig, type Told } from './shown-config.ts';

export interface SettingChange {
  /** Under what it belongs to, as `retry.attempts`; the empty text is the whole. */
  readonly setting: string;
  /** What stood there; absent where it was not set, or is not to be shown. */
  readonly from?: Plain;
  readonly to?: Plain;
  readonly kind: 'added' | 'removed' | 'changed';
  /** It waits for the next start. */
  readonly waits?: true;
}

export interface SubjectChange {
  /** The section, as `routes`. */
  readonly section: string;
  /** Which one of it: `GET /api/users/*`, `users`; the empty text for a section that is one thing. */
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Of what changed. */
  readonly settings: readonly SettingChange[];
}

/** Lists whose entries are known by something; `undefined` where an entry of another kind stands. */
const LISTS: Readonly<Record<string, (entry: unknown) => string | undefined>> = {
  routes: routeName,
  consumers: (entry) => textOf(entry, 'id'),
  bffs: (entry) => textOf(entry, 'mount'),
};
/** Sections that hold things by their name. */
const MAPS: ReadonlySet<string> = new Set(['upstreams', 'plans', 'policies']);
/** By which of its keys an entry of any other list is known, where it has one. */
const NAMES = ['id', 'name', 'url', 'mount', 'issuer', 'path'] as const;

/** Empty where nothing changes. In the order of the sections, and within one by name. */
export function diffConfigs(before: Told, after: Told): SubjectChange[] {
  const sides: Sides = {
    raw: [before.config, after.config],
    shown: [shownConfig(before), shownConfig(after)],
  };
  const changes: SubjectChange[] = [];
  for (const section of keysOf(sides.raw)) changes.push(...sectionChanges(section, at(sides, section)));
  return changes;
}

/** Values that are compared, and as people may see them, before and after. */
interface Sides {
  readonly raw: readonly [unknown, unknown];
  readonly shown: readonly [unknown, unknown];
}

function sectionChanges(section: string, sides: Sides): SubjectChange[] {
  if (isDeepStrictEqual(sides.raw[0], sides.raw[1])) return [];
  const identify = LISTS[section];
  if (!identify && !MAPS.has(section)) {
    const settings = settingChanges(sides, [section]).map((change) => within(section, change));
    return settings.length > 0 ? [{ section, name: '', kind: 'changed', settings }] : [];
  }
  const named = identify ? byName(sides, identify) : sides;
  const changes: SubjectChange[] = [];
  for (const name of keysOf(named.raw).toSorted()) {
    const one = at(named, name);
    if (isDeepStrictEqual(one.raw[0], one.raw[1])) continue;
    const kind = kindOf(one.raw);
    const settings = kind === 'changed' ? settingChanges(one, []) : [];
    if (kind !== 'changed' || settings.length > 0) changes.push({ section, name, kind, settings });
  }
  // The same entries in another order.
  if (changes.length === 0 && identify)
    changes.push({ section, name: '', kind: 'changed', settings: [ORDER] });
  return changes;
}

const ORDER: SettingChange = { setting: 'order', kind: 'changed' };

/** Paths here begin with the section, to know what waits; people read them without it. */
function within(section: string, { setting, ...change }: SettingChange): SettingChange {
  const waits = waitsForStart(setting) ? { waits: true as const } : {};
  const inner = setting.slice(section.length).replace(/^\./, '');
  return { setting: inner, ...change, ...waits };
}

function settingChanges(sides: Sides, path: readonly PropertyKey[]): SettingChange[] {
  const { raw, shown } = sides;
  if (isDeepStrictEqual(raw[0], raw[1])) return [];
  if (raw.every(isPlainObject)) {
    return keysOf(raw).flatMap((key) => settingChanges(at(sides, key), [...path, key]));
  }
  if (raw.every(Array.isArray)) {
    const named = namedLists(sides);
    if (named) {
      const changes = keysOf(named.raw).flatMap((key) =>
        settingChanges(at(named, key), [...path.slice(0, -1), `${String(path.at(-1) ?? '')}["${key}"]`]),
      );
      return changes.length > 0 ? changes : [{ ...ORDER, setting: `${formatPath(path)} (order)` }];
    }
  }
  const setting = formatPath(path);
  const [from, to] = shown.map(plainOf);
  // What looks the same changed where nobody may look, or where it came from.
  if (isDeepStrictEqual(from, to)) return [{ setting, kind: 'changed' }];
  return [
    {
      setting,
      kind: kindOf(raw),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    },
  ];
}

function kindOf([before, after]: readonly [unknown, unknown]): 'added' | 'removed' | 'changed' {
  if (before === undefined) return 'added';
  return after === undefined ? 'removed' : 'changed';
}

/** Lists as maps, where each entry of both is an object that is known by the same key, each by another value. */
function namedLists(sides: Sides): Sides | undefined {
  for (const key of NAMES) {
    const identify = (entry: unknown): string | undefined => textOf(entry, key);
    const entries = sides.raw.flatMap((list) => (Array.isArray(list) ? list : []));
    if (entries.length > 0 && entries.every((entry) => identify(entry) !== undefined))
      return byName(sides, identify);
  }
  return undefined;
}

/** Names come from what is shown, as they are shown themselves. */
function byName({ raw, shown }: Sides, identify: (entry: unknown) => string | undefined): Sides {
  const keyed = (side: 0 | 1): [Record<string, unknown>, Record<string, unknown>] => {
    const [entries, visible]: unknown[][] = [raw[side], shown[side]].map((list) =>
      Array.isArray(list) ? list : [],
    );
    const values: Record<string, unknown> = Object.create(null);
    const seen: Record<string, unknown> = Object.create(null);
    for (const [i, entry] of (entries ?? []).entries()) {
      const name = identify(visible?.[i]) ?? `#${i + 1}`;
      let unique = name;
      for (let n = 2; unique in values; n++) unique = `${name} (${n})`;
      values[unique] = entry;
      seen[unique] = visible?.[i];
    }
    return [values, seen];
  };
  const [before, after] = [keyed(0), keyed(1)];
  return { raw: [before[0], after[0]], shown: [before[1], after[1]] };
}

function at({ raw, shown }: Sides, key: string): Sides {
  return {
    raw: [member(raw[0], key), member(raw[1], key)],
    shown: [member(shown[0], key), member(shown[1], key)],
  };
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

/** Of both, those of the first first. */
function keysOf(sides: readonly [unknown, unknown]): string[] {
  return [
    ...new Set(sides.flatMap((side) => (typeof side === 'object' && side !== null ? Object.keys(side) : []))),
  ];
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function plainOf(value: unknown): Plain | undefined {
  if (value === undefined || value === null) return value;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item) => plainOf(item) ?? null);
  if (typeof value !== 'object') return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainOf(item) ?? null]));
}

function textOf(entry: unknown, key: string): string | undefined {
  const value = member(entry, key);
  return typeof value === 'string' ? value : undefined;
}

/** `GET,POST api.example/orders/:id {"headers":…}`: all that a route matches on. */
function routeName(route: unknown): string | undefined {
  const match = member(route, 'match');
  if (!isPlainObject(match)) return undefined;
  const { path, methods, hosts, ...rest } = match;
  const words = (value: unknown): string => (Array.isArray(value) ? value.join(',') : '');
  const more = Object.values(rest).some((value) => value !== undefined) ? ` ${JSON.stringify(rest)}` : '';
  return `${words(methods) || 'any'} ${words(hosts)}${String(path)}${more}`;
}
