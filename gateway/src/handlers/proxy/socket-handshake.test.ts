import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { checkOrigin, offeredSubprotocols } from './socket-handshake.ts';

const CASES: readonly (readonly [fields: string[], allowed: string[], passes: boolean])[] = [
  [[], [], true],
  [['cookie', 'a=1'], [], false],
  [['origin', 'https://api.example'], [], true],
  [['origin', 'http://API.example', 'cookie', 'a=1'], [], true],
  [['origin', 'https://evil.example'], [], false],
  [['origin', 'https://app.example', 'cookie', 'a=1'], ['https://app.example'], true],
  [['origin', 'https://evil.example'], ['*'], true],
  [['origin', 'https://evil.example', 'cookie', 'a=1'], ['*'], false],
  [['origin', 'https://app.example', 'origin', 'https://evil.example'], ['https://app.example', '*'], false],
  [['origin', 'null'], ['https://app.example'], false],
];
for (const [fields, allowed, passes] of CASES) {
  test(`M161 ${fields.join(' ') || 'no page'} ${passes ? 'may' : 'may not'} where ${allowed.join(' ') || 'none'} may`, () => {
    const check = () =>
      checkOrigin(exchangeOn(new ManualClock(), { headers: new HeaderFields(fields) }), new Set(allowed));
    if (passes) check();
    else assert.throws(check, coded('forbidden'));
  });
}

test('M161 a page that came over http is no page of ours at https', () => {
  const headers = HeaderFields.of({ origin: 'http://api.example', cookie: 'a=1' });
  const client = { address: '192.0.2.1', scheme: 'https' } as const;
  assert.throws(() => checkOrigin({ headers, host: 'api.example', client }, new Set()), coded('forbidden'));
  checkOrigin({ headers, host: 'api.example', client }, new Set(['http://api.example']));
});

test('subprotocols are read from one field or several, and are distinct tokens', () => {
  const offered = (...values: string[]) =>
    offeredSubprotocols(new HeaderFields(values.flatMap((value) => ['sec-websocket-protocol', value])));
  assert.deepEqual(offered(), []);
  assert.deepEqual(offered('a, b', 'c'), ['a', 'b', 'c']);
  const many = Array.from({ length: 33 }, (_, i) => `p${i}`).join(',');
  for (const wrong of ['', 'a,,b', 'a, a', 'a b', 'a;b', many])
    assert.throws(() => offered(wrong), coded('bad_request'), wrong);
});
