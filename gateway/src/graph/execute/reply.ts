/**
 * Reads a subgraph's reply (GraphQL §7.1, GraphQL over HTTP §7): JSON that holds `data`, `errors`, or both. Errors
 * are put into the data as failures, where their paths lead; what cannot be right is refused whole.
 */
import { FrontdeskError } from '../../core/errors.ts';
import { type DataObject, getOwn, isDataObject, setOwn } from './data.ts';
import { Failure, type FailureEntry, type PathKey, publicEntry } from './failure.ts';

export interface SubgraphReply {
  /** Null where the subgraph has none: `entries` say why. */
  readonly data: DataObject | null;
  /** Errors that have no place in the data; with null data, all of them. */
  readonly entries: readonly FailureEntry[];
  /** Whether the data holds failures or entries are left. */
  readonly failed: boolean;
  /** Whether no string of the data holds anything that JSON must escape. */
  readonly plain: boolean;
  /** The reply as it came, where it is nothing but plain data without errors. */
  readonly text?: string;
}

export interface ErrorRules {
  /** Whether clients see the subgraphs' own messages and codes. */
  readonly subgraphMessages: boolean;
  /** No more errors than these are taken from one reply. */
  readonly max: number;
}

/** Throws `upstream_invalid` where the text is no GraphQL response. */
export function readReply(
  status: number,
  contentType: string | undefined,
  text: string,
  subgraph: string,
  rules: ErrorRules,
): SubgraphReply {
  const body = parseBody(status, contentType, text);
  // JSON takes quotes, backslashes, control characters and lone surrogates in escapes alone.
  const reply = readBody(status, body, !text.includes('\\'), subgraph, rules);
  const onlyData = !reply.failed && Object.keys(body).length === 1;
  return onlyData && reply.plain ? { ...reply, text } : reply;
}

/** The same for a body that is parsed already; `plain` says that its text had no backslash. */
export function readBody(
  status: number,
  body: DataObject,
  plain: boolean,
  subgraph: string,
  rules: ErrorRules,
): SubgraphReply {
  const data = getOwn(body, 'data');
  const errors = getOwn(body, 'errors');
  const list = Array.isArray(errors) ? errors : [];
  if (isDataObject(data)) {
    if (list.length === 0) return { data, entries: NO_ENTRIES, failed: false, plain };
    return { data, entries: placeErrors(data, list, subgraph, rules), failed: true, plain };
  }
  if ((data !== null && data !== undefined) || list.length === 0) {
    throw invalid(status, 'a response without data and errors');
  }
  const entries = list
    .slice(0, rules.max)
    .map((error) => entryOf(error, pathOf(error), subgraph, rules, true));
  return { data: null, entries, failed: true, plain };
}

const NO_ENTRIES: readonly FailureEntry[] = [];

function parseBody(status: number, contentType: string | undefined, text: string): DataObject {
  if (contentType !== undefined && !contentType.toLowerCase().includes('json')) {
    throw invalid(status, `a body of type ${contentType.slice(0, 80)}`);
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw invalid(status, 'a body that is no JSON', error);
  }
  if (!isDataObject(body)) throw invalid(status, 'a body that is no JSON object');
  return body;
}

function invalid(status: number, what: string, cause?: unknown): FrontdeskError {
  const code = status >= 500 ? 'upstream_error' : 'upstream_invalid';
  return new FrontdeskError(code, { detail: `status ${status}, ${what}`, cause });
}

/** Puts each error where its path leads; returns those that lead nowhere, or to a value that is there. */
function placeErrors(
  data: DataObject,
  errors: readonly unknown[],
  subgraph: string,
  rules: ErrorRules,
): FailureEntry[] {
  const loose: FailureEntry[] = [];
  for (const error of errors.slice(0, rules.max)) {
    const path = pathOf(error);
    if (!placeError(data, path, (below) => entryOf(error, below, subgraph, rules, false))) {
      loose.push(entryOf(error, [], subgraph, rules, false));
    }
  }
  return loose;
}

function placeError(
  data: DataObject,
  path: readonly PathKey[],
  entry: (below: readonly PathKey[]) => FailureEntry,
): boolean {
  let holder: unknown = data;
  for (let i = 0; i < path.length; i++) {
    const key = path[i];
    if (key === undefined) return false;
    const value = member(holder, key);
    if (value === undefined && !isDataObject(holder)) return false;
    if (value === null || value === undefined || value instanceof Failure) {
      const added = entry(path.slice(i + 1));
      const failure = value instanceof Failure ? new Failure([...value.entries, added]) : Failure.of(added);
      if (Array.isArray(holder) && typeof key === 'number') holder[key] = failure;
      else if (isDataObject(holder)) setOwn(holder, String(key), failure);
      return true;
    }
    holder = value;
  }
  return false;
}

function member(holder: unknown, key: PathKey): unknown {
  if (Array.isArray(holder)) return typeof key === 'number' ? holder[key] : undefined;
  return isDataObject(holder) && typeof key === 'string' ? getOwn(holder, key) : undefined;
}

/** Longer paths than any document within the limits could make are not believed. */
const MAX_PATH = 64;

function pathOf(error: unknown): PathKey[] {
  const path = isDataObject(error) ? getOwn(error, 'path') : undefined;
  if (!Array.isArray(path) || path.length > MAX_PATH) return [];
  const keys: PathKey[] = [];
  for (const key of path) {
    if (typeof key !== 'string' && !(Number.isSafeInteger(key) && key >= 0)) return [];
    keys.push(key);
  }
  return keys;
}

const CODE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const MAX_MESSAGE = 1000;

function entryOf(
  error: unknown,
  below: readonly PathKey[],
  subgraph: string,
  rules: ErrorRules,
  fromParent: boolean,
): FailureEntry {
  const entry = { ...publicEntry('upstream_error', subgraph, below), fromParent };
  if (!rules.subgraphMessages || !isDataObject(error)) return entry;
  const message = getOwn(error, 'message');
  const extensions = getOwn(error, 'extensions');
  const code = isDataObject(extensions) ? getOwn(extensions, 'code') : undefined;
  return {
    ...entry,
    message: typeof message === 'string' ? message.slice(0, MAX_MESSAGE) : entry.message,
    code: typeof code === 'string' && CODE.test(code) ? code : entry.code,
  };
}
