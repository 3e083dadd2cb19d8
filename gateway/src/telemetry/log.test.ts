import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { createLogger, type LogLevel } from './log.ts';

function logged(level: LogLevel, fields: Record<string, unknown>): Record<string, unknown>[] {
  const lines: string[] = [];
  const log = createLogger(level, { write: (line) => lines.push(line) });
  log.debug(fields, 'fine print');
  log.warn(fields, 'breaker opened');
  return lines.map((line) => {
    const parsed: unknown = JSON.parse(line);
    return { ...(typeof parsed === 'object' ? parsed : {}) };
  });
}

test('an event is one JSON line with its level, time and message', () => {
  const [event, ...others] = logged('info', { upstream: 'users' });
  assert.equal(others.length, 0);
  assert.equal(event?.level, 'warn');
  assert.equal(event?.message, 'breaker opened');
  assert.equal(event?.upstream, 'users');
  assert.ok(!Number.isNaN(Date.parse(String(event?.time))));
  assert.equal(logged('debug', {}).length, 2);
  assert.equal(logged('silent', {}).length, 0);
});

test('fields that speak of secrets lose their values', () => {
  const text = JSON.stringify(
    logged('info', {
      token: 'CANARY',
      apiKey: 'CANARY',
      headers: { authorization: 'CANARY', cookie: 'CANARY' },
      redis: { password: 'CANARY' },
    }),
  );
  assert.ok(!text.includes('CANARY'));
});

test('an error shows its code, detail and cause', () => {
  const error = new FrontdeskError('internal', { detail: 'why', cause: new TypeError('deep') });
  const [event] = logged('info', { error });
  const text = JSON.stringify(event?.error);
  for (const word of ['internal', 'why', 'TypeError: deep', 'log.test.ts'])
    assert.ok(text.includes(word), word);
});
