import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { SubgraphsSource } from './subgraphs-source.ts';
import { recordedFollower, type Told } from './testing.fixture.ts';

const sources: SubgraphsSource[] = [];
after(() => Promise.all(sources.map((source) => source.close())));

/** Subgraphs a and b, whose schemas the test changes. */
function open(pollMs = 100) {
  const sdl: Record<string, string | undefined> = {
    a: 'type Query { a: Int }',
    b: 'type Query { b: Int }',
  };
  const source = new SubgraphsSource({
    subgraphs: ['a', 'b'].map((name) => ({ name, url: `http://${name}.test/graphql` })),
    pollMs,
    startWithinMs: 0,
    clock: systemClock,
    ask: async (name) => {
      const text = sdl[name];
      if (text === undefined) throw new Error(`${name} is down`);
      return text;
    },
  });
  sources.push(source);
  return { sdl, source };
}

test('a change of a subgraph is composed; what cannot be is refused; what does not answer has failed', async () => {
  const { sdl, source } = open();
  const first = await source.read();
  assert.match(first, /name: "b", url: "http:\/\/b\.test\/graphql"/);
  const follower = recordedFollower();
  source.follow(follower);
  const until = async (wanted: (told: Told) => boolean): Promise<string> => {
    for (;;) {
      const told = await follower.next();
      if (wanted(told)) return told[1] ?? '';
    }
  };
  const is = (kind: Told[0]) => (told: Told) => told[0] === kind;
  sdl.b = 'type Query { b: Int, more: Int }';
  assert.match(await until(is('changed')), /more: Int/);
  sdl.b = 'type Query { b: Nothing }';
  assert.match(await until(is('refused')), /Unknown type:? "?Nothing/);
  sdl.b = undefined;
  assert.match(await until(is('failed')), /"b" at http:\/\/b\.test\/graphql: b is down/);
  sdl.b = 'type Query { b: Int, again: Int }';
  assert.match(await until(is('changed')), /again: Int/);
});

test('a subgraph that is down at first makes reading fail, and reading again works', async () => {
  const { sdl, source } = open();
  sdl.a = undefined;
  await assert.rejects(source.read(), /"a" at http:\/\/a\.test\/graphql: a is down/);
  sdl.a = 'type Query { a: Int }';
  assert.match(await source.read(), /type Query/);
});

test('a subgraph that answers again as before is told, and closing leaves nothing', async () => {
  const { sdl, source } = open();
  await source.read();
  const follower = recordedFollower();
  source.follow(follower);
  const b = sdl.b;
  sdl.b = undefined;
  assert.equal((await follower.next())[0], 'failed');
  sdl.b = b;
  while ((await follower.next())[0] !== 'unchanged');
  const reading = source.read();
  await Promise.all([assert.rejects(reading, /composition was ended/), source.close()]);
});
