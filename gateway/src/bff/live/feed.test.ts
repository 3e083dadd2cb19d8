/** What `feed` makes of what a team writes. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defineBackends, document, events, z } from '../index.ts';

const kit = defineBackends({ live: { stream: { '/events': events<{ at: number }>() } } });

it('is optional, shows messages as they are, and belongs to its input', () => {
  const input = z.object({ id: z.string() });
  const plain = kit.takes(input).feed(({ rest }) => rest.live.stream('/events'));
  assert.deepEqual([plain.required, plain.scopes, plain.uses, plain.given], [false, [], undefined, input]);
  assert.equal(plain.shape('as it is', null), 'as it is');
});

it('is typed by the door that it reads', () => {
  const Status = document<{ status: string }, { id: string }>('subscription S($id: ID!) { status }');
  const status = kit
    .takes(z.object({ id: z.string() }))
    .feed(({ graph, input }) => graph.subscribe(Status, { id: input.id }), {
      shape: (event) => event.status.toUpperCase(),
    });
  const at = kit.feed(({ rest }) => rest.live.stream('/events'), {
    shape: (event, before: number | null) => (event.at === before ? undefined : event.at),
  });
  assert.equal(status.shape({ status: 'new' }, null), 'NEW');
  assert.equal(at.shape({ at: 1 }, 1), undefined);
});
