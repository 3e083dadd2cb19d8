import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { recordedFollower } from './testing.fixture.ts';
import { type FetchedText, type FetchText, UrlSource } from './url-source.ts';

const config = { url: 'https://cdn.example/s?key=k', poll: 1_000, headers: {}, timeout: 500, startWithin: 0 };

/** A server of which the test says each answer. */
function server() {
  const asked: Record<string, string>[] = [];
  let answer: () => Promise<FetchedText> = async () => ({ status: 200, text: 'one', headers: {} });
  const fetchText: FetchText = (url, { headers, maxBytes, timeoutMs }) => {
    assert.equal(url, config.url);
    assert.equal(timeoutMs, 500);
    assert.ok(maxBytes > 1e6);
    asked.push({ ...headers });
    return answer();
  };
  return {
    asked,
    fetchText,
    answers(status: number, text = '', headers: Record<string, string> = {}) {
      answer = async () => ({ status, text, headers });
    },
    fails(message: string) {
      answer = () => Promise.reject(new Error(message));
    },
  };
}

const soon = () => new Promise(setImmediate);

test('it is polled with the entity tag of what was had last', async () => {
  const clock = new ManualClock();
  const { asked, fetchText, answers } = server();
  const headers = { authorization: 'Bearer s' };
  const source = new UrlSource({ config: { ...config, headers }, fetchText, clock, random: () => 0.5 });
  assert.equal(source.name, 'https://cdn.example/s');
  answers(200, 'one', { etag: '"1"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' });
  assert.equal(await source.read(), 'one');
  const follower = recordedFollower();
  source.follow(follower);
  answers(304);
  clock.advance(999);
  assert.equal(asked.length, 1);
  clock.advance(1);
  assert.deepEqual(await follower.next(), ['unchanged']);
  assert.deepEqual([asked[1]?.['if-none-match'], asked[1]?.authorization], ['"1"', 'Bearer s']);
  assert.equal(asked[1]?.['if-modified-since'], undefined);
  await soon();
  answers(200, 'two', { 'last-modified': 'Fri, 02 Jan 2026 00:00:00 GMT' });
  clock.advance(1_000);
  assert.deepEqual(await follower.next(), ['changed', 'two']);
  await soon();
  clock.advance(1_000);
  await follower.next();
  assert.equal(asked[3]?.['if-modified-since'], 'Fri, 02 Jan 2026 00:00:00 GMT');
  assert.equal(asked[3]?.['if-none-match'], undefined);
  await soon();
  await source.close();
  assert.equal(clock.pending, 0);
});

test('failures are waited for ever longer, up to five minutes, and a success ends that', async () => {
  const clock = new ManualClock();
  const { fetchText, answers, fails } = server();
  let chance = 0;
  const source = new UrlSource({ config, fetchText, clock, random: () => chance });
  const follower = recordedFollower();
  chance = 0.5;
  source.follow(follower);
  fails('nothing listens');
  chance = 1;
  clock.advance(1_000);
  assert.deepEqual(await follower.next(), ['failed', 'nothing listens']);
  await soon();
  const waits: number[] = [];
  for (let i = 0; i < 12; i += 1) {
    const before = clock.now();
    while (follower.waiting === 0) {
      clock.advance(1_000);
      await soon();
    }
    waits.push(clock.now() - before);
    await follower.next();
  }
  assert.deepEqual(waits.slice(0, 4), [2_000, 4_000, 8_000, 16_000]);
  assert.deepEqual(waits.slice(-2), [300_000, 300_000]);
  answers(200, 'back');
  clock.advance(300_000);
  assert.deepEqual(await follower.next(), ['changed', 'back']);
  await soon();
  chance = 0.5;
  clock.advance(1_100);
  assert.deepEqual(await follower.next(), ['changed', 'back']);
});

test('an answer that is none is told; after closing, nothing is', async () => {
  const clock = new ManualClock();
  const { fetchText, answers } = server();
  const source = new UrlSource({ config, fetchText, clock, random: () => 0.5 });
  answers(302);
  await assert.rejects(source.read(), /^Error: https:\/\/cdn\.example\/s answered 302: expected the SDL/);
  answers(304);
  await assert.rejects(source.read(), /answered 304/);
  const follower = recordedFollower();
  source.follow(follower);
  clock.advance(1_000);
  await source.close();
  await soon();
  assert.equal(follower.waiting, 0);
  assert.equal(clock.pending, 0);
});
