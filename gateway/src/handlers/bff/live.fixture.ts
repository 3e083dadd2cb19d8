/** A mounted BFF with a live stream whose sources tests push into, on a clock in their hand. */
import assert from 'node:assert/strict';
import { defineBackends, defineBff } from '../../bff/index.ts';
import { PushedSource } from '../../bff/live/live.fixture.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Identity } from '../../core/identity.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { OpenStreams } from '../../core/open-streams.ts';
import { exchangeOn, makeIdentity } from '../../core/testing/exchange.ts';
import { clientStreamsConfig } from '../../graph/stream-config.ts';
import { CallerCounts } from '../caller-counts.ts';
import { IdentityWatch } from '../identity-watch.ts';
import { StreamBounds } from '../proxy/stream-bounds.ts';
import { StreamKeeper } from '../proxy/stream-keeper.ts';
import { mountBff } from './mount.ts';

export const SCHEMA = `
  type Query { trip: Trip }
  type Subscription { tripLive: Trip ticks: Ticks }
  type Trip { status: String! place: Int rider: String }
  type Ticks { tick: Int }
`;

/** What is told of metrics, a line each. */
export type Counted = string[];

export async function mountedLive(options: { status?: string; requiredPlace?: boolean } = {}) {
  const { part, screen, feed, live } = defineBackends({});
  const sources = {
    status: new PushedSource<string>(),
    place: new PushedSource<number>(),
    tick: new PushedSource<number>(),
  };
  const trip = screen({
    path: '/trip',
    field: 'trip',
    parts: {
      status: part(() => options.status ?? 'new', { required: true }),
      place: part(() => 0),
      rider: part(() => 'Ada'),
    },
  });
  const tripLive = live({
    path: '/trip/live',
    field: 'tripLive',
    scopes: ['trip:read'],
    screen: trip,
    idle: '1m',
    maxDuration: '10m',
    slowConsumer: '5s',
    maxPerCaller: 2,
    updates: {
      status: feed(() => sources.status),
      place: feed(() => sources.place, { required: options.requiredPlace ?? false }),
    },
    until: { status: (status) => status === 'completed' },
  });
  const ticks = live({ path: '/ticks', field: 'ticks', updates: { tick: feed(() => sources.tick) } });
  const bff = defineBff({ name: 'test', schema: SCHEMA, screens: [trip], live: [tripLive, ticks] });
  const clock = new ManualClock();
  let held = true;
  const process = new OpenStreams({ clock, random: () => 0 });
  const generation = new OpenStreams({ clock, random: () => 0 });
  const counted: Counted = [];
  const meter = {
    ...noMeter,
    counter:
      ({ name }: { readonly name: string }) =>
      (by: number, ...labels: string[]) =>
        void counted.push(`${name} ${labels.join(' ')} ${by}`),
  };
  const common = {
    clock,
    meter,
    watch: new IdentityWatch(clock, () => held),
    counts: new CallerCounts(),
    generation,
    process,
  };
  const keeper = new StreamKeeper({ ...common, config: clientStreamsConfig.parse(undefined) });
  const { routes, operation, dispose } = await mountBff(bff, {
    mount: '/m',
    clock,
    meter,
    callUpstream: () => assert.fail('nothing is called'),
    streams: { bounds: new StreamBounds(common), keeper, random: () => 0 },
  });
  const ask = (
    path: string,
    headers: Record<string, string> = {},
    more: Partial<Exchange> = {},
  ): { exchange: Exchange; reply: Promise<Reply> } => {
    const route = routes.find((one) => one.path === `/m${path}`) ?? assert.fail(`no route ${path}`);
    const identity: Identity = makeIdentity({ scopes: new Set(['trip:read']) });
    const exchange = exchangeOn(clock, { headers: HeaderFields.of(headers), identity, ...more });
    return { exchange, reply: Promise.resolve(route.handler(exchange)) };
  };
  return {
    ask,
    clock,
    sources,
    counted,
    operation,
    dispose,
    revoke: () => {
      held = false;
    },
    drain: () => process.endAll(new FrontdeskError('draining'), 0),
    replace: () => generation.endAll(new FrontdeskError('stream_ended', { detail: 'replaced' }), 0),
  };
}

/** A body that is read as it comes; with `takes` false its reader takes nothing more. */
export function reading({ body }: Reply) {
  let text = '';
  let takes = true;
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const flow = body.start({
    write(chunk) {
      text += Buffer.from(chunk).toString();
      return takes;
    },
    end: () => resolve('end'),
    fail: (error) => resolve(error instanceof FrontdeskError ? error.code : error.message),
  });
  return {
    flow,
    ended,
    /** What came since it was asked last. */
    told: () => {
      const before = text;
      text = '';
      return before;
    },
    stall: () => {
      takes = false;
    },
  };
}
