/**
 * Lists that come in pages. A cursor is the backend's own behind a mark of what was asked for, so that one of another list,
 * or of other filters, is the caller's fault (400) and none of the backend's.
 */
import { createHash } from 'node:crypto';
import { FrontdeskError, z } from '@frontdesk/gateway/bff';

const MARK_CHARS = 8;

export const pageSize = z.int().min(1).max(100).default(20).describe('How many at most');

export const cursor = z
  .string()
  .max(300)
  .nullable()
  .default(null)
  .describe('The nextCursor of the page before, with the same filters');

/** In one case and without blanks around it, so that what means the same is the same in a cache. */
export const soughtText = z.string().trim().toLowerCase().max(100).nullable().default(null);

/** Cursors of the list that `asked` describes: the filters and the order. */
export class Cursors {
  readonly #mark: string;

  constructor(asked: object) {
    this.#mark = createHash('sha256').update(JSON.stringify(asked)).digest('base64url').slice(0, MARK_CHARS);
  }

  /** The backend's cursor. Throws `invalid_request` for one of another list. */
  read(given: string | null): string | null {
    if (given === null) return null;
    if (given.length > MARK_CHARS && given.startsWith(this.#mark)) return given.slice(MARK_CHARS);
    const fault = { detail: 'is no cursor of a list with these filters', pointer: '/after' };
    throw new FrontdeskError('invalid_request', { members: { errors: [fault] } });
  }

  write(own: string | null): string | null {
    return own === null ? null : `${this.#mark}${own}`;
  }
}
