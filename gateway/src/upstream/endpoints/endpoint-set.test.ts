import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { Bulkhead } from '../bulkhead/bulkhead.ts';
import { EndpointHealth } from '../health/endpoint-health.ts';
import { Endpoint } from './endpoint.ts';
import { EndpointSet } from './endpoint-set.ts';

const transport = {
  send: () => Promise.reject(new Error('not sent by this test')),
  close: () => Promise.resolve(),
};

function rig() {
  const clock = new ManualClock();
  const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueue: 0, queueFor: 1 }, clock);
  const health = new EndpointHealth(clock);
  const held: string[] = [];
  const set = new EndpointSet(({ url }) => {
    held.push(url);
    return {
      value: new Endpoint({ address: url, breaker: undefined, bulkhead, health, transport }),
      release: async () => void held.splice(held.indexOf(url), 1),
    };
  });
  return { set, held };
}

const urls = ({ targets }: EndpointSet): string[] => targets.map((target) => target.spec.url);

describe('endpoints that come and go', () => {
  test('what stays is the same target; what is gone is given back; a list in hand never changes', () => {
    const { set, held } = rig();
    set.replace([
      { url: 'a', weight: 1 },
      { url: 'b', weight: 1 },
    ]);
    const before = set.targets;
    set.replace([
      { url: 'b', weight: 1 },
      { url: 'c', weight: 1 },
    ]);
    assert.deepEqual(urls(set), ['b', 'c']);
    assert.equal(set.targets[0], before[1]);
    assert.deepEqual(
      before.map((target) => target.spec.url),
      ['a', 'b'],
    );
    assert.deepEqual(held.sort(), ['b', 'c']);
  });

  test('another weight is another target', () => {
    const { set } = rig();
    set.replace([{ url: 'a', weight: 1 }]);
    set.replace([{ url: 'a', weight: 5 }]);
    assert.equal(set.targets[0]?.weight, 5);
  });

  test('the same said twice counts once', () => {
    const { set } = rig();
    set.replace([
      { url: 'a', weight: 1 },
      { url: 'a', weight: 1 },
    ]);
    assert.deepEqual(urls(set), ['a']);
  });

  test('closed, it gives everything back and takes no more', async () => {
    const { set, held } = rig();
    set.replace([{ url: 'a', weight: 1 }]);
    await set.close();
    set.replace([{ url: 'b', weight: 1 }]);
    assert.deepEqual([urls(set), held], [[], []]);
  });
});
