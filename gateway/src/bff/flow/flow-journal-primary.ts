/** Journals that the primary process of a node keeps for its workers. Both sides are here. */
import type { Clock } from '../../core/clock.ts';
import type { PrimaryServer } from '../../state/primary-server.ts';
import type { PrimaryCalls } from '../../state/store.ts';
import type {
  CallerShare,
  FlowJournal,
  FlowJournals,
  KnownRun,
  ListedRun,
  TakenRun,
  Written,
} from './flow-journal.ts';
import { MemoryFlowJournals } from './flow-journal-memory.ts';

export interface ServeFlowsOptions {
  readonly clock: Clock;
  /** Opens the journals when the first worker has flows. Default: they are in memory. */
  readonly open?: (() => Promise<FlowJournals>) | undefined;
}

/** Lets the primary answer for the workers' flows. Returns what lets go of the journals. */
export function serveFlows(server: PrimaryServer, { clock, open }: ServeFlowsOptions): () => Promise<void> {
  let opened: Promise<FlowJournals> | undefined;
  const journals = (): Promise<FlowJournals> => {
    if (opened) return opened;
    const opening = open ? open() : Promise.resolve(new MemoryFlowJournals({ clock }));
    opened = opening;
    // Whoever asks later tries again.
    opening.catch(() => {
      if (opened === opening) opened = undefined;
    });
    return opening;
  };
  server.operation('flows.open', async () => (await journals()).outlives);
  server.operation('flows', async (argument) => {
    const [bff, call, ...args]: unknown[] = Array.isArray(argument) ? argument : [];
    return answer((await journals()).of(String(bff)), String(call), args);
  });
  return async () => {
    await (await opened?.catch(() => undefined))?.close();
  };
}

function answer(table: FlowJournal, call: string, args: readonly unknown[]): Promise<unknown> {
  const text = (at: number): string => String(args[at]);
  const number = (at: number): number => Number(args[at]);
  switch (call) {
    case 'open':
      return table.open(text(0), text(1), text(2), number(3), shareIn(args[4]));
    case 'write':
      return table.write(text(0), text(1), text(2), number(3));
    case 'renew':
      return table.renew(text(0), text(1), number(2));
    case 'settle':
      return table.settle(text(0), text(1), text(2), number(3));
    case 'park':
      return table.park(text(0), text(1), text(2));
    case 'release':
      return table.release(text(0), text(1));
    case 'drop':
      return table.drop(text(0), text(1), isText(args[2]) ? (args[2] ?? undefined) : undefined);
    case 'read':
      return table.read(text(0));
    case 'take':
      return table.take(text(0), number(1), number(2));
    case 'seize':
      return table.seize(text(0), text(1), number(2));
    case 'list':
      return table.list(number(0));
    case 'count':
      return table.count();
    default:
      return Promise.reject(new TypeError(`the journal of flows knows no ${call}`));
  }
}

export class PrimaryFlowJournals implements FlowJournals {
  readonly outlives: FlowJournals['outlives'];
  readonly #primary: PrimaryCalls;

  constructor(primary: PrimaryCalls, outlives: FlowJournals['outlives'] = 'process') {
    this.#primary = primary;
    this.outlives = outlives;
  }

  /** Rejects, with the reason, where the primary cannot open its journals. */
  static async open(primary: PrimaryCalls): Promise<PrimaryFlowJournals> {
    const outlives = await primary.callPrimary('flows.open', null);
    return new PrimaryFlowJournals(primary, outlives === 'node' ? outlives : 'process');
  }

  of(bff: string): FlowJournal {
    /** The other side is this file: what it answers is of the type that was asked for. */
    const ask = async <Answer>(
      is: (answer: unknown) => answer is Answer,
      call: string,
      ...args: unknown[]
    ) => {
      const reply = await this.#primary.callPrimary('flows', [bff, call, ...args]);
      if (!is(reply)) throw new TypeError(`the journal of flows answered ${call} unexpectedly`);
      return reply;
    };
    const written = (call: string, ...args: unknown[]) => ask(isWritten, call, ...args);
    return {
      open: async (...args) => (await ask(isOpened, 'open', ...args)) ?? undefined,
      write: (...args) => written('write', ...args),
      renew: (...args) => written('renew', ...args),
      settle: (...args) => written('settle', ...args),
      park: (...args) => written('park', ...args),
      release: (...args) => written('release', ...args),
      drop: (...args) => written('drop', ...args),
      read: async (id) => (await ask(isKnown, 'read', id)) ?? undefined,
      take: (...args) => ask(isTaken, 'take', ...args),
      seize: async (...args) => (await ask(isText, 'seize', ...args)) ?? undefined,
      list: (max) => ask(isListed, 'list', max),
      count: () => ask(isCount, 'count'),
    };
  }

  async close(): Promise<void> {}
}

function isWritten(answer: unknown): answer is Written {
  return answer === 'held' || answer === 'lost' || answer === 'missing';
}

function isKnown(answer: unknown): answer is KnownRun | null {
  return answer === null || (typeof answer === 'object' && 'state' in answer && 'document' in answer);
}

function isOpened(answer: unknown): answer is KnownRun | 'full' | null {
  return answer === 'full' || isKnown(answer);
}

function shareIn(argument: unknown): CallerShare | undefined {
  if (typeof argument !== 'object' || argument === null || !('caller' in argument)) return undefined;
  if (!('max' in argument && 'keepMs' in argument)) return undefined;
  return { caller: String(argument.caller), max: Number(argument.max), keepMs: Number(argument.keepMs) };
}

function isTaken(answer: unknown): answer is readonly TakenRun[] {
  return Array.isArray(answer) && answer.every((one) => isText(one.id) && isText(one.document));
}

function isListed(answer: unknown): answer is readonly ListedRun[] {
  return isTaken(answer);
}

function isText(answer: unknown): answer is string | null {
  return answer === null || typeof answer === 'string';
}

function isCount(answer: unknown): answer is { open: number; stuck: number } {
  return typeof answer === 'object' && answer !== null && 'open' in answer && 'stuck' in answer;
}
