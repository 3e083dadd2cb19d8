import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { errorBoundary } from './error-boundary.ts';

async function run(thrown: unknown) {
  const logged: { level: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>) =>
    void logged.push({ level, fields });
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const { exchange } = makeExchange({});
  const reply = await errorBoundary(logger)(exchange, () => Promise.reject(thrown));
  const bytes = await collect(reply.body, 10_000, () => new Error('too large'));
  const problem: Record<string, unknown> = JSON.parse(Buffer.from(bytes).toString());
  return { exchange, reply, problem, logged };
}

test('a known error becomes its problem document, with its fields', async () => {
  const error = new FrontdeskError('circuit_open', { retryAfterS: 7.2, detail: 'users at 10.0.0.1' });
  const { exchange, reply, problem, logged } = await run(error);
  assert.equal(reply.status, 503);
  assert.equal(reply.headers.get('content-type'), 'application/problem+json');
  assert.equal(reply.headers.get('retry-after'), '8');
  assert.equal(problem.type, 'urn:frontdesk:problem:circuit-open');
  assert.equal(problem.requestId, exchange.id);
  assert.doesNotMatch(JSON.stringify(problem), /10\.0\.0\.1/);
  assert.equal(exchange.error, error);
  assert.equal(logged[0]?.fields.detail, 'users at 10.0.0.1');
});

test('the failure of a backend is a warning; a refusal without asking it, which comes in floods, is not', async () => {
  const levelOf = async (error: FrontdeskError) => (await run(error)).logged.map(({ level }) => level);
  assert.deepEqual(await levelOf(new FrontdeskError('upstream_unavailable')), ['warn']);
  for (const code of ['circuit_open', 'bulkhead_full', 'overloaded', 'draining'] as const) {
    assert.deepEqual(await levelOf(new FrontdeskError(code)), ['debug'], code);
  }
});

test('an unknown error shows nothing of itself to the client and all to the log', async () => {
  const { reply, problem, logged } = await run(new TypeError('secret 10.0.0.1'));
  assert.equal(reply.status, 500);
  assert.equal(problem.title, 'Something went wrong');
  assert.doesNotMatch(JSON.stringify(problem), /secret|TypeError/);
  assert.equal(logged[0]?.level, 'error');
  assert.match(String(logged[0]?.fields.detail), /secret 10\.0\.0\.1/);
});

test("what is the client's own doing is not logged as an event", async () => {
  const { reply, logged } = await run(new FrontdeskError('not_found'));
  assert.equal(reply.status, 404);
  assert.deepEqual(logged, []);
});
