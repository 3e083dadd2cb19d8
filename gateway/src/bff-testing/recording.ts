/**
 * Recordings of what backends answered: a file of JSON that a person reads and a review compares. It is sorted, and holds no
 * header field; what is secret, and who asked, is replaced by rule before anything is kept.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Backends } from '../bff/backend.ts';
import { type FakeBackends, MissingFakeError } from './backends.ts';
import { StatusAnswer } from './fake-answer.ts';

/** One call and its answer. */
export interface RecordedCall {
  /** `users GET /users/{id}`, `graph RecentOrders`. */
  readonly to: string;
  /** What was asked: path, query and body, or an operation's variables. */
  readonly asked: unknown;
  /** Of the graph: the text of the operation, by which it is asked again. */
  readonly document?: string;
  /** Where it was no 200. */
  readonly status?: number;
  readonly answer: unknown;
}

export interface Recording {
  readonly version: 1;
  readonly calls: readonly RecordedCall[];
}

export interface RedactionRules {
  /** Members whose values are kept by their type alone, besides those that are always: passwords, tokens, cards and so on. */
  readonly members?: readonly string[];
  /** Texts that say who somebody is, and what stands for each: `{ '42': 'user-1' }`. Default: none. */
  readonly identities?: Readonly<Record<string, string>>;
}

const SECRET = /pass(word|wd|phrase)|secret|token|authorization|api_?key|cookie|iban|ssn|card_?number|cvc/i;
const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

/** A value as a recording holds it. */
export function redacted(value: unknown, rules: RedactionRules = {}, member = ''): unknown {
  if (SECRET.test(member) || rules.members?.includes(member)) return blank(value);
  if (Array.isArray(value)) return value.map((one) => redacted(one, rules, member));
  if (typeof value === 'object' && value !== null) {
    const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([name, one]) => [name, redacted(one, rules, name)]));
  }
  if (typeof value !== 'string') return value;
  const { identities = {} } = rules;
  if (Object.hasOwn(identities, value)) return identities[value];
  return EMAIL.test(value) ? 'somebody@example.org' : value;
}

/** Calls as a recording: each once, in order of their names and what was asked. */
export function recordingOf(calls: readonly RecordedCall[], rules: RedactionRules = {}): Recording {
  const known = new Map<string, RecordedCall>();
  for (const { to, asked, document, status, answer } of calls) {
    const kept = redacted(asked, rules);
    const one = {
      to,
      asked: kept,
      ...(document === undefined ? {} : { document }),
      ...(status === undefined ? {} : { status }),
      answer: redacted(answer, rules),
    };
    known.set(`${to} ${JSON.stringify(kept)}`, one);
  }
  const sorted = [...known.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return { version: 1, calls: sorted.map(([, call]) => call) };
}

/** Writes a recording to a file, so that the same calls give the same file. */
export function writeRecording(file: string | URL, recording: Recording): void {
  writeFileSync(file, `${JSON.stringify(recording, undefined, 2)}\n`);
}

/** Throws a `TypeError` for what is no recording. */
export function readRecording(file: string | URL): Recording {
  const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (isRecording(read)) return read;
  throw new TypeError(`${String(file)} is no recording of version 1`);
}

/**
 * Backends that answer as they once did, to calls that are alike in path, query, body and variables; any other fails the test
 * and says what was recorded. `from`: a file, or what `recordingOf` made.
 */
export function replayBackends(
  kit: { readonly backends: Backends },
  from: string | URL | Recording,
): FakeBackends {
  const { calls } = typeof from === 'string' || from instanceof URL ? readRecording(from) : from;
  const known = [...new Set(calls.map(({ to }) => to))];
  return {
    kind: 'frontdesk.fakes',
    backends: kit.backends,
    known,
    answer(to, asked) {
      const wanted = JSON.stringify(redacted(askedOf(asked)));
      const mine = calls.filter((call) => call.to === to);
      const found = mine.find((call) => JSON.stringify(call.asked) === wanted);
      if (!found) {
        const others = mine.map((call) => `\n  ${JSON.stringify(call.asked)}`).join('');
        const has = others === '' ? `recorded are ${known.join(', ')}` : `of it are recorded:${others}`;
        throw new MissingFakeError(`the recording has no ${to} ${wanted}; ${has}`);
      }
      const { status, answer } = found;
      return status === undefined ? structuredClone(answer) : new StatusAnswer(status, answer, {});
    },
  };
}

/** What tells calls apart: of REST path, query and body, no fields. */
export function askedOf(asked: unknown): unknown {
  if (typeof asked !== 'object' || asked === null || !('headers' in asked)) return asked;
  const { path, query, body } = { path: {}, query: {}, body: undefined, ...asked };
  return { ...(body === undefined ? {} : { body }), path, query };
}

/** Where two answers differ in their shape: `/name: string, now number`. Lists are held to their first item. */
export function shapeDrifts(was: unknown, now: unknown, pointer = ''): readonly string[] {
  const [before, after] = [shapeOf(was), shapeOf(now)];
  // A null says nothing of what else may stand there.
  if (before === 'null' || after === 'null') return [];
  if (before !== after) return [`${pointer || '/'}: ${before}, now ${after}`];
  if (Array.isArray(was) && Array.isArray(now)) {
    return was.length === 0 || now.length === 0 ? [] : shapeDrifts(was[0], now[0], `${pointer}/*`);
  }
  if (!isObject(was) || !isObject(now)) return [];
  return [...new Set([...Object.keys(was), ...Object.keys(now)])].sort().flatMap((name) => {
    if (!Object.hasOwn(now, name)) return [`${pointer}/${name}: ${shapeOf(was[name])}, now absent`];
    if (!Object.hasOwn(was, name)) return [`${pointer}/${name}: absent, now ${shapeOf(now[name])}`];
    return shapeDrifts(was[name], now[name], `${pointer}/${name}`);
  });
}

function shapeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}

function blank(value: unknown): unknown {
  if (typeof value === 'string') return '[redacted]';
  return typeof value === 'number' ? 0 : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRecording(read: unknown): read is Recording {
  return isObject(read) && read.version === 1 && Array.isArray(read.calls) && read.calls.every(isCall);
}

function isCall(call: unknown): boolean {
  return isObject(call) && typeof call.to === 'string' && 'asked' in call && 'answer' in call;
}
