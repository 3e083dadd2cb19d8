/**
 * The revocations that this process knows: exact up to a bound, looked up without waiting. Past the bound it still holds
 * the most it can, says so (`overflowed`), and whoever asks must ask elsewhere for what it does not find here. A mark that
 * was seen stays until it ends, unless the bound drives it out.
 */
import type { Identity } from '../../core/identity.ts';
import {
  clientOf,
  joinMarks,
  keyOf,
  type Mark,
  REVOCATION_KINDS,
  type Revocation,
  type RevocationKind,
  strikes,
  subjectOf,
} from './revocation-marks.ts';

const LOOKED_AT = 16;

export class RevocationView {
  readonly #maxMarks: number;
  readonly #marks: Readonly<Record<RevocationKind, Map<string, Mark>>> = {
    jti: new Map(),
    subject: new Map(),
    session: new Map(),
    client: new Map(),
    consumer: new Map(),
    key: new Map(),
  };
  #size = 0;
  #overflowed = false;

  constructor(maxMarks: number) {
    this.#maxMarks = maxMarks;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether something was driven out that may not have ended. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** Whether a mark means this identity. Nothing is made here: this is asked for each request. */
  strikes(identity: Identity, wall: number): boolean {
    if (this.#size === 0) return false;
    const { jti, subject, session, client, consumer, key } = this.#marks;
    const { claims, keyId } = identity;
    if (jti.size > 0 && hit(jti, claims.jti, identity, wall)) return true;
    if (subject.size > 0 && keyId === undefined) {
      if (hit(subject, identity.subject, identity, wall)) return true;
      if (typeof claims.iss === 'string') {
        if (hit(subject, subjectOf(identity.subject, claims.iss), identity, wall)) return true;
      }
    }
    if (session.size > 0 && hit(session, claims.sid, identity, wall)) return true;
    if (client.size > 0 && hit(client, clientOf(claims), identity, wall)) return true;
    if (identity.consumer === undefined) return false;
    if (consumer.size > 0 && hit(consumer, identity.consumer, identity, wall)) return true;
    return key.size > 0 && keyId !== undefined && hit(key, keyOf(identity.consumer, keyId), identity, wall);
  }

  add({ kind, id, until, before }: Revocation, wall: number): void {
    if (until <= wall) return;
    const marks = this.#marks[kind];
    const known = marks.get(id);
    const mark: Mark = { until, before };
    if (known) {
      marks.set(id, joinMarks(known, mark));
      return;
    }
    if (this.#size >= this.#maxMarks) this.#makeRoom(wall);
    marks.set(id, mark);
    this.#size += 1;
  }

  /** Forgets what has ended. */
  sweep(wall: number): void {
    for (const marks of Object.values(this.#marks)) {
      for (const [id, mark] of marks) {
        if (mark.until > wall) continue;
        marks.delete(id);
        this.#size -= 1;
      }
    }
  }

  /** To be filled with all there is once more. What is known stays. */
  expectAll(): void {
    this.#overflowed = false;
  }

  /** As it was learned, kind by kind: `limit` of them after the first `offset`. */
  list(offset: number, limit: number): Revocation[] {
    const listed: Revocation[] = [];
    let at = 0;
    for (const kind of REVOCATION_KINDS) {
      for (const [id, mark] of this.#marks[kind]) {
        if (listed.length >= limit) return listed;
        if (at >= offset) listed.push({ kind, id, ...mark });
        at += 1;
      }
    }
    return listed;
  }

  /** Looks at the oldest few of the largest kind: what has ended goes, or else what ends soonest. */
  #makeRoom(wall: number): void {
    let largest = this.#marks.jti;
    for (const marks of Object.values(this.#marks)) if (marks.size > largest.size) largest = marks;
    let seen = 0;
    let soonest: string | undefined;
    let soonestAt = Number.POSITIVE_INFINITY;
    for (const [id, { until }] of largest) {
      if (until < soonestAt) {
        soonestAt = until;
        soonest = id;
      }
      seen += 1;
      if (seen === LOOKED_AT) break;
    }
    if (soonest === undefined) return;
    largest.delete(soonest);
    this.#size -= 1;
    if (soonestAt > wall) this.#overflowed = true;
  }
}

function hit(marks: ReadonlyMap<string, Mark>, id: unknown, identity: Identity, wall: number): boolean {
  if (typeof id !== 'string') return false;
  const mark = marks.get(id);
  return mark !== undefined && strikes(mark, identity, wall);
}
