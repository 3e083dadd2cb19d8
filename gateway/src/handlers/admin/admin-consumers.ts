/**
 * `/admin/consumers`: the consumers of the configuration and of the state store. `PUT` and `DELETE` of
 * `/admin/consumers/ID`, `POST` and `DELETE` of its keys and `POST …/keys/KEY/rotate` change those of the store. A key's
 * secret is in the answer that makes it and nowhere else.
 */
import { z } from 'zod';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Handler } from '../../core/exchange.ts';
import { durationMs } from '../../settings/settings.ts';
import { allow, answerJson, answerNothing, checked, partOf, sentJson } from './admin-http.ts';

export interface NewKey {
  readonly id: string;
  readonly notBefore?: string | undefined;
  readonly expires?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
}

/** Changes reject with `bad_request` and reasons, with `not_found`, or where the store is gone. */
export interface AdminConsumers {
  list(
    offset: number,
    limit: number,
  ): Promise<{ readonly known: number; readonly consumers: readonly unknown[] }>;
  /** `undefined` where there is none. */
  show(id: string): Promise<unknown>;
  put(id: string, body: unknown): Promise<void>;
  remove(id: string): Promise<void>;
  /** The key, to be answered once. */
  addKey(id: string, key: NewKey): Promise<string>;
  removeKey(id: string, keyId: string): Promise<void>;
  /** Makes another key with the same scopes; the old one ends when `overlapMs` are over. */
  rotateKey(
    id: string,
    keyId: string,
    newId: string | undefined,
    overlapMs: number,
  ): Promise<NewKey & { key: string }>;
}

export const CONSUMERS_PATH = '/admin/consumers';
const MAX_PART = 500;
const DEFAULT_OVERLAP_MS = 7 * 86_400_000;
const KEY_ID = z.string().regex(/^[A-Za-z0-9-]{1,32}$/, 'expected 1 to 32 letters, digits or -');

const newKey = z.strictObject({
  id: KEY_ID,
  notBefore: z.iso.datetime({ offset: true }).optional(),
  expires: z.iso.datetime({ offset: true }).optional(),
  scopes: z.array(z.string().min(1)).max(500).optional(),
});

const rotation = z.strictObject({
  id: KEY_ID.optional().describe('The new one'),
  overlap: durationMs.optional(),
});

export function consumersHandler(consumers: AdminConsumers): Handler {
  return async (exchange) => {
    const [id, keys, keyId, rotate, ...more] = partsOf(exchange.path);
    if (more.length > 0 || (keys !== undefined && keys !== 'keys') || (rotate ?? 'rotate') !== 'rotate') {
      throw new FrontdeskError('not_found');
    }
    if (id === undefined) {
      allow(exchange, ['GET', 'HEAD']);
      const { offset, limit } = partOf(exchange, { limit: MAX_PART });
      const { known, consumers: part } = await consumers.list(offset, limit);
      const next = offset + part.length;
      return answerJson(exchange, 200, { known, consumers: part, ...(next < known ? { next } : {}) });
    }
    if (keys === undefined) return consumer(exchange, consumers, id);
    if (keyId === undefined) {
      allow(exchange, ['POST']);
      const asked = checked(newKey, await sentJson(exchange));
      const key = await consumers.addKey(id, asked);
      return answerJson(exchange, 201, { ...asked, key });
    }
    if (rotate === undefined) {
      allow(exchange, ['DELETE']);
      await consumers.removeKey(id, keyId);
      return answerNothing();
    }
    allow(exchange, ['POST']);
    const { id: newId, overlap } = checked(rotation, await sentJson(exchange));
    return answerJson(
      exchange,
      201,
      await consumers.rotateKey(id, keyId, newId, overlap ?? DEFAULT_OVERLAP_MS),
    );
  };
}

async function consumer(exchange: Exchange, consumers: AdminConsumers, id: string) {
  allow(exchange, ['GET', 'HEAD', 'PUT', 'DELETE']);
  if (exchange.method === 'PUT') await consumers.put(id, await sentJson(exchange));
  else if (exchange.method === 'DELETE') await consumers.remove(id);
  else {
    const shown = await consumers.show(id);
    if (shown === undefined) throw new FrontdeskError('not_found', { detail: 'no such consumer' });
    return answerJson(exchange, 200, shown);
  }
  return answerNothing();
}

/** What follows the path of the resource, decoded. */
function partsOf(path: string): string[] {
  const rest = path.slice(CONSUMERS_PATH.length + 1);
  if (rest === '') return [];
  return rest.split('/').map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw new FrontdeskError('not_found');
    }
  });
}
