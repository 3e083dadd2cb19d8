/**
 * Journals in Redis. Runs of a BFF lie in a few groups, each with its hash tag, so that one script sees a run and its
 * indexes in a cluster too (all keys that a script touches are named to it). How much a crash of Redis itself loses is
 * Redis's matter: see the page on flows.
 */
import { FrontdeskError } from '../../core/errors.ts';
import { type Script, type ScriptStore, storeGone } from '../../state/store.ts';
import {
  admitScript,
  changeScript,
  dismissScript,
  dueScript,
  listScript,
  openScript,
  readScript,
  seizeScript,
  takeScript,
} from './flow-journal.lua.ts';
import type {
  CallerShare,
  FlowJournal,
  FlowJournals,
  FlowRunState,
  KnownRun,
  ListedRun,
  TakenRun,
  Written,
} from './flow-journal.ts';

/** Over how many slots of a cluster the runs of a BFF are spread. */
const GROUPS = 8;

export class RedisFlowJournals implements FlowJournals {
  readonly outlives = 'store';
  readonly #store: ScriptStore;

  /** The store is closed with this. */
  constructor(store: ScriptStore) {
    this.#store = store;
  }

  of(bff: string): FlowJournal {
    return new RedisFlowJournal(this.#store, bff);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

class RedisFlowJournal implements FlowJournal {
  readonly #store: ScriptStore;
  readonly #bff: string;
  #turn = 0;

  constructor(store: ScriptStore, bff: string) {
    this.#store = store;
    this.#bff = bff;
  }

  async open(
    id: string,
    token: string,
    document: string,
    leaseMs: number,
    share?: CallerShare,
  ): Promise<KnownRun | 'full' | undefined> {
    if (share && !(await this.#admit(id, share))) return (await this.read(id)) ?? 'full';
    return knownOf(await this.#ask(openScript, this.#keys(id), [id, token, document, Math.ceil(leaseMs)]));
  }

  write(id: string, token: string, document: string, leaseMs: number): Promise<Written> {
    return this.#change(id, token, 'write', leaseMs, document);
  }

  renew(id: string, token: string, leaseMs: number): Promise<Written> {
    return this.#change(id, token, 'renew', leaseMs);
  }

  settle(id: string, token: string, document: string, keepMs: number): Promise<Written> {
    return this.#change(id, token, 'settle', keepMs, document);
  }

  park(id: string, token: string, document: string): Promise<Written> {
    return this.#change(id, token, 'park', 0, document);
  }

  release(id: string, token: string): Promise<Written> {
    return this.#change(id, token, 'release', 0);
  }

  async drop(id: string, token: string, caller?: string): Promise<Written> {
    const written = await this.#change(id, token, 'drop', 0);
    if (written === 'held' && caller !== undefined)
      await this.#ask(dismissScript, [this.#kept(caller)], [id]).catch(() => {});
    return written;
  }

  async read(id: string): Promise<KnownRun | undefined> {
    return knownOf(await this.#ask(readScript, [this.#run(id)], []));
  }

  /** Looks at the groups in turn, each time from another one. */
  async take(token: string, leaseMs: number, max: number): Promise<readonly TakenRun[]> {
    const taken: TakenRun[] = [];
    this.#turn += 1;
    for (let i = 0; i < GROUPS && taken.length < max; i += 1) {
      const group = (this.#turn + i) % GROUPS;
      const open = `${this.#group(group)}open`;
      const due = textsOf(await this.#ask(dueScript, [open], [max - taken.length]));
      if (due.length === 0) continue;
      const keys = [open, ...due.map((id) => this.#run(id))];
      const reply = textsOf(await this.#ask(takeScript, keys, [token, Math.ceil(leaseMs), ...due]));
      for (let at = 0; at + 1 < reply.length; at += 2) {
        taken.push({ id: reply[at] ?? '', document: reply[at + 1] ?? '' });
      }
    }
    return taken;
  }

  async seize(id: string, token: string, leaseMs: number): Promise<string | undefined> {
    const document = await this.#ask(seizeScript, this.#keys(id), [id, token, Math.ceil(leaseMs)]);
    return typeof document === 'string' ? document : undefined;
  }

  async list(max: number): Promise<readonly ListedRun[]> {
    const { stuck, open } = await this.#index(max);
    const listed: ListedRun[] = [];
    for (const id of [...stuck, ...open]) {
      if (listed.length === max) break;
      const known = await this.read(id);
      if (known && known.state !== 'settled') listed.push({ id, ...known });
    }
    return listed;
  }

  async count(): Promise<{ readonly open: number; readonly stuck: number }> {
    const { counts } = await this.#index(0);
    return counts;
  }

  async #index(max: number) {
    const counts = { open: 0, stuck: 0 };
    const stuck: string[] = [];
    const open: string[] = [];
    for (let group = 0; group < GROUPS; group += 1) {
      const prefix = this.#group(group);
      const reply = await this.#ask(listScript, [`${prefix}open`, `${prefix}stuck`], [max]);
      if (!Array.isArray(reply)) throw unexpected();
      counts.open += Number(reply[0]);
      counts.stuck += Number(reply[1]);
      if (max === 0) continue;
      stuck.push(...textsOf(reply[2]));
      open.push(...textsOf(reply[3]));
    }
    return { counts, stuck, open };
  }

  async #change(id: string, token: string, change: string, ms: number, document?: string): Promise<Written> {
    const more = document === undefined ? [] : [document];
    const reply = await this.#ask(changeScript, this.#keys(id), [id, token, change, Math.ceil(ms), ...more]);
    if (reply !== 'held' && reply !== 'lost' && reply !== 'missing') throw unexpected();
    return reply;
  }

  async #admit(id: string, { caller, max, keepMs }: CallerShare): Promise<boolean> {
    const room = await this.#ask(admitScript, [this.#kept(caller)], [id, max, Math.ceil(keepMs)]);
    if (room !== 0 && room !== 1) throw unexpected();
    return room === 1;
  }

  /** What Redis refuses (read-only, full, loading) is as good as no answer. */
  async #ask(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#store.run(script, keys, args);
    } catch (error) {
      if (error instanceof FrontdeskError) throw error;
      throw storeGone(`the journal of flows: ${error instanceof Error ? error.message : error}`, error);
    }
  }

  #keys(id: string): readonly string[] {
    const prefix = this.#group(groupOf(id));
    return [`${prefix}run:${id}`, `${prefix}open`, `${prefix}stuck`];
  }

  #run(id: string): string {
    return `${this.#group(groupOf(id))}run:${id}`;
  }

  /** Runs of one caller lie in several groups, so this is another slot, and another script. */
  #kept(caller: string): string {
    return `frontdesk:{flows.${this.#bff}.kept.${caller}}`;
  }

  #group(group: number): string {
    return `frontdesk:{flows.${this.#bff}.${group}}:`;
  }
}

/** Ids are digests: their first character is as good as any. */
function groupOf(id: string): number {
  return id.charCodeAt(0) % GROUPS;
}

function knownOf(reply: unknown): KnownRun | undefined {
  if (reply === null || reply === undefined) return undefined;
  const [state, document]: unknown[] = Array.isArray(reply) ? reply : [];
  if (state === null || state === undefined) return undefined;
  if (!isState(state) || typeof document !== 'string') throw unexpected();
  return { state, document };
}

function isState(text: unknown): text is FlowRunState {
  return text === 'open' || text === 'stuck' || text === 'settled';
}

function textsOf(reply: unknown): readonly string[] {
  if (!Array.isArray(reply)) throw unexpected();
  return reply.map(String);
}

function unexpected(): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail: 'the journal of flows gave an unexpected reply' });
}
