import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import type { ChannelListener, ScriptStore } from '../../state/store.ts';
import { StoredConsumers } from './stored-consumers.ts';

/** A store in a test's hand: what it holds, and when it answers. */
function rig() {
  const entries = new Map<string, string>();
  const held = { changes: 0, fails: false, waits: undefined as Promise<void> | undefined };
  const asked: string[] = [];
  const store: ScriptStore = {
    connected: true,
    settled: async () => {},
    get: async () => undefined,
    set: async () => {},
    add: async () => false,
    delete: async () => {},
    close: async () => {},
    async run(script, _keys, args) {
      if (args.length === 0 && !held.fails) return String(held.changes);
      const kind = script.source.includes('HSCAN') ? 'all' : args.length === 3 ? 'replace' : 'one';
      asked.push(kind);
      if (held.fails) throw new Error('gone');
      const [id = '', before, after = ''] = args.map(String);
      if (kind === 'all') {
        const answer = [String(held.changes), '0', [...entries].flat()];
        await held.waits;
        return answer;
      }
      if (kind === 'one') return entries.get(id) ?? null;
      if ((entries.get(id) ?? '') !== before) return 0;
      held.changes += 1;
      if (after === '') entries.delete(id);
      else entries.set(id, after);
      return 1;
    },
  };
  let listener: ChannelListener | undefined;
  const channels = {
    publish: async () => {},
    subscribe: (_channel: string, given: ChannelListener) => {
      listener = given;
      return () => {};
    },
  };
  const clock = new ManualClock();
  const errors: string[] = [];
  const logger = { ...noLogger, error: (_fields: object, message: string) => void errors.push(message) };
  const stored = new StoredConsumers({ store, channels, clock, logger, meter: noMeter });
  stored.follow();
  assert.ok(listener);
  const put = (id: string, more: object = {}): void => {
    entries.set(id, JSON.stringify({ id, ...more }));
    held.changes += 1;
  };
  const ids = () => stored.all().map(({ config }) => config.id);
  return { stored, entries, held, asked, clock, errors, channel: listener, put, ids };
}

test('a store that lost its consumers takes none away, however often it is read; what it gets anew is taken over', async () => {
  const { clock, channel, put, ids, entries, held, errors } = rig();
  put('acme');
  put('eve');
  channel.resumed();
  await turn();
  assert.deepEqual(ids(), ['acme', 'eve']);
  entries.clear();
  held.changes = 0;
  for (let i = 0; i < 3; i += 1) {
    clock.advance(30_000);
    await turn();
    assert.deepEqual(ids(), ['acme', 'eve'], `read ${i}`);
  }
  put('new');
  clock.advance(30_000);
  await turn();
  assert.deepEqual(ids(), ['acme', 'eve', 'new']);
  assert.deepEqual(errors, ['the state store has lost consumers: the last known stay'], 'said once');
  channel.message('eve');
  await turn();
  assert.deepEqual(ids(), ['acme', 'new'], 'one that somebody takes away is gone');
  put('acme');
  clock.advance(30_000);
  await turn();
  entries.delete('acme');
  held.changes += 1;
  clock.advance(30_000);
  await turn();
  assert.deepEqual(ids(), ['new'], 'one that is written again is the store’s again');
});

test('what changed while nobody heard is read again though all of it was being read', async () => {
  const { clock, channel, put, ids, held } = rig();
  channel.resumed();
  await turn();
  const answer = Promise.withResolvers<void>();
  held.waits = answer.promise;
  clock.advance(30_000);
  await turn();
  put('late');
  channel.resumed();
  held.waits = undefined;
  answer.resolve();
  await turn();
  await turn();
  assert.deepEqual(ids(), ['late']);
});

test('a change that could not be read alone is read with all others, though those were being read', async () => {
  const { clock, channel, put, stored, held } = rig();
  put('acme', { tenant: 'one' });
  channel.resumed();
  await turn();
  const answer = Promise.withResolvers<void>();
  held.waits = answer.promise;
  put('eve');
  clock.advance(30_000);
  await turn();
  put('acme', { tenant: 'two' });
  held.fails = true;
  channel.message('acme');
  await turn();
  held.fails = false;
  held.waits = undefined;
  answer.resolve();
  await turn();
  await turn();
  assert.equal(stored.get('acme')?.config.tenant, 'two');
});

test('an entry that is no JSON can be replaced and taken away', async () => {
  const { stored, entries, ids } = rig();
  entries.set('acme', '{nonsense');
  await stored.change('acme', (entry) => {
    assert.equal(entry, '{nonsense');
    return { id: 'acme' };
  });
  assert.deepEqual(ids(), ['acme']);
});

test('what cannot be had from the store is refused, and not left out in silence', async () => {
  const { channel, put, ids, errors } = rig();
  put('certified', { certificates: [{ fingerprint: 'ab'.repeat(32) }] });
  put('plain');
  channel.resumed();
  await turn();
  assert.deepEqual(ids(), ['plain']);
  assert.deepEqual(errors, ['an entry of the state store is no consumer']);
});

test('what is changed here while all is read is not undone by what was read before', async () => {
  const { stored, channel, put, held } = rig();
  put('old');
  const answer = Promise.withResolvers<void>();
  held.waits = answer.promise;
  channel.resumed();
  await turn();
  await stored.change('new', () => ({ id: 'new' }));
  await stored.change('old', () => undefined);
  held.waits = undefined;
  answer.resolve();
  await turn();
  await turn();
  assert.deepEqual(
    stored.all().map(({ config }) => config.id),
    ['new'],
  );
});
