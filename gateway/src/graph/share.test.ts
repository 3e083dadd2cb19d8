import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { contextOn, makeIdentity } from '../core/testing/exchange.ts';
import type { GraphText } from './request.ts';
import { type Question, SharedAnswers } from './share.ts';

/** Work that is done when the test says so. */
class Works {
  readonly contexts: CallContext[] = [];
  readonly #done: PromiseWithResolvers<GraphText>[] = [];
  readonly work = (context: CallContext): Promise<GraphText> => {
    const deferred = Promise.withResolvers<GraphText>();
    this.contexts.push(context);
    this.#done.push(deferred);
    return deferred.promise;
  };

  finish(headers?: readonly string[]): void {
    for (const [at, { resolve }] of this.#done.splice(0).entries()) {
      resolve({
        body: `answer ${this.contexts.length - this.#done.length}.${at}`,
        errors: 0,
        refusal: undefined,
        headers,
      });
    }
  }

  fail(error: Error): void {
    for (const { reject } of this.#done.splice(0)) reject(error);
  }
}

const compiled = {};
const question: Question = { compiled, variables: { a: 1 }, forwarded: [] };
const somebody = (): CallContext => contextOn(systemClock, makeIdentity());
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('identical queries are executed once; what is over is not kept', async () => {
  const shared = new SharedAnswers(systemClock);
  const works = new Works();
  const answers = [1, 2, 3].map(() =>
    shared.answer(somebody(), { ...question, variables: { a: 1 } }, works.work),
  );
  assert.equal(works.contexts.length, 1);
  works.finish();
  assert.equal(new Set((await Promise.all(answers)).map(({ body }) => body)).size, 1);
  void shared.answer(somebody(), question, works.work);
  assert.equal(works.contexts.length, 2);
});

test('K150: another operation, other variables, fields, identity or place: another execution', () => {
  const shared = new SharedAnswers(systemClock);
  const works = new Works();
  const at = (address: string): CallContext => ({
    ...somebody(),
    client: { address, scheme: 'http' },
    host: 'h',
  });
  const asked: [CallContext, Question][] = [
    [somebody(), question],
    [somebody(), { ...question, compiled: {} }],
    [somebody(), { ...question, variables: { a: '1' } }],
    [somebody(), { ...question, forwarded: ['x', '1'] }],
    [somebody(), { ...question, forwarded: ['x', '1', 'y', ''] }],
    [contextOn(systemClock), question],
    [contextOn(systemClock, makeIdentity({ claims: { a: 1 } })), question],
    [at('192.0.2.1'), question],
    [at('192.0.2.2'), question],
  ];
  for (const [context, one] of asked) void shared.answer(context, one, works.work);
  assert.equal(works.contexts.length, asked.length);
});

test('K144: of random pairs of callers, only the same ones share', () => {
  const names = fc.constantFrom('a', 'b', 'a","b', 'a,b', '');
  const maybe = fc.option(names, { nil: undefined });
  const list = fc.uniqueArray(names, { maxLength: 2 });
  const people = fc.option(
    fc
      .record({ subject: names, consumer: maybe, tenant: maybe, plan: maybe, roles: list, scopes: list })
      .map((more) => makeIdentity({ ...more, scopes: new Set(more.scopes) })),
    { nil: undefined },
  );
  fc.assert(
    fc.property(people, people, (a, b) => {
      const shared = new SharedAnswers(systemClock);
      const works = new Works();
      for (const one of [a, b]) void shared.answer(contextOn(systemClock, one), question, works.work);
      const told = (one: typeof a): string =>
        JSON.stringify(one && { ...one, scopes: [...one.scopes] }) ?? '';
      assert.equal(works.contexts.length, told(a) === told(b) ? 1 : 2);
    }),
    { numRuns: 1000 },
  );
});

test('K151: whoever leaves disturbs nobody; the work ends with the last, by the longest deadline', async () => {
  const clock = new ManualClock();
  const shared = new SharedAnswers(clock);
  const works = new Works();
  const people = [100, 500].map((ms) => {
    const context = contextOn(clock, makeIdentity());
    context.deadline.within(ms);
    return context;
  });
  const answers = people.map((context) => shared.answer(context, question, works.work));
  const [work] = works.contexts;
  assert.equal(work?.deadline.remainingMs(), 500);
  clock.advance(100);
  await assert.rejects(answers[0] ?? Promise.resolve(), { code: 'deadline_exceeded' });
  assert.equal(work?.cancellation.cancelled, false);
  assert.equal(work?.deadline.remainingMs(), 400);
  const left = new FrontdeskError('client_closed');
  people[1]?.cancellation.cancel(left);
  await assert.rejects(answers[1] ?? Promise.resolve(), left);
  assert.equal(work?.cancellation.reason, left);
  people[1]?.deadline.end();
});

test('a failure is everybody’s; a cookie is for one; a write ends joining', async () => {
  const shared = new SharedAnswers(systemClock);
  const works = new Works();
  const failing = [1, 2].map(() => shared.answer(somebody(), question, works.work));
  works.fail(new FrontdeskError('overloaded'));
  for (const one of failing) await assert.rejects(one, { code: 'overloaded' });
  const cookies = [1, 2].map(() => shared.answer(somebody(), question, works.work));
  works.finish(['set-cookie', 'a=1']);
  await cookies[0];
  await turn();
  assert.equal(works.contexts.length, 3);
  works.finish(['set-cookie', 'a=2']);
  assert.notEqual(await cookies[0], await cookies[1]);
  void shared.answer(somebody(), question, works.work);
  shared.endJoining();
  void shared.answer(somebody(), question, works.work);
  assert.equal(works.contexts.length, 5);
});
