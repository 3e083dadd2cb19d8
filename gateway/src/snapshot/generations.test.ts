import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { Generations, MAX_RETIRED } from './generations.ts';

/** A snapshot whose replies the test sends. */
function snapshot(name: string, disposed: string[], retired: string[] = []) {
  const replies: PromiseWithResolvers<Reply>[] = [];
  return {
    replies,
    handle: () => {
      const reply = Promise.withResolvers<Reply>();
      replies.push(reply);
      return reply.promise;
    },
    refuse: async () => makeReply(400, new HeaderFields(), emptyBody),
    retire: (soon: boolean) => void retired.push(`${name}${soon ? ' soon' : ''}`),
    dispose: async () => void disposed.push(name),
  };
}

const soon = () => new Promise(setImmediate);
const ask = () => makeExchange({ target: '/' }).exchange;
const open = (gauge: number[]) =>
  new Generations({
    logger: noLogger,
    meter: { ...noMeter, gauge: () => (value) => void gauge.push(value) },
  });

test('a generation is disposed of when it is retired and its last reply is through, and not before', async () => {
  const disposed: string[] = [];
  const gauge: number[] = [];
  const generations = open(gauge);
  const first = snapshot('first', disposed);
  generations.swap(first);
  const underWay = generations.handle(ask());
  const fails = generations.handle(ask());
  generations.swap(snapshot('second', disposed));
  assert.equal(generations.count, 2);
  const reply = makeReply(200, new HeaderFields(), emptyBody);
  first.replies[0]?.resolve(reply);
  assert.equal(await underWay, reply);
  first.replies[1]?.reject(new Error('left'));
  await assert.rejects(fails);
  await soon();
  assert.deepEqual(disposed, []);
  reply.settlement.settle({ kind: 'complete', bytes: 0 });
  await soon();
  assert.deepEqual(disposed, ['first']);
  assert.deepEqual(gauge, [1, 2, 1]);
});

test('one without requests goes at once; closing disposes of all that are left, each once', async () => {
  const disposed: string[] = [];
  const generations = open([]);
  assert.equal(generations.started, false);
  assert.throws(() => generations.current, TypeError);
  generations.swap(snapshot('a', disposed));
  generations.swap(snapshot('b', disposed));
  assert.deepEqual(disposed, ['a']);
  void generations.handle(ask());
  generations.swap(snapshot('c', disposed));
  assert.deepEqual(disposed, ['a']);
  await generations.close();
  assert.deepEqual(disposed.sort(), ['a', 'b', 'c']);
});

test('of more generations than are kept, the oldest are told to end soon', async () => {
  const retired: string[] = [];
  const generations = open([]);
  for (let i = 0; i <= MAX_RETIRED; i += 1) {
    generations.swap(snapshot(`${i}`, [], retired));
    void generations.handle(ask());
  }
  assert.deepEqual(
    retired,
    Array.from({ length: MAX_RETIRED }, (_, i) => `${i}`),
  );
  generations.swap(snapshot('last', [], retired));
  assert.deepEqual(retired.slice(MAX_RETIRED), [`${MAX_RETIRED}`, '0 soon']);
  await generations.close();
});
