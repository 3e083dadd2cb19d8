/**
 * Several nodes over one store of leases, on a clock that a test moves, and outages as they happen: each node comes back
 * a little later or sooner, calls are executed without being answered, the store comes back empty.
 */
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { storeGone } from '../../state/store.ts';
import { bucketDecision } from '../algorithms/token-bucket.ts';
import { affords, allAllowed } from '../decision.ts';
import { FallbackLimiter } from '../fallback-limiter.ts';
import type { LeaseSource } from '../leases/lease.ts';
import { LeasedLimiter } from '../leases/leased-limiter.ts';
import { LocalShares } from '../leases/local-shares.ts';
import type { LimitCheck, Limiter, Mode, TokenBucketSpec } from '../limiter.ts';
import { settleBy } from '../limits.ts';
import { LeaseLedger } from './lease-ledger.ts';

export interface Outage {
  readonly atMs: number;
  readonly forMs: number;
  /** `killed` answers nothing and does nothing; `paused` does what it was asked and answers nobody. */
  readonly kind: 'killed' | 'paused' | 'refusing' | 'emptied';
  /** How much later each node is back. */
  readonly laterMs: readonly number[];
}

export interface Run {
  readonly spec: TokenBucketSpec;
  readonly mode: Mode;
  /** Draws of each node every `TICK_MS`. */
  readonly demand: readonly number[];
  readonly outages: readonly Outage[];
  readonly forMs: number;
}

export const TICK_MS = 5;

export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Node {
  readonly limiter: Limiter;
  backAtMs: number;
  kind: Outage['kind'];
}

let sequence = 0;

export interface Instant {
  readonly atMs: number;
  /** Admitted up to then, by all nodes. */
  readonly admitted: number;
}

export async function runOf({ spec, mode, demand, outages, forMs }: Run): Promise<Instant[]> {
  const clock = new ManualClock();
  const ledger = new LeaseLedger(clock);
  const check = { spec, key: ['one'] };
  const nodes = demand.map((_, i) => startNode(`n${i}`, { clock, ledger, mode, nodes: demand.length }));
  const instants: Instant[] = [];
  let admitted = 0;
  const count = async (limiter: Limiter): Promise<void> => {
    if (allAllowed(await limiter.take([check], 1))) admitted += 1;
  };
  for (let now = 0; now < forMs; now += TICK_MS) {
    for (const outage of outages.filter(({ atMs }) => atMs === now)) {
      if (outage.kind === 'emptied') ledger.clear();
      nodes.forEach((node, i) => {
        node.kind = outage.kind;
        node.backAtMs = now + outage.forMs + (outage.laterMs[i] ?? 0);
      });
    }
    const draws: Promise<void>[] = [];
    const most = Math.max(...demand);
    for (let k = 0; k < most; k += 1) {
      nodes.forEach(({ limiter }, i) => {
        if (k < (demand[i] ?? 0)) draws.push(count(limiter));
      });
    }
    await Promise.all(draws);
    instants.push({ atMs: now, admitted });
    clock.advance(TICK_MS);
    await turn();
  }
  return instants;
}

function startNode(
  holder: string,
  { clock, ledger, mode, nodes }: { clock: ManualClock; ledger: LeaseLedger; mode: Mode; nodes: number },
): Node {
  const common = { clock, logger: noLogger, meter: noMeter };
  const source: LeaseSource = {
    lease: async (...call) => {
      if (clock.now() >= node.backAtMs) return ledger.lease(...call);
      if (node.kind === 'paused') await ledger.lease(...call);
      throw storeGone('test');
    },
  };
  const shared: Limiter = { take: (checks, tokens) => drawExactly(source, checks, tokens, holder) };
  const local = new LocalShares({
    ...common,
    processes: () => nodes,
    settle: settleBy(source, shared, holder),
  });
  const exact = new FallbackLimiter({ shared, local, meter: noMeter, store: 'redis' });
  const limiter = new LeasedLimiter({ ...common, source, exact, local, mode, holder, store: 'redis' });
  const node: Node = { limiter, backAtMs: 0, kind: 'killed' };
  return node;
}

async function drawExactly(
  source: LeaseSource,
  checks: readonly LimitCheck[],
  tokens: number,
  holder: string,
) {
  const [check] = checks;
  if (!check) return [];
  const nothing = { lost: -1, held: 0, back: 0, owed: 0, most: 1e9, waiting: 0, ahead: 0, shares: 1 };
  const request = { ...nothing, holder: `${holder}:exact`, sequence, known: check.spec.capacity };
  sequence += 1;
  const reply = await source.lease(check.spec, check.key, { ...request, need: tokens });
  return [bucketDecision(check.spec, reply.level, tokens, affords(reply.granted, tokens))];
}
