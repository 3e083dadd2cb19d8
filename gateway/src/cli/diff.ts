/**
 * `frontdesk diff`: what one configuration changes of another, by routes, limits and upstreams. Of two files, or of a file and
 * what a running gateway serves, which then says what it would do. As `diff` ends: 0 where nothing changes, 1 where something
 * does, 2 where that cannot be told.
 */
import { basename, dirname, relative, resolve } from 'node:path';
import { diffConfigs, type SubjectChange } from '../change/diff.ts';
import { diffText } from '../change/diff-text.ts';
import { sectionsForStart } from '../change/restart.ts';
import { loadConfig } from '../config/load.ts';
import { ADMIN_TOKEN_VARIABLE, askAdmin } from './admin-client.ts';
import { readLoaded } from './configuration.ts';
import { reasonOf } from './reason.ts';
import type { Terminal } from './terminal.ts';

export interface DiffFlags {
  readonly admin?: string;
  readonly json?: boolean;
}

const SAME = 0;
const DIFFERS = 1;
const TROUBLE = 2;
const BUNDLE_TYPE = 'application/vnd.frontdesk.bundle+json';

interface Difference {
  readonly changes: readonly SubjectChange[];
  readonly waits: readonly string[];
}

/** `files`: the old one and the new one, or with `admin` the new one alone. */
export async function diff(files: readonly string[], flags: DiffFlags, terminal: Terminal): Promise<number> {
  const [first, second] = files;
  if (first === undefined || (flags.admin === undefined) === (second === undefined)) {
    terminal.err('expected two files, or one and --admin\n');
    return TROUBLE;
  }
  try {
    const found =
      flags.admin === undefined
        ? ofFiles(first, second ?? '', terminal)
        : await ofGateway(first, flags.admin, terminal);
    if (!found) return TROUBLE;
    tell(found, flags, terminal);
    return found.changes.length > 0 ? DIFFERS : SAME;
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    return TROUBLE;
  }
}

function tell({ changes, waits }: Difference, { json = false }: DiffFlags, terminal: Terminal): void {
  if (json) terminal.out(`${JSON.stringify({ changes, waitsForStart: waits }, null, 2)}\n`);
  else terminal.out(diffText(changes));
}

function ofFiles(before: string, after: string, terminal: Terminal): Difference | undefined {
  const [old, next] = [readLoaded(before, terminal), readLoaded(after, terminal)];
  if (!old || !next) return undefined;
  return { changes: diffConfigs(old, next), waits: sectionsForStart(old.config, next.config) };
}

/** The gateway reads it with its own environment and its own secrets: what is different there is told, not what is here. */
async function ofGateway(file: string, admin: string, terminal: Terminal): Promise<Difference | undefined> {
  const { bundle } = loadConfig(file, terminal.env);
  if (Object.keys(bundle.texts).length === 0) {
    readLoaded(file, terminal);
    return undefined;
  }
  const token = terminal.env[ADMIN_TOKEN_VARIABLE];
  const served = basename(String(record(await askAdmin(admin, '/admin/config', { token }))?.file));
  const folder = dirname(resolve(file));
  // By their paths from the entry, which the gateway has by its own name.
  const files = Object.fromEntries(
    Object.entries(bundle.texts).map(([path, text]) => [
      path === bundle.file ? served : relative(folder, resolve(path)),
      text,
    ]),
  );
  const question = { method: 'PUT', contentType: BUNDLE_TYPE, body: { files }, token } as const;
  const answer = record(await named(askAdmin(admin, '/admin/config?dry-run', question), served, file));
  return { changes: changesOf(answer?.changes), waits: texts(answer?.waitsForStart) };
}

/** Faults are told by the name that the entry has there: here it has another. */
async function named(asked: Promise<unknown>, served: string, file: string): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    const lines = reasonOf(error).split('\n');
    const begins = `${served}:`;
    throw new Error(
      lines
        .map((line) => (line.startsWith(begins) ? `${file}:${line.slice(begins.length)}` : line))
        .join('\n'),
    );
  }
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function changesOf(value: unknown): SubjectChange[] {
  return Array.isArray(value) ? value.filter(isChange) : [];
}

function isChange(value: unknown): value is SubjectChange {
  return typeof value === 'object' && value !== null && 'section' in value && 'settings' in value;
}
