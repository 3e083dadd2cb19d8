import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerBeats, BEAT, isBeat, isReady, type SupervisedEnd, sayReady } from './link.ts';

function channel() {
  const sent: unknown[] = [];
  let hear: (message: unknown) => void = () => {};
  let lose: () => void = () => {};
  const end: SupervisedEnd = {
    send: (message) => {
      sent.push(message);
      return true;
    },
    on: (event: 'message' | 'error', listener: (message: unknown) => void) => {
      if (event === 'message') hear = listener;
    },
    once: (_event, listener) => {
      lose = listener;
    },
  };
  return { end, sent, hear: (message: unknown) => hear(message), lose: () => lose() };
}

test('a process answers when it is asked, says when it is ready, and notices that it is alone', () => {
  const { end, sent, hear, lose } = channel();
  let alone = 0;
  answerBeats(end, () => {
    alone += 1;
  });
  hear(BEAT);
  hear({ frontdesk: 'state', answers: [] });
  sayReady(end, { admin: 'http://h' });
  assert.deepEqual([sent.length, isBeat(sent[0]), isReady(sent[1])], [2, true, true]);
  lose();
  assert.equal(alone, 1);
});

test("another's messages are none of ours", () => {
  for (const message of [undefined, null, 'beat', {}, { beat: true }, { frontdesk: 'state', beat: true }])
    assert.ok(!isBeat(message) && !isReady(message));
});
