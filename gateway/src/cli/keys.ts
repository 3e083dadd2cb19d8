/**
 * `frontdesk keys`: API keys. The gateway keeps no key, only SHA-256 digests in its configuration: `create` makes a
 * key, shows it once and says what to configure; `list` shows what is configured; `revoke` takes an entry out of
 * the file that holds it, leaving every other byte as it was.
 */
import { writeFileSync } from 'node:fs';
import { createApiKey } from '../auth/consumers/api-key.ts';
import { readFiles } from '../config/include.ts';
import { removeListEntry } from '../config/list-entry.ts';
import { readFromDisk } from '../config/load.ts';
import { suggestion } from '../config/nearest.ts';
import { child, type MapNode, type Node, textOf } from '../config/tree.ts';
import { readConfiguration } from './configuration.ts';
import { reasonOf } from './reason.ts';
import { table } from './table.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface CreateOptions {
  readonly id: string;
  readonly consumer?: string;
}

export async function createKey(options: CreateOptions, terminal: Terminal): Promise<number> {
  let created: ReturnType<typeof createApiKey>;
  try {
    created = createApiKey(options.id);
  } catch (error) {
    terminal.err(`--id ${options.id}: ${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
  terminal.err('The key, shown this once:\n');
  terminal.out(`${created.key}\n`);
  const whose = options.consumer ?? 'the consumer';
  terminal.err(`\nAdd to apiKeys of ${whose} in the configuration:\n`);
  terminal.err(`  - { id: ${options.id}, sha256: ${created.sha256} }\n`);
  return EXIT_OK;
}

export async function listKeys(options: { readonly config: string }, terminal: Terminal): Promise<number> {
  const config = readConfiguration(options.config, terminal);
  if (!config) return EXIT_FAILED;
  const rows = config.consumers.flatMap((consumer) =>
    consumer.apiKeys.map((key) => [
      consumer.id,
      key.id,
      consumer.plan ?? '(default)',
      key.expires === undefined ? 'never' : new Date(key.expires).toISOString(),
      `${(key.sha256 ?? key.hmac ?? '').slice(0, 12)}…`,
    ]),
  );
  terminal.out(table(['CONSUMER', 'KEY', 'PLAN', 'EXPIRES', 'SHA-256'], rows));
  return EXIT_OK;
}

export interface RevokeOptions {
  readonly config: string;
  readonly consumer?: string;
}

export async function revokeKey(id: string, options: RevokeOptions, terminal: Terminal): Promise<number> {
  // A configuration that is faulty elsewhere must not keep a leaked key alive, so it is not validated here.
  const { root } = readFiles(options.config, readFromDisk);
  const keys = keyEntries(root);
  const found = keys.filter(
    (key) => key.id === id && (options.consumer === undefined || key.consumer === options.consumer),
  );
  const [key, second] = found;
  if (!key) {
    const known = keys.map((entry) => entry.id);
    terminal.err(`no key "${id}" is configured; ${suggestion(id, known)}\n`);
    return EXIT_FAILED;
  }
  if (second) {
    const owners = found.map((entry) => entry.consumer).join(', ');
    terminal.err(`several consumers have a key "${id}" (${owners}): say which by --consumer\n`);
    return EXIT_FAILED;
  }
  const { file, line } = key.node.at;
  const text = readFromDisk(file);
  const removed = text.ok ? removeListEntry(text.text, key.node.at) : undefined;
  if (removed === undefined) {
    terminal.err(`${file}:${line}: the entry cannot be taken out safely: delete it by hand\n`);
    return EXIT_FAILED;
  }
  writeFileSync(file, removed);
  terminal.out(
    `Key ${id} of ${key.consumer} is gone from ${file}:${line}. Restart the gateway to make it so.\n`,
  );
  return EXIT_OK;
}

interface KeyEntry {
  readonly consumer: string;
  readonly id: string;
  readonly node: MapNode;
}

function keyEntries(root: Node): KeyEntry[] {
  const entries: KeyEntry[] = [];
  for (const consumer of items(child(root, 'consumers'))) {
    for (const node of items(child(consumer, 'apiKeys'))) {
      const id = textOf(child(node, 'id'));
      if (node.kind === 'map' && id !== undefined) {
        entries.push({ consumer: textOf(child(consumer, 'id')) ?? '(unnamed)', id, node });
      }
    }
  }
  return entries;
}

function items(node: Node | undefined): readonly Node[] {
  return node?.kind === 'list' ? node.items : [];
}
