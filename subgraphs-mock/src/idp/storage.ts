/**
 * The provider's memory: sessions, codes, grants and tokens. It outlives a rotation of keys, for which the
 * provider is built anew. Bounded: the oldest record goes first.
 */
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

const MAX_RECORDS = 20_000;

interface StoredRecord {
  readonly payload: AdapterPayload;
  readonly expiresAtMs: number;
}

export function createStorage(): AdapterFactory {
  const records = new Map<string, StoredRecord>();

  const read = (key: string): AdapterPayload | undefined => {
    const record = records.get(key);
    if (record && record.expiresAtMs > Date.now()) return record.payload;
    records.delete(key);
    return undefined;
  };
  const write = (key: string, record: StoredRecord) => {
    records.delete(key);
    for (const oldest of records.keys()) {
      if (records.size < MAX_RECORDS) break;
      records.delete(oldest);
    }
    records.set(key, record);
  };
  const findWhere = (model: string, holds: (payload: AdapterPayload) => boolean) => {
    for (const key of records.keys()) {
      const payload = key.startsWith(`${model}:`) ? read(key) : undefined;
      if (payload && holds(payload)) return payload;
    }
    return undefined;
  };

  return (model): Adapter => ({
    async upsert(id, payload, expiresIn) {
      const expiresAtMs = expiresIn ? Date.now() + expiresIn * 1000 : Number.POSITIVE_INFINITY;
      write(`${model}:${id}`, { payload, expiresAtMs });
    },
    find: async (id) => read(`${model}:${id}`),
    findByUid: async (uid) => findWhere(model, (payload) => payload.uid === uid),
    findByUserCode: async (userCode) => findWhere(model, (payload) => payload.userCode === userCode),
    async consume(id) {
      const record = records.get(`${model}:${id}`);
      if (record) record.payload.consumed = Math.floor(Date.now() / 1000);
    },
    async destroy(id) {
      records.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grantId) {
      for (const [key, { payload }] of records) if (payload.grantId === grantId) records.delete(key);
    },
  });
}
