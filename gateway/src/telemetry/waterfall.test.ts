import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RequestTrace, TracedCall, TracedPart, TracedWait } from '../core/request-trace.ts';
import { criticalPieces, waterfall } from './waterfall.ts';

function part(name: string, startMs: number, endMs: number, more: Partial<TracedPart> = {}): TracedPart {
  const known = { screen: 'home', required: false, timeoutMs: undefined, failure: undefined };
  return { ...known, name, startMs, endMs, outcome: 'ok', waits: [], ...more };
}

function call(label: string, startMs: number, endMs: number, more: Partial<TracedCall> = {}): TracedCall {
  const known = { upstream: 'users', attempt: 1, hedge: false, endpoint: undefined, bytes: 0 };
  return { ...known, label, startMs, headMs: endMs, endMs, status: 200, outcome: 'ok', ...more };
}

function trace(
  parts: readonly TracedPart[],
  totalMs: number,
  calls: readonly TracedCall[] = [],
): RequestTrace {
  const known = { id: 'r1', at: 0, method: 'GET', route: '/home', kind: 'bff', screens: ['home'] };
  return { ...known, status: 200, code: undefined, headMs: totalMs, totalMs, deadlineMs: 800, parts, calls };
}

/** Parts that begin together; each first waits for those that it uses, then works for a while. */
const graphs = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.array(fc.nat(7), { maxLength: 3 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((nodes) => {
    const ends: number[] = [];
    const parts = nodes.map(([workMs, uses], i) => {
      // Only of those before it, so that there is no circle.
      const used = [...new Set(uses.filter((one) => one < i))];
      const waits = used.map((one): TracedWait => ({ part: `p${one}`, startMs: 0, endMs: ends[one] ?? 0 }));
      const readyMs = Math.max(0, ...used.map((one) => ends[one] ?? 0));
      ends.push(readyMs + workMs);
      return part(`p${i}`, 0, readyMs + workMs, { waits });
    });
    return { parts, longestMs: Math.max(...ends) };
  });

describe('the critical path', () => {
  it('fills the request without gaps, in pieces during which their part does not wait', () => {
    fc.assert(
      fc.property(graphs, fc.integer({ min: 0, max: 20 }), ({ parts, longestMs }, restMs) => {
        const totalMs = longestMs + restMs;
        const pieces = criticalPieces(parts, totalMs);
        assert.equal(pieces[0]?.startMs, 0);
        assert.equal(pieces.at(-1)?.endMs, totalMs);
        for (const [i, piece] of pieces.entries()) {
          if (i > 0) assert.equal(piece.startMs, pieces[i - 1]?.endMs);
          const own = piece.part === undefined ? undefined : parts[piece.part];
          if (!own) continue;
          assert.ok(own.startMs <= piece.startMs && piece.endMs <= own.endMs);
          for (const wait of own.waits) assert.ok(piece.startMs >= wait.endMs || piece.endMs <= wait.startMs);
        }
      }),
    );
  });

  it('is what made the request long: without the work of a part on it, the answer comes sooner', () => {
    fc.assert(
      fc.property(graphs, ({ parts, longestMs }) => {
        const onPath = criticalPieces(parts, longestMs).filter((piece) => piece.part !== undefined);
        const workMs = onPath.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
        assert.equal(workMs, longestMs);
      }),
    );
  });

  it('goes back to the part that started another, and not to one that only found it there', () => {
    const waits = (startMs: number, endMs: number): TracedWait[] => [{ part: 'user', startMs, endMs }];
    const started = [part('offers', 5, 90, { waits: waits(20, 60) }), part('user', 20, 60)];
    assert.deepEqual(
      criticalPieces(started, 90).map(({ part: at, startMs, endMs }) => [at, startMs, endMs]),
      [
        [undefined, 0, 5],
        [0, 5, 20],
        [1, 20, 60],
        [0, 60, 90],
      ],
    );
    const found = [part('offers', 5, 90, { waits: waits(20, 60) }), part('user', 5, 60)];
    assert.deepEqual(
      criticalPieces(found, 90).map(({ part: at }) => at),
      [undefined, 1, 0],
    );
  });

  it('ends with the required part that failed, not with those that were stopped for it', () => {
    const parts = [part('slow', 0, 50.1, { outcome: 'stopped' }), part('user', 0, 50, { outcome: 'failed' })];
    assert.deepEqual(waterfall(trace(parts, 51)).path, ['user']);
  });
});

describe('a waterfall', () => {
  it('has calls below their parts, attempts after one another, and marks those that were waited for', () => {
    const calls = [
      call('user', 0, 20, { outcome: 'upstream_reset', status: undefined }),
      call('user', 25, 60, { attempt: 2 }),
      call('user', 40, 60, { attempt: 3, hedge: true, outcome: 'hedged' }),
      call('offers', 0, 10, { outcome: 'cached', status: undefined }),
    ];
    const { rows } = waterfall(trace([part('user', 0, 60), part('offers', 0, 10)], 60, calls));
    assert.deepEqual(
      rows.map(({ kind, name, state, outcome, critical }) => [
        kind,
        name,
        state,
        outcome,
        critical.length > 0,
      ]),
      [
        ['request', 'home', 'good', '200', false],
        ['part', 'user', 'good', 'ok', true],
        ['call', 'users', 'bad', 'upstream_reset', true],
        ['call', 'users', 'good', '200', true],
        ['call', 'users', 'spared', 'hedged', false],
        ['part', 'offers', 'good', 'ok', false],
        ['call', 'users', 'spared', 'cached', false],
      ],
    );
    assert.deepEqual(rows[4]?.notes, ['hedge']);
  });

  it('shows calls of a request that has no parts', () => {
    const { rows, path } = waterfall(trace([], 30, [call('route', 5, 25)]));
    assert.deepEqual(path, []);
    assert.deepEqual(rows.at(-1)?.critical, [{ startMs: 5, endMs: 25 }]);
  });
});
