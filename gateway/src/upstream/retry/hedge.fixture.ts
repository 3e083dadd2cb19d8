/** Two real endpoints and what came to them, for tests of second attempts. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { noMeter } from '../../core/meter.ts';
import { upstreamMetrics } from '../breaker/observation.ts';
import { backend, rig } from '../testing/harness.ts';

export interface Seen {
  readonly name: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Its end, however it came. */
  readonly closed: Promise<unknown>;
}

export type Answers = Readonly<Record<number, (seen: Seen) => void>>;

/** Two endpoints; the first request and the second, wherever they go, are answered as the test says. */
export async function race(t: TestContext, answers: Answers, settings: object = {}) {
  const seen: Seen[] = [];
  let arrived = Promise.withResolvers<void>();
  const serve = (name: string) =>
    backend(t, (req, res) => {
      const one = { name, req, res, closed: once(res, 'close') };
      seen.push(one);
      answers[seen.length]?.(one);
      arrived.resolve();
      arrived = Promise.withResolvers();
    });
  const hedged: string[] = [];
  const outcomes: string[] = [];
  const metrics = {
    ...upstreamMetrics(noMeter),
    hedges: (_: number, _upstream?: string, outcome = '') => void hedged.push(outcome),
    requests: (_: number, _upstream?: string, outcome = '') => void outcomes.push(outcome),
  };
  const targets = [{ url: await serve('a') }, { url: await serve('b') }];
  const users = { targets, hedge: { after: '100ms' }, retry: { max: 0 }, ...settings };
  const upstreams = rig(t, { users }, { metrics });
  const until = async (count: number): Promise<void> => {
    while (seen.length < count) await arrived.promise;
  };
  return { ...upstreams, seen, hedged, outcomes, until };
}

export const ok = ({ name, res }: Seen): void => void res.end(name);
export const fails = ({ res }: Seen): void => void res.writeHead(503).end('no');
export const resets = ({ req }: Seen): void => void req.socket.destroy();
