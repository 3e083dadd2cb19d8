import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { WholeBody } from '../core/body.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { PageSessions, SESSION_MS } from './page-sessions.ts';

const TOKEN = 'an-admin-token-of-length';

function bench() {
  const clock = new ManualClock();
  const token: { now: string | undefined } = { now: TOKEN };
  const sessions = new PageSessions({ clock, token: () => token.now });
  const form = (token: string, address = '192.0.2.1', type = 'application/x-www-form-urlencoded') =>
    makeExchange({
      method: 'POST',
      target: '/login',
      host: 'admin.example:4001',
      address,
      headers: { 'content-type': type },
      body: new WholeBody(new URLSearchParams({ token }).toString()),
    }).exchange;
  const logIn = async (token: string, address?: string): Promise<string | undefined> => {
    const answered = sessions.logIn(form(token, address));
    answered.catch(() => {});
    await turn();
    clock.advance(500);
    return answered;
  };
  const withCookie = (setCookie: string) =>
    makeExchange({ host: 'admin.example:4001', headers: { cookie: setCookie.split(';')[0] ?? '' } }).exchange;
  return { clock, token, sessions, form, logIn, withCookie };
}

describe('sessions of the page', () => {
  it('are opened by the token, by a cookie that scripts and other sites do not get, for a time', async () => {
    const { clock, sessions, logIn, withCookie } = bench();
    const cookie = (await logIn(TOKEN)) ?? assert.fail();
    assert.match(
      cookie,
      /^frontdesk-admin-4001=[\w-]{43}; Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict$/,
    );
    assert.equal(sessions.has(withCookie(cookie)), true);
    assert.equal(sessions.has(withCookie('frontdesk-admin-4001=other')), false);
    assert.equal(sessions.has(makeExchange().exchange), false);
    clock.advance(SESSION_MS);
    assert.equal(sessions.has(withCookie(cookie)), false);
  });

  it('are over when the token is another', async () => {
    const { token, sessions, logIn, withCookie } = bench();
    const cookie = (await logIn(TOKEN)) ?? assert.fail();
    token.now = 'another-token-of-length';
    assert.equal(sessions.has(withCookie(cookie)), false);
    assert.equal(await logIn(TOKEN), undefined);
    token.now = undefined;
    assert.deepEqual([sessions.open, await logIn('')], [false, undefined]);
  });

  it('end when somebody logs out', async () => {
    const { sessions, logIn, withCookie } = bench();
    const cookie = (await logIn(TOKEN)) ?? assert.fail();
    assert.match(sessions.logOut(withCookie(cookie)), /^frontdesk-admin-4001=; Path=\/; Max-Age=0;/);
    assert.equal(sessions.has(withCookie(cookie)), false);
  });

  it('are not to be guessed: five wrong tokens of an address, fifty of all, in a minute', async () => {
    const { clock, logIn } = bench();
    for (let i = 0; i < 5; i += 1) assert.equal(await logIn(`wrong ${i}`), undefined);
    await assert.rejects(logIn(TOKEN), { code: 'rate_limited' });
    assert.ok(await logIn(TOKEN, '192.0.2.2'));
    for (let i = 0; i < 45; i += 1) await logIn('wrong', `198.51.100.${i}`);
    await assert.rejects(logIn(TOKEN, '192.0.2.2'), { code: 'rate_limited' });
    clock.advance(60_000);
    assert.ok(await logIn(TOKEN));
  });

  it('are not to be guessed by many at once either', async () => {
    const { clock, sessions, form } = bench();
    const sent = Array.from({ length: 40 }, (_, i) => sessions.logIn(form(`wrong ${i}`)));
    const answered = Promise.allSettled(sent);
    await turn();
    clock.advance(500);
    const heard = (await answered).filter(({ status }) => status === 'fulfilled');
    assert.equal(heard.length, 5);
  });

  it('a wrong token waits for its answer; what is no form is refused', async () => {
    const { clock, sessions, form } = bench();
    let answered = false;
    const wrong = sessions.logIn(form('x')).then(() => {
      answered = true;
    });
    await turn();
    assert.equal(answered, false);
    clock.advance(500);
    await wrong;
    await assert.rejects(sessions.logIn(form(TOKEN, undefined, 'application/json')), {
      code: 'unsupported_media_type',
    });
    await assert.rejects(sessions.logIn(form('x'.repeat(5_000))), { code: 'payload_too_large' });
  });

  it('are so many at most: the oldest ends', async () => {
    const { sessions, logIn, withCookie } = bench();
    const first = (await logIn(TOKEN)) ?? assert.fail();
    for (let i = 0; i < 100; i += 1) await logIn(TOKEN);
    assert.equal(sessions.has(withCookie(first)), false);
  });
});
