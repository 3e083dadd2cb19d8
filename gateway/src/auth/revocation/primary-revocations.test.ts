import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { PrimaryChannels } from '../../state/primary-channels.ts';
import { PrimaryServer } from '../../state/primary-server.ts';
import { PrimaryStore } from '../../state/primary-store.ts';
import { identityWith } from '../testing/identity.ts';
import { PrimaryJournal, serveRevocations } from './primary-revocations.ts';
import { RevocationList, revocationConfig } from './revocation.ts';

function startPrimary(maxKept?: number) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const server = new PrimaryServer({ clock, logger: noLogger });
  serveRevocations(server, maxKept === undefined ? { clock } : { clock, maxKept });
  /** Both ends of one channel, as `fork` and the worker's `process` have them. */
  const startWorker = () => {
    const end = Object.assign(new EventEmitter(), {
      connected: true,
      send: (message: object) => inPrimary.emit('message', JSON.parse(JSON.stringify(message))),
    });
    const inPrimary = Object.assign(new EventEmitter(), {
      connected: true,
      send: (message: object) => end.emit('message', JSON.parse(JSON.stringify(message))),
    });
    server.adopt(inPrimary);
    const store = new PrimaryStore({ clock, end });
    const channels = new PrimaryChannels({ store, logger: noLogger });
    const config = revocationConfig.parse({ whenStoreIsGone: 'deny' });
    const list = new RevocationList({ config, store, channels, clock, logger: noLogger });
    list.follow();
    const leave = (): void => {
      end.connected = false;
      end.emit('disconnect');
    };
    return { list, store, leave };
  };
  return { clock, startWorker };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 8; i += 1) await turn();
}

const token = (jti: string) => identityWith({ claims: { jti, iat: 1 } });

test('F96: what one worker revokes holds in the others, and in one that is started after it', async () => {
  const { clock, startWorker } = startPrimary();
  const [here, there] = [startWorker(), startWorker()];
  await settle();
  await here.list.revoke('j', clock.wall() + 60_000);
  await here.list.add({ kind: 'subject', id: 'ann', until: clock.wall() + 60_000, before: 5_000 });
  await settle();
  assert.equal(there.list.isRevoked(token('j')), true);
  const late = startWorker();
  await settle();
  assert.equal(late.list.list(0, 0).whole, true);
  assert.equal(late.list.isRevoked(token('j')), true);
  assert.equal(late.list.isRevoked(identityWith({ subject: 'ann', claims: { iat: 4 } })), true);
  assert.equal(late.list.isRevoked(identityWith({ subject: 'ann', claims: { iat: 5 } })), false);
  assert.equal(late.list.isRevoked(token('other')), false);
});

test('a worker that has not heard yet asks, and one whose primary is gone does as its policy says', async () => {
  const { clock, startWorker } = startPrimary();
  const here = startWorker();
  await settle();
  await here.list.revoke('j', clock.wall() + 60_000);
  const late = startWorker();
  assert.equal(await late.list.isRevoked(token('j')), true);
  assert.equal(await late.list.isRevoked(token('other')), false);
  late.leave();
  clock.advance(1000);
  assert.equal(late.list.isRevoked(token('j')), true);
  await assert.rejects(async () => late.list.isRevoked(token('another')), { code: 'upstream_unavailable' });
});

test('the primary keeps so many and no more, forgets none before its end, and joins what is said twice', async () => {
  const { clock, startWorker } = startPrimary(2);
  const journal = new PrimaryJournal(startWorker().store);
  const write = (id: string, until: number, before?: number) =>
    journal.write({ kind: 'subject', id, until: clock.wall() + until, before });
  await write('a', 1000, 7);
  await write('a', 500, 5);
  await write('b', 5000);
  await assert.rejects(write('c', 5000), { detail: /too many/ });
  const until = clock.wall() + 1000;
  assert.deepEqual(
    (
      await journal.lookUp([
        ['subject', 'a'],
        ['jti', 'a'],
      ])
    ).map((mark) => mark?.before),
    [7, undefined],
  );
  assert.equal((await journal.lookUp([['subject', 'a']]))[0]?.until, until);
  clock.advance(1000);
  await write('c', 5000);
  const { revocations, isLast, next } = await journal.since(0);
  assert.deepEqual([revocations.map(({ id }) => id), isLast, next], [['b', 'c'], true, clock.wall()]);
  assert.deepEqual(
    (await journal.since(clock.wall())).revocations.map(({ id }) => id),
    ['c'],
  );
});
