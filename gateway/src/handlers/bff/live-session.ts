/** Live streams as both faces open them: held within what bounds streams, counted by caller, told of in metrics. */

import { type Live, partsOf } from '../../bff/live/live.ts';
import { type LiveObserver, LiveRun } from '../../bff/live/live-run.ts';
import type { RunnableScreen, ScreenRun } from '../../bff/screen/engine.ts';
import type { Clock, Random } from '../../core/clock.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import type { CallContext, Exchange } from '../../core/exchange.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import { boundReached, type EndReason, type Held, type StreamBounds } from '../proxy/stream-bounds.ts';
import type { StreamKeeper } from '../proxy/stream-keeper.ts';
import type { BffClients } from './clients.ts';

/** What streams of a BFF need of whoever mounts it. */
export interface BffStreams {
  readonly bounds: StreamBounds;
  /** Of GraphQL's streams and sockets. */
  readonly keeper: StreamKeeper;
  readonly random: Random;
}

/** They, with what tells of live streams. */
export interface FaceStreams extends BffStreams {
  readonly begin: (
    screen: RunnableScreen,
    input: Readonly<Record<string, unknown>>,
    context: CallContext,
  ) => ScreenRun;
  readonly observe: (live: Live) => Pick<LiveObserver, 'update' | 'broke'>;
}

/** What of a mounted BFF its live streams need. */
export interface LiveParts {
  readonly bff: { readonly name: string };
  readonly clients: Pick<BffClients, 'forRequest'>;
  readonly clock: Clock;
  readonly streams: FaceStreams | undefined;
}

/** Made once a mount. */
export function liveObservers(bff: string, logger: Logger, meter: Meter): FaceStreams['observe'] {
  const updates = meter.counter({
    name: 'frontdesk_bff_live_updates_total',
    help: 'New values of the parts of live streams: for the client, or in place of one that it had not taken',
    labels: ['bff', 'live', 'part', 'outcome'],
  });
  const breaks = meter.counter({
    name: 'frontdesk_bff_feed_breaks_total',
    help: 'Feeds of live streams that broke, and the code of the error',
    labels: ['bff', 'live', 'part', 'code'],
  });
  return ({ field }) => ({
    update: (part, conflated) => updates(1, bff, field, part, conflated ? 'conflated' : 'new'),
    broke: (part, { code, detail }, retryInMs) => {
      breaks(1, bff, field, part, code);
      logger.warn({ bff, live: field, part, code, detail, retryInMs }, 'a feed broke');
    },
  });
}

/**
 * Opens it and waits for its first answer. `names`: the parts that the client wants; all by default. Rejects where there is no
 * stream, as a screen would, and with `rate_limited` where the caller has too many.
 */
export async function openLive(
  { clients, clock, bff, streams }: LiveParts,
  live: Live,
  input: Readonly<Record<string, unknown>>,
  exchange: Exchange,
  names: readonly string[] = partsOf(live),
): Promise<LiveRun> {
  if (!streams) throw new TypeError('a live stream, and nothing that bounds it');
  const observer = streams.observe(live);
  let held: Held | undefined;
  const run = new LiveRun(live, {
    context: exchange,
    clock,
    random: streams.random,
    input,
    parts: names,
    openClients: () => clients.forRequest(),
    beginScreen: (screen, context) => streams.begin(screen, input, context),
    observer: {
      update(part, conflated) {
        held?.active();
        observer.update(part, conflated);
      },
      broke: observer.broke,
      ended: (error) => held?.release(endReason(error)),
    },
  });
  const limits = {
    idleMs: live.idleMs,
    lifetimeMs: live.maxDurationMs,
    maxPerCaller: live.maxPerCaller,
  };
  try {
    held = streams.bounds.hold(exchange, 'live', bff.name + live.path, limits, (reason) => run.end(reason));
    await run.begin();
    return run;
  } catch (error) {
    run.end();
    throw error;
  }
}

/** Why it ended, as metrics and clients read it. */
export function endReason(error: FrontdeskError | undefined): EndReason {
  if (!error) return 'done';
  switch (error.code) {
    case 'client_closed':
      return 'client';
    case 'slow_consumer':
      return 'slow_consumer';
    case 'stream_ended':
    case 'draining':
    case 'invalid_credentials':
      return boundReached(error);
    default:
      return 'upstream_error';
  }
}
