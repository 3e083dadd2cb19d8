/**
 * Revocations that the primary process of a node keeps for its workers, so that one which is started later, or again, knows
 * what was revoked before. Both sides are here. Bounded: past the bound a revocation is refused, loudly, and none is
 * forgotten before it ends.
 */
import type { Clock } from '../../core/clock.ts';
import type { PrimaryServer } from '../../state/primary-server.ts';
import type { PrimaryCalls } from '../../state/store.ts';
import type { Journal, Page } from './revocation-journal.ts';
import {
  decodeRevocation,
  encodeRevocation,
  joinMarks,
  type Mark,
  type Revocation,
} from './revocation-marks.ts';

const DEFAULT_MAX_KEPT = 1_000_000;

interface Kept {
  readonly revocation: Revocation;
  /** Wall clock, ms. */
  readonly writtenAt: number;
}

/** Lets the primary answer for revocations. */
export function serveRevocations(
  server: PrimaryServer,
  { clock, maxKept = DEFAULT_MAX_KEPT }: { readonly clock: Clock; readonly maxKept?: number },
): void {
  /** In the order in which they were written last. */
  const kept = new Map<string, Kept>();
  const sweep = (): void => {
    for (const [name, { revocation }] of kept) if (revocation.until <= clock.wall()) kept.delete(name);
  };
  server.operation('revocations.write', (text) => {
    const revocation = typeof text === 'string' ? decodeRevocation(text) : undefined;
    if (!revocation) throw new TypeError('expected a revocation');
    const name = nameOf(revocation);
    const before = kept.get(name)?.revocation;
    if (!before && kept.size >= maxKept) {
      sweep();
      if (kept.size >= maxKept) throw new RangeError('there are too many revocations');
    }
    const stands = before && before.until > clock.wall();
    kept.delete(name);
    const joined = stands ? { ...revocation, ...joinMarks(before, revocation) } : revocation;
    kept.set(name, { revocation: joined, writtenAt: clock.wall() });
    return true;
  });
  server.operation('revocations.since', (since) => {
    const found = [...kept.values()].filter(({ writtenAt }) => writtenAt >= Number(since));
    return [found.at(-1)?.writtenAt ?? since, found.map(({ revocation }) => encodeRevocation(revocation))];
  });
  server.operation('revocations.lookUp', (names) =>
    (Array.isArray(names) ? names : []).map((name) => {
      const found = kept.get(String(name));
      return found ? encodeRevocation(found.revocation) : null;
    }),
  );
}

export class PrimaryJournal implements Journal {
  readonly #primary: PrimaryCalls;

  constructor(primary: PrimaryCalls) {
    this.#primary = primary;
  }

  async write(revocation: Revocation): Promise<void> {
    await this.#primary.callPrimary('revocations.write', encodeRevocation(revocation));
  }

  async since(since: number): Promise<Page> {
    const answer = await this.#primary.callPrimary('revocations.since', since);
    const [next, texts]: unknown[] = Array.isArray(answer) ? answer : [];
    const revocations = listOf(texts).flatMap((text) => decodeRevocation(String(text)) ?? []);
    return { revocations, next: Number(next ?? since), isLast: true };
  }

  async lookUp(names: readonly (readonly [kind: string, id: string])[]): Promise<(Mark | undefined)[]> {
    const asked = names.map(([kind, id]) => `${kind}:${id}`);
    const found = listOf(await this.#primary.callPrimary('revocations.lookUp', asked));
    return names.map((_, i) => {
      const text = found[i];
      return typeof text === 'string' ? decodeRevocation(text) : undefined;
    });
  }
}

function nameOf({ kind, id }: Revocation): string {
  return `${kind}:${id}`;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
