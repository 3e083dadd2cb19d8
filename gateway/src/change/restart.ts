/**
 * What a running gateway cannot take over: its sockets, its processes and what all of them share are made once, when it
 * starts. The one list of it, for reloads, `check` and `diff`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.ts';

/** Sections that are read when the gateway starts. */
const START_ONLY = [
  'listen',
  'admin',
  'workers',
  'pidFile',
  'state',
  'limits',
  'flows',
  'shedding',
  'telemetry',
] as const;

/** What of a configuration a process is made of. Whatever is made once takes this and no more, so that the list is whole. */
export type StartConfig = Pick<Config, (typeof START_ONLY)[number]>;

/** What of them holds with each configuration all the same. */
const AT_ONCE: readonly string[] = [
  'admin.token',
  'listen.ip',
  'listen.trustedProxies',
  'telemetry.accessLog.redact',
  'telemetry.metrics.exemplars',
];

/** Whether a changed setting waits for the next start. `setting`: as `listen.port`. */
export function waitsForStart(setting: string): boolean {
  const [section = ''] = setting.split(/[.[]/, 1);
  if (!START_ONLY.some((key) => key === section)) return false;
  return !AT_ONCE.some((path) => setting === path || /^[.[]/.test(restAfter(setting, path)));
}

/** The sections in which `next` differs from what the gateway began with, and which it takes over at its next start. */
export function sectionsForStart(begun: StartConfig, next: StartConfig): string[] {
  return START_ONLY.filter(
    (key) => !isDeepStrictEqual(startPart(begun[key], key), startPart(next[key], key)),
  );
}

function startPart(value: unknown, path: string): unknown {
  if (AT_ONCE.includes(path)) return undefined;
  if (!AT_ONCE.some((other) => other.startsWith(`${path}.`))) return value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, at]) => [key, startPart(at, `${path}.${key}`)]));
}

function restAfter(text: string, beginning: string): string {
  return text.startsWith(beginning) ? text.slice(beginning.length) : '';
}
