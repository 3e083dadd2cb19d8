/** A screen as it comes: which clients want it, when the head leaves, and what stands in each piece. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { type ProgressiveForm, progressiveForm, progressiveReply, type ShownValue } from './progressive.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function asked(form: ProgressiveForm, required: readonly string[] = ['user']) {
  const clock = new ManualClock();
  const parts = new Map(['user', 'tips', 'late'].map((name) => [name, Promise.withResolvers<ShownValue>()]));
  let closed = 0;
  const reply = progressiveReply(exchangeOn(clock), form, {
    names: [...parts.keys()],
    isRequired: (name) => required.includes(name),
    take: (name) => parts.get(name)?.promise ?? assert.fail(),
    close: () => void closed++,
    clock,
    heartbeatMs: 1000,
  });
  reply.catch(() => {});
  const give = async (name: string, value: unknown, incomplete = false) => {
    parts.get(name)?.resolve({ value, incomplete });
    await turn();
  };
  const fail = async (name: string, code: 'part_failed') => {
    parts.get(name)?.reject(new FrontdeskError(code));
    await turn();
  };
  return { reply, give, fail, closed: () => closed };
}

async function started(reply: Awaited<ReturnType<typeof progressiveReply>>) {
  let text = '';
  let ended = false;
  reply.body.start({
    write: (chunk) => {
      text += Buffer.from(chunk).toString();
      return true;
    },
    end: () => {
      ended = true;
    },
    fail: assert.fail,
  });
  await turn();
  return { text: () => text, ended: () => ended };
}

it('is for those who ask for it, and prefer it', () => {
  const forms = [
    undefined,
    '*/*',
    'application/json',
    'text/event-stream',
    'multipart/mixed, application/json;q=0.5',
    'application/json, text/event-stream',
    'text/*, multipart/mixed;q=0.9',
  ].map(progressiveForm);
  assert.deepEqual(forms, [undefined, undefined, undefined, 'sse', 'multipart', undefined, 'sse']);
});

it('waits for what is required, begins with what is there, and goes on as the rest comes', async () => {
  const { reply, give, closed } = asked('sse');
  let isOut = false;
  void reply.then(() => {
    isOut = true;
  });
  await give('late', 1);
  assert.equal(isOut, false);
  await give('user', { name: 'Ada' });
  const { text, ended } = await started(await reply);
  assert.equal(text(), 'event: screen\ndata: {"late":1,"user":{"name":"Ada"}}\n\n');
  assert.equal(closed(), 0);
  await give('tips', null, true);
  assert.match(
    text(),
    /event: part\ndata: \{"part":"tips","value":null\}\n\nevent: end\ndata: \{"incomplete":\["tips"\]\}\n\n$/,
  );
  assert.deepEqual([ended(), closed()], [true, 1]);
});

it('is a problem as ever where a required part fails', async () => {
  const { reply, give, fail } = asked('sse');
  await give('tips', 1);
  await fail('user', 'part_failed');
  await assert.rejects(reply, (error) => error instanceof FrontdeskError && error.code === 'part_failed');
});

it('says what went wrong where the head has left', async () => {
  for (const form of ['sse', 'multipart'] as const) {
    const { reply, give, fail, closed } = asked(form);
    await give('user', 1);
    const { text, ended } = await started(await reply);
    await fail('tips', 'part_failed');
    assert.match(
      text(),
      form === 'sse'
        ? /event: problem\ndata: .*part-failed/
        : /application\/problem\+json\r\n\r\n.*part-failed/,
    );
    assert.deepEqual([ended(), closed()], [true, 1]);
  }
});

it('as parts: objects to be merged, each with what is missing of it in its head', async () => {
  const { reply, give } = asked('multipart');
  await give('user', 1);
  const { text } = await started(await reply);
  await give('tips', null, true);
  await give('late', 2);
  const pieces = text().split('\r\n---');
  assert.match(pieces[1] ?? '', /\r\n\r\n\{"user":1\}$/);
  assert.match(pieces[2] ?? '', /frontdesk-incomplete: tips\r\n\r\n\{"tips":null\}$/);
  assert.match(pieces[3] ?? '', /\{"late":2\}$/);
  assert.equal(pieces[4], '--\r\n');
});
