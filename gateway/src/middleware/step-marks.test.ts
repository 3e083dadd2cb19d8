import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { type Exchange, type Middleware, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { composeOrdered, type OrderedStep } from '../core/placed-steps.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { withMarks } from './step-marks.ts';

const pass: Middleware = (exchange, next) => next(exchange);
const step = (name: string, isPlugin = false): OrderedStep<Exchange, Reply> => ({
  name,
  step: pass,
  isPlugin,
});

async function marksOf(order: OrderedStep<Exchange, Reply>[]): Promise<string[]> {
  const marks: string[] = [];
  const { exchange } = makeExchange();
  exchange.timeline.recorder = {
    spanId: () => '',
    step: (name) => void marks.push(name),
    work() {},
    answerErrors() {},
    event() {},
  };
  await composeOrdered(withMarks(order), async () => makeReply(200, new HeaderFields(), emptyBody))(exchange);
  return marks;
}

test('a step that matters begins at its mark, and is over at the next one', async () => {
  const order = [
    step('cors'),
    step('authenticate'),
    step('consumerLimit'),
    step('bodyLimit'),
    step('validate'),
  ];
  assert.deepEqual(await marksOf(order), ['authenticate', 'consumerLimit', '', 'validate', '']);
});

test('steps of teams are told, whatever their name', async () => {
  assert.deepEqual(await marksOf([step('cors'), step('cors', true), step('deadline')]), ['cors', '']);
});

test('a chain without such steps has no marks', () => {
  assert.equal(withMarks([step('cors'), step('deadline')]).length, 2);
});
