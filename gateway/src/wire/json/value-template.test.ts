import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import {
  callTemplate,
  compileText,
  compileValue,
  parseTemplate,
  requestTemplate,
  templateNames,
} from './value-template.ts';

const clock = new ManualClock();

function context() {
  return exchangeOn(clock, {
    id: 'r-1',
    query: 'page=2&q=a%20b',
    headers: new HeaderFields(['x-version', '7']),
    identity: {
      subject: 'ada',
      consumer: undefined,
      tenant: 't1',
      plan: undefined,
      scopes: new Set(['b', 'a']),
      roles: [],
      scheme: 'jwt',
      claims: { org: 5, tags: ['x', 'y'], deep: {} },
      expiresAt: Number.POSITIVE_INFINITY,
    },
    route: {
      template: '/a/:id',
      kind: 'proxy',
      params: { id: 'a%20b' },
      chain: () => Promise.reject(new Error('unused')),
    },
  });
}

const text = (template: string): string | undefined =>
  compileText(template, (value) => value)(context(), clock);

test('names stand for what the request, the identity and the time say', () => {
  assert.equal(text('{params.id}/{query.page}/{query.q}/{headers.X-Version}'), 'a b/2/a b/7');
  assert.equal(
    text('{identity.subject}@{identity.tenant} {identity.claims.org} {identity.scopes}'),
    'ada@t1 5 b,a',
  );
  assert.equal(text('{request.id} {{literal}}'), 'r-1 {literal}');
  assert.equal(text('{time.iso}'), new Date(clock.wall()).toISOString());
});

test('a name without a value leaves nothing of the text', () => {
  for (const template of [
    'a{identity.consumer}',
    '{query.none}',
    '{identity.claims.deep}',
    '{params.toString}',
  ]) {
    assert.equal(text(template), undefined);
  }
});

test('a value alone keeps its type', () => {
  assert.equal(compileValue('{identity.claims.org}')(context(), clock), 5);
  assert.deepEqual(compileValue('{identity.claims.tags}')(context(), clock), ['x', 'y']);
  assert.equal(compileValue('{time.epoch}')(context(), clock), Math.floor(clock.wall() / 1000));
  assert.equal(compileValue('plain')(context(), clock), 'plain');
  assert.equal(compileValue('n{identity.claims.org}')(context(), clock), 'n5');
});

test('unknown names and lost braces are faults', () => {
  for (const bad of [
    '{params}',
    '{params.}',
    '{env.HOME}',
    '{a',
    'a}',
    '{constructor}',
    '{identity.claims.}',
    '{}',
  ]) {
    assert.throws(() => parseTemplate(bad), RangeError, bad);
    assert.equal(requestTemplate.safeParse(bad).success, false);
    assert.deepEqual(templateNames(bad), []);
  }
  assert.equal(callTemplate.safeParse('{identity.tenant}').success, true);
  assert.equal(callTemplate.safeParse('{params.id}').success, false);
});
