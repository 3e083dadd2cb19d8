import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { createLogger } from '../telemetry/log.ts';
import { LogLevelSwitch } from '../telemetry/log-level.ts';
import type { WorkerAnswer } from '../workers/admin-rules.ts';
import type { Question } from '../workers/ask-worker.ts';
import { WorkersLogLevel } from './workers-log-level.ts';

function setUp(answers: readonly WorkerAnswer[] = [{ worker: 1, status: 200, value: { level: 'x' } }]) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const logger = createLogger('error', { write: (line) => lines.push(line) });
  const own = new LogLevelSwitch({ logger, configured: 'error', clock });
  const asked: string[] = [];
  const said = ({ method, body }: Question): string => `${method} ${new TextDecoder().decode(body)}`.trim();
  const levels = new WorkersLogLevel({
    own,
    wall: () => clock.wall(),
    askAll: async (question) => {
      asked.push(said(question));
      return answers;
    },
  });
  const ask = async (method: string, body = '') => {
    const headers = { 'content-type': 'application/json' };
    const { exchange } = makeExchange({ method, headers, body: new WholeBody(body) });
    const reply = await levels.answer(exchange);
    const bytes = await collect(reply.body, 10_000, () => new FrontdeskError('upstream_too_large'));
    return { status: reply.status, value: JSON.parse(new TextDecoder().decode(bytes)) };
  };
  const late = (): string | undefined => {
    const question = levels.question();
    return question && said(question);
  };
  return { clock, logger, lines, asked, ask, late };
}

test('a level holds in the primary and in all workers, and in who starts later for what is left', async () => {
  const { clock, logger, lines, asked, ask, late } = setUp();
  assert.equal(late(), undefined);
  const { status, value } = await ask('PUT', '{"level":"debug","for":"10s"}');
  assert.deepEqual([status, value.level, value.configured], [200, 'debug', 'error']);
  assert.deepEqual(value.workers, { 1: { level: 'x' } });
  assert.deepEqual(asked, ['PUT {"level":"debug","for":"10000ms"}']);
  logger.debug({}, 'of the primary');
  assert.match(lines.at(-1) ?? '', /of the primary/);
  clock.advance(4_000);
  assert.equal(late(), 'PUT {"level":"debug","for":"6000ms"}');
  clock.advance(6_000);
  assert.equal(late(), undefined);
  assert.equal((await ask('GET')).value.level, 'error');
  assert.equal(asked.at(-1), 'GET');
});

test('what is no level is told to nobody; a worker that does not take it over is told of', async () => {
  const { asked, ask } = setUp([{ worker: 2, status: 503, value: { title: 'The worker did not answer' } }]);
  await assert.rejects(ask('PUT', '{"level":"loud"}'), { code: 'bad_request' });
  assert.deepEqual(asked, []);
  const { status, value } = await ask('PUT', '{"level":"warn"}');
  assert.deepEqual([status, value.title], [503, 'The worker did not answer']);
  assert.equal((await ask('GET')).status, 200);
});
