/**
 * `frontdesk bff record`: asks a screen's live backends once and writes down what they answered, for `replayBackends` of
 * the testing kit; with `--check`, holds a recording against what they answer now. Whoever asked is `caller` in it.
 */
import { dirname, resolve } from 'node:path';
import { type Bff, operationsOf } from '../bff/definition.ts';
import type { Screen } from '../bff/screen/screen.ts';
import { type Recording, readRecording, writeRecording } from '../bff-testing/recording.ts';
import {
  checkRecording,
  isRead,
  type LiveCall,
  recordingBackends,
} from '../bff-testing/recording-backends.ts';
import { type TestedScreen, testScreen } from '../bff-testing/screen.ts';
import type { Config } from '../config/schema.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { loadBff } from '../handlers/bff/load.ts';
import { findBff } from './bff-openapi.ts';
import { callerOf } from './caller.ts';
import { countOf, readConfiguration } from './configuration.ts';
import { type LiveCalls, openLiveCalls } from './live-calls.ts';
import { reasonOf } from './reason.ts';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, type Terminal } from './terminal.ts';

export interface BffRecordOptions {
  readonly config: string;
  /** A mount or a package, where there are several. */
  readonly bff?: string;
  /** A screen's field. */
  readonly screen?: string;
  /** What the caller says, as a JSON object. */
  readonly input?: string;
  /** A consumer or a subject. */
  readonly as?: string;
  /** Default: those of the consumer; of anybody else all that the screen and its parts ask for. */
  readonly scope?: readonly string[];
  /** Default: standard output. */
  readonly out?: string;
  /** A recording to hold against the backends, in place of making one. */
  readonly check?: string;
}

/** What stands for the caller in recordings. */
const STAND_IN = 'caller';

