/**
 * `frontdesk keys` against a running gateway's admin port: which keys it knows and when they were used, and the rotation
 * of those that are kept in the state store. The admin token comes from the environment, never from the command line.
 */
import { ADMIN_TOKEN_VARIABLE, askAdmin } from './admin-client.ts';
import { reasonOf } from './reason.ts';
import { table } from './table.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface AdminFlags {
  readonly admin: string;
}

export interface RotateFlags extends AdminFlags {
  readonly consumer: string;
  readonly overlap: string;
  readonly newId?: string;
}

const PART = 500;

export async function listKnownKeys({ admin }: AdminFlags, terminal: Terminal): Promise<number> {
  const rows: string[][] = [];
  try {
    for (let after: unknown = 0; typeof after === 'number'; ) {
      const part = await ask(admin, 'GET', `/admin/consumers?limit=${PART}&after=${after}`);
      for (const consumer of records(part.consumers)) {
        for (const key of records(consumer.keys)) {
          const texts = [
            consumer.id,
            key.id,
            consumer.source,
            key.expires ?? 'never',
            key.lastUsed ?? 'not seen',
          ];
          rows.push(texts.map(String));
        }
      }
      after = part.next;
    }
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
  terminal.out(table(['CONSUMER', 'KEY', 'KEPT IN', 'EXPIRES', 'LAST USED'], rows));
  return EXIT_OK;
}

export async function rotateKey(id: string, flags: RotateFlags, terminal: Terminal): Promise<number> {
  const { admin, consumer, overlap, newId } = flags;
  const path = `/admin/consumers/${encodeURIComponent(consumer)}/keys/${encodeURIComponent(id)}/rotate`;
  try {
    const made = await ask(admin, 'POST', path, { overlap, ...(newId === undefined ? {} : { id: newId }) });
    terminal.err(`Key ${made.id} of ${consumer} takes the place of ${id}, shown this once:\n`);
    terminal.out(`${made.key}\n`);
    terminal.err(`\n${id} works on for ${overlap}.\n`);
    return EXIT_OK;
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
}

async function ask(
  admin: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const token = process.env[ADMIN_TOKEN_VARIABLE];
  const [record = {}] = records([await askAdmin(admin, path, { method, token, ...(body ? { body } : {}) })]);
  return record;
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
