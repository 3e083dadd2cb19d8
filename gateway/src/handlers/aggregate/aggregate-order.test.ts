/** Random graphs of parts against a model: what is asked, when, how often, and what becomes of the whole. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { FrontdeskError } from '../../core/errors.ts';
import type { ManualClock } from '../../core/manual-clock.ts';
import { aggregateOn } from './aggregate.fixture.ts';

interface Node {
  readonly name: string;
  readonly uses: readonly string[];
  readonly required: boolean;
  readonly delayMs: number;
  readonly fails: boolean;
}

/** Parts in a declared order that is not the order in which they depend. */
const graphs = fc.array(
  fc.record({
    uses: fc.array(fc.nat(7), { maxLength: 3 }),
    required: fc.boolean(),
    delayMs: fc.nat(4),
    fails: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    place: fc.nat(100),
  }),
  { minLength: 1, maxLength: 7 },
);

function nodesOf(
  drawn: typeof graphs extends fc.Arbitrary<infer T> ? T : never,
  mayRequire: boolean,
): Node[] {
  const nodes = drawn.map(({ uses, required, delayMs, fails, place }, i) => ({
    name: `p${i}`,
    // Those before it alone, so there is no circle.
    uses: [...new Set(uses.filter((used) => used < i))].map((used) => `p${used}`),
    required: mayRequire && required && place % 3 === 0,
    delayMs,
    fails,
    place,
  }));
  return nodes.sort((a, b) => a.place - b.place);
}

interface Fate {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly ok: boolean;
  /** Whether its backend is ever asked. */
  readonly isAsked: boolean;
}

/** What becomes of each, if nothing ends the whole before. */
function fatesOf(nodes: readonly Node[]): Map<string, Fate> {
  const fates = new Map<string, Fate>();
  const fate = (name: string): Fate => {
    const known = fates.get(name);
    if (known) return known;
    const node = nodes.find((one) => one.name === name) ?? assert.fail(name);
    const used = node.uses.map(fate);
    const isAsked = used.every(({ ok }) => ok);
    const startsAt = isAsked
      ? Math.max(0, ...used.map(({ endsAt }) => endsAt))
      : Math.min(...used.filter(({ ok }) => !ok).map(({ endsAt }) => endsAt));
    const made = {
      startsAt,
      endsAt: isAsked ? startsAt + node.delayMs : startsAt,
      ok: isAsked && !node.fails,
      isAsked,
    };
    fates.set(name, made);
    return made;
  };
  for (const { name } of nodes) fate(name);
  return fates;
}

function neededBy(nodes: readonly Node[]): Set<string> {
  const needed = new Set<string>();
  const visit = (name: string): void => {
    needed.add(name);
    for (const used of nodes.find((one) => one.name === name)?.uses ?? []) visit(used);
  };
  for (const { name, required } of nodes) if (required) visit(name);
  return needed;
}

/** Answers after each node's delay; notes when it was asked. */
function running(nodes: readonly Node[]) {
  const startedAt = new Map<string, number[]>();
  let clock: ManualClock | undefined;
  const parts = Object.fromEntries(
    nodes.map(({ name, uses, required }) => {
      const query = Object.fromEntries(uses.map((used) => [used, `{${used}.value}`]));
      return [name, { upstream: name, path: '/', query, required, group: name }];
    }),
  );
  const aggregate = aggregateOn({ parts }, ({ upstream, path }) => {
    const node = nodes.find(({ name }) => name === upstream) ?? assert.fail(upstream);
    const expected = node.uses.map((used) => `${used}=${used}`).join('&');
    assert.equal(path, expected === '' ? '/' : `/?${expected}`);
    const now = clock?.now() ?? 0;
    startedAt.set(upstream, [...(startedAt.get(upstream) ?? []), now]);
    const answer = node.fails ? new FrontdeskError('upstream_reset') : { value: upstream };
    if (node.delayMs === 0) return answer;
    return new Promise((resolve) => clock?.after(node.delayMs, () => resolve(answer)));
  });
  clock = aggregate.clock;
  return { aggregate, startedAt, origin: aggregate.clock.now() };
}

async function settled<T>(pending: Promise<T>, clock: ManualClock): Promise<PromiseSettledResult<T>> {
  let done: PromiseSettledResult<T> | undefined;
  void Promise.allSettled([pending]).then(([result]) => {
    done = result;
  });
  for (let step = 0; step < 60; step += 1) {
    await new Promise(setImmediate);
    if (done) return done;
    clock.advance(1);
  }
  assert.fail('it never ended');
}

function check(
  nodes: readonly Node[],
  result: PromiseSettledResult<{ json: unknown; incomplete: string }>,
): void {
  const fates = fatesOf(nodes);
  const failed = nodes.filter(({ name }) => !fates.get(name)?.ok).map(({ name }) => name);
  const needed = neededBy(nodes);
  const fatal = failed.filter((name) => needed.has(name));
  if (result.status === 'rejected') {
    const error: unknown = result.reason;
    assert.ok(error instanceof FrontdeskError && error.code === 'part_failed');
    if (fatal.length > 0) {
      assert.ok(fatal.includes(String(error.members.part)), `${error.members.part} of ${fatal}`);
      const earliest = Math.min(...fatal.map((name) => fates.get(name)?.endsAt ?? 0));
      assert.equal(fates.get(String(error.members.part))?.endsAt, earliest);
    } else {
      assert.equal(failed.length, nodes.length);
      assert.deepEqual(
        error.members.parts,
        nodes.map(({ name }) => name),
      );
    }
    return;
  }
  assert.deepEqual(fatal, []);
  assert.ok(failed.length < nodes.length);
  const whole = Object.fromEntries(
    nodes.map(({ name }) => [name, failed.includes(name) ? null : { value: name }]),
  );
  assert.equal(JSON.stringify(result.value.json), JSON.stringify(whole));
  assert.equal(result.value.incomplete, failed.join(', '));
}

async function runOf(nodes: readonly Node[]) {
  const { aggregate, startedAt, origin } = running(nodes);
  const pending = aggregate.json().then(({ json, headers }) => {
    return { json, incomplete: headers.get('frontdesk-incomplete') ?? '' };
  });
  const result = await settled(pending, aggregate.clock);
  check(nodes, result);
  return { result, startedAt, origin };
}

it('each part is asked once, as soon as what it needs is there, and the whole is what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async (drawn) => {
      const nodes = nodesOf(drawn, false);
      const { startedAt, origin } = await runOf(nodes);
      for (const [name, { isAsked, startsAt }] of fatesOf(nodes)) {
        assert.deepEqual(startedAt.get(name), isAsked ? [origin + startsAt] : undefined, name);
      }
    }),
    { numRuns: 100 },
  );
});

it('a required part, or one that it needs, takes the whole along as soon as it fails', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async (drawn) => {
      const nodes = nodesOf(drawn, true);
      const { startedAt } = await runOf(nodes);
      for (const [name, { isAsked }] of fatesOf(nodes)) {
        assert.ok((startedAt.get(name)?.length ?? 0) <= (isAsked ? 1 : 0), name);
      }
    }),
    { numRuns: 100 },
  );
});