export async function bffRecord(options: BffRecordOptions, terminal: Terminal): Promise<number> {
  const wrong = misused(options);
  if (wrong !== undefined) {
    terminal.err(`${wrong}\n`);
    return EXIT_USAGE;
  }
  const config = readConfiguration(options.config, terminal);
  if (!config) return EXIT_FAILED;
  const folder = dirname(resolve(options.config));
  try {
    const { check } = options;
    if (check === undefined) return await record(config, folder, options, terminal);
    return await hold(readRecordingOf(check), check, { config, folder, options }, terminal);
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
}

/** What is wrong with the options among themselves. */
function misused({ check, screen, input, out, bff, as, scope }: BffRecordOptions): string | undefined {
  if (scope && as === undefined) return '--scope: of whom? --as SUBJECT says who asks';
  if (check === undefined) {
    return screen === undefined ? '--screen FIELD: which screen is to be recorded?' : undefined;
  }
  const more = Object.entries({ screen, input, out, bff }).filter(([, value]) => value !== undefined);
  const names = more.map(([name]) => `--${name}`).join(', ');
  return names === '' ? undefined : `--check asks what the recording asked: it goes without ${names}`;
}

async function record(
  config: Config,
  folder: string,
  options: BffRecordOptions,
  terminal: Terminal,
): Promise<number> {
  const named = findBff(config, options.bff, terminal);
  if (!named) return EXIT_FAILED;
  const bff = await loadBff(named.package, folder);
  const screen = screenOf(bff, options.screen ?? '');
  const input = inputOf(options.input);
  const identity = callerWith(config, options, screen);
  const calls = await openLiveCalls(config, folder);
  try {
    const { recording, notes } = await recordScreen(bff, screen, { calls, identity, input });
    if (options.out === undefined) terminal.out(`${JSON.stringify(recording, undefined, 2)}\n`);
    else writeRecording(options.out, recording);
    for (const note of notes) terminal.err(`${note}\n`);
    const told = [`${countOf(recording.calls.length, 'call')} of ${screen.field}`];
    if (options.out !== undefined) told.push(`in ${options.out}`);
    if (identity)
      told.push(`where "${STAND_IN}" is who asked: replay it with identity { subject: '${STAND_IN}' }`);
    terminal.err(`${told.join(', ')}\n`);
    return EXIT_OK;
  } finally {
    await calls.close();
  }
}

interface Asking {
  readonly calls: LiveCalls;
  readonly identity: Identity | undefined;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Rejects where a call found no answer, or the screen has none: half a recording would be none. Notes: parts that failed. */
async function recordScreen(
  bff: Bff,
  screen: Screen,
  { calls, identity, input }: Asking,
): Promise<{ readonly recording: Recording; readonly notes: readonly string[] }> {
  const unanswered: string[] = [];
  const recorder = recordingBackends(bff, {
    identities: standIns(identity),
    async ask(call) {
      try {
        return await calls.ask(call, identity);
      } catch (error) {
        unanswered.push(reasonOf(error));
        throw error;
      }
    },
  });
  let parts: TestedScreen['parts'];
  try {
    ({ parts } = await testScreen(screen, { fakes: recorder, identity: identity ?? null, input }));
  } catch (error) {
    if (unanswered.length > 0) throw incomplete(unanswered);
    throw new Error(`${screen.field}: ${refusalOf(error)}`, { cause: error });
  }
  if (unanswered.length > 0) throw incomplete(unanswered);
  const failed = Object.entries(parts).filter(([, { failure }]) => failure !== undefined);
  const notes = failed
    .map(([name, { failure }]) => `${screen.field}: part ${name} failed (${failure})`)
    .sort();
  return { recording: recorder.recording(), notes };
}

function incomplete(unanswered: readonly string[]): Error {
  return new Error(['nothing is recorded, for want of answers:', ...new Set(unanswered)].join('\n  '));
}

/** What the screen says to such a caller; of its input each fault. */
function refusalOf(error: unknown): string {
  if (!(error instanceof FrontdeskError)) return reasonOf(error);
  if (error.code === 'unauthenticated') return 'it asks who the caller is: --as SUBJECT says so';
  const { errors } = { errors: undefined, ...error.members };
  const faults: unknown[] = Array.isArray(errors) ? errors : [];
  const lines = faults.map((fault) => {
    const { pointer, detail } = { pointer: '', detail: '', ...(typeof fault === 'object' ? fault : {}) };
    return `\n  --input ${pointer}: ${detail}`;
  });
  return `${reasonOf(error)} (${error.code})${lines.join('')}`;
}

interface Holding {
  readonly config: Config;
  readonly folder: string;
  readonly options: BffRecordOptions;
}

/** Each call by itself, so that one backend that is away does not hide what became of the others. */
async function hold(
  recording: Recording,
  file: string,
  { config, folder, options }: Holding,
  terminal: Terminal,
): Promise<number> {
  const identity = callerWith(config, options);
  if (!identity && JSON.stringify(recording).includes(`"${STAND_IN}"`)) {
    terminal.err(
      `${file}: "${STAND_IN}" stands in it for who asked: --as SUBJECT says for whom to ask again\n`,
    );
    return EXIT_USAGE;
  }
  const calls = await openLiveCalls(config, folder);
  const live = { identities: standIns(identity), ask: (call: LiveCall) => calls.ask(call, identity) };
  const reads = recording.calls.filter(isRead);
  const drifts: string[] = [];
  try {
    for (const call of reads) {
      try {
        drifts.push(...(await checkRecording({ version: 1, calls: [call] }, live)));
      } catch (error) {
        drifts.push(reasonOf(error));
      }
    }
  } finally {
    await calls.close();
  }
  const skipped = recording.calls.length - reads.length;
  const more = skipped > 0 ? ` (${skipped} that may change something: not asked)` : '';
  if (drifts.length === 0) {
    terminal.out(`${file}: ${countOf(reads.length, 'call')} as recorded${more}\n`);
    return EXIT_OK;
  }
  const unlike = [...new Set(drifts)];
  const head = `${file}: ${countOf(unlike.length, 'drift')} in ${countOf(reads.length, 'call')}${more}`;
  terminal.out(`${[head, ...unlike].join('\n  ')}\n`);
  return EXIT_FAILED;
}

function readRecordingOf(file: string): Recording {
  try {
    return readRecording(file);
  } catch (error) {
    throw new Error(`--check ${file}: ${reasonOf(error)}; expected what bff record wrote`, { cause: error });
  }
}

function screenOf(bff: Bff, field: string): Screen {
  const found = bff.screens.find((screen) => screen.field === field);
  if (found) return found;
  const names = bff.screens.map((screen) => screen.field).join(', ') || 'none';
  const other = operationsOf(bff).find((operation) => operation.field === field);
  const why = other ? `is a ${other.kind}: screens alone are recorded` : 'is no screen';
  throw new Error(`--screen ${field}: it ${why}; screens of ${bff.name} are ${names}`);
}

function inputOf(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below, like what is no object.
  }
  throw new Error(`--input: expected a JSON object such as '{"id": "7"}', not ${text}`);
}

function callerWith(config: Config, { as, scope }: BffRecordOptions, screen?: Screen): Identity | undefined {
  const known = as === undefined ? undefined : callerOf(config, { as });
  if (!known) return undefined;
  if (scope) return { ...known, scopes: new Set(scope) };
  if (known.consumer !== undefined || !screen) return known;
  const asked = [...screen.scopes, ...Object.values(screen.parts).flatMap((part) => part.scopes)];
  return { ...known, scopes: new Set(asked) };
}

function standIns(identity: Identity | undefined): Readonly<Record<string, string>> {
  return identity ? { [identity.subject]: STAND_IN } : {};
}
