/** A live stream as a subscription: what does not fit, what is selected, and each event the whole state. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type GraphQLResolveInfo, Kind, parse } from 'graphql';
import { defineBackends, defineBff } from '../../bff/index.ts';
import { PushedSource, settled } from '../../bff/live/live.fixture.ts';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { selectedNames } from './graphql-live.ts';
import { mountedLive, reading } from './live.fixture.ts';
import { BffError, bindSchema } from './schema.ts';

async function faultsOf(schema: string): Promise<readonly string[]> {
  const { part, screen, feed, live } = defineBackends({});
  const trip = screen({ path: '/t', field: 't', parts: { status: part(() => 'new') } });
  const updates = { status: feed(() => new PushedSource<string>()) };
  const bff = defineBff({
    name: 'test',
    schema,
    screens: [trip],
    live: [
      live({ path: '/l', field: 'l', screen: trip, updates }),
      live({ path: '/own', field: 'own', updates }),
    ],
  });
  try {
    await bindSchema(bff);
    return [];
  } catch (error) {
    if (!(error instanceof BffError)) throw error;
    return error.faults;
  }
}

it('is held to the schema when the BFF is mounted', async () => {
  const good = 'type Query { t: T } type T { status: String } type Own { status: String }';
  assert.deepEqual(await faultsOf(`${good} type Subscription { l: T own: Own }`), []);
  assert.deepEqual(await faultsOf(good), [
    'live /l: the schema has no type Subscription',
    'live /own: the schema has no type Subscription',
  ]);
  assert.deepEqual(await faultsOf(`${good} type Subscription { l: Own own: T }`), [
    'live /l: Subscription.l must be of the type of its screen, t',
    'screen /t and live /own: both are of type T; give each its own',
  ]);
  const strict = 'type Query { t: T } type T { status: String } type Own { status: String! more: Int }';
  assert.deepEqual(await faultsOf(`${strict} type Subscription { l: T own: Own none: T }`), [
    'Own.more: live /own has no such part',
    'Own.status: it is null until its feed speaks, so it must be nullable',
    'Subscription.none is in the schema, but there is no such live',
  ]);
});

it('knows which parts are selected, by fragments, aliases and conditions', () => {
  const document = parse(`
    subscription ($no: Boolean!) { live { now: place ...F ... on T { rider } status @skip(if: true) x @include(if: $no) } }
    fragment F on T { ...G a } fragment G on T { b ...F }
  `);
  const fragments: Record<
    string,
    Extract<(typeof document.definitions)[number], { kind: Kind.FRAGMENT_DEFINITION }>
  > = {};
  for (const one of document.definitions)
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments[one.name.value] = one;
  const [operation] = document.definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const fieldNodes = operation.selectionSet.selections.filter((one) => one.kind === Kind.FIELD);
  const info: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'variableValues'> = {
    fieldNodes,
    fragments,
    variableValues: { no: false },
  };
  assert.deepEqual([...selectedNames(info)].sort(), ['a', 'b', 'place', 'rider']);
});

async function subscribed(query: string) {
  const stage = await mountedLive();
  const { exchange, reply } = stage.ask(
    '/graphql',
    { accept: 'text/event-stream', 'content-type': 'application/json' },
    { method: 'POST', body: new WholeBody(JSON.stringify({ query })) },
  );
  const stream = reading(await reply);
  await settled();
  return { ...stage, exchange, stream };
}

const next = (data: unknown) => `event: next\ndata: ${JSON.stringify(data)}\n\n`;

it('each event is the whole state of what is selected; feeds that nobody selected stay closed', async () => {
  const { stream, sources, dispose } = await subscribed('subscription { tripLive { place rider } }');
  assert.equal(stream.told(), next({ data: { tripLive: { place: 0, rider: 'Ada' } } }));
  sources.place.push(2);
  await settled();
  assert.equal(stream.told(), next({ data: { tripLive: { place: 2, rider: 'Ada' } } }));
  sources.place.end(new FrontdeskError('upstream_reset'));
  await settled();
  assert.equal(
    stream.told(),
    next({ data: { tripLive: { place: 2, rider: 'Ada' } }, extensions: { incomplete: ['place'] } }),
  );
  assert.equal(sources.status.opened, 1, 'it decides on the end');
  assert.equal(sources.tick.opened, 0);
  stream.flow.cancel(new FrontdeskError('client_closed'));
  await settled();
  assert.equal(sources.status.left, 1);
  await dispose();
});

it('one without a screen begins with null', async () => {
  const { stream, sources, dispose } = await subscribed('subscription { ticks { tick } }');
  assert.equal(stream.told(), next({ data: { ticks: { tick: null } } }));
  sources.tick.push(7);
  sources.tick.end();
  assert.equal(await stream.ended, 'end');
  assert.equal(stream.told(), `${next({ data: { ticks: { tick: 7 } } })}event: complete\ndata: \n\n`);
  await dispose();
});
