import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { coded } from '../../core/testing/errors.ts';
import { makeExchange, makeIdentity } from '../../core/testing/exchange.ts';
import { compileMessage, memberAt } from './message-template.ts';

function made(
  template: string,
  body = '',
  target = '/x?unit=km&unit=mi',
  params: Record<string, string> = {},
) {
  const { exchange } = makeExchange({ target, identity: makeIdentity({ subject: 'ada' }) });
  exchange.route = {
    template: '/x',
    kind: 'exchange',
    params,
    chain: () => Promise.reject(new Error('unused')),
  };
  return compileMessage(template)({ exchange, body });
}

test('places are filled, and all else is text', () => {
  assert.equal(made('{body}', 'as it {came}'), 'as it {came}');
  assert.equal(made('{"id":{params.id}}', '', '/x', { id: 'a%22%2Fb' }), '{"id":"a\\"/b"}');
  assert.equal(
    made('{"u":{query.unit},"n":{query.none},"s":{identity.subject}}'),
    '{"u":"km","n":null,"s":"ada"}',
  );
  assert.equal(made('{"t":{identity.tenant}}'), '{"t":null}');
  assert.equal(made('{body.a.b}{body.list.1}', '{"a":{"b":{"c":[1]}},"list":[1,2]}'), '{"c":[1]}2');
  assert.equal(made('{}{ body }{"body"}'), '{}{ body }{"body"}');
});

test('a body that must be JSON and is not is the client’s fault; a place that nothing fills is the configuration’s', () => {
  assert.throws(() => made('{body.a}', 'x'), coded('bad_request'));
  for (const wrong of ['{boddy}', '{params}', '{params.a.b}', '{identity.password}', '{body.}', '{query.}'])
    assert.throws(() => compileMessage(wrong), RangeError, wrong);
});

test('a body within other text is one JSON value: nobody writes past its place', () => {
  const template = '{"user":{identity.subject},"payload":{body}}';
  assert.equal(made(template, ' {"a":1} '), '{"user":"ada","payload": {"a":1} }');
  for (const body of ['1,"user":"root"', '', '{', '1}{"user":"root"'])
    assert.throws(() => made(template, body), coded('bad_request'), body);
});

test('no value can be more than a value', () => {
  fc.assert(
    fc.property(fc.string(), fc.json(), (parameter, json) => {
      const text = made('{"p":{params.p},"b":{body.v}}', `{"v":${json}}`, '/x', {
        p: encodeURIComponent(parameter.toWellFormed()),
      });
      assert.deepEqual(JSON.parse(text), { p: parameter.toWellFormed(), b: JSON.parse(json) });
    }),
  );
});

test('members are own members alone', () => {
  assert.equal(memberAt({ a: 1 }, ['constructor']), undefined);
  assert.equal(memberAt(null, ['a']), undefined);
  assert.equal(memberAt({ a: { b: 0 } }, ['a', 'b']), 0);
});
