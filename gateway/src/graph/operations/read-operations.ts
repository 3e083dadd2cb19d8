/** The operations of a folder, read from the disk, and what is wrong with its files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OperationFault, parseRestOperations, type RestOperation } from './rest-operation.ts';

export interface FolderFault extends OperationFault {
  readonly file: string;
}

export interface FolderOperations {
  readonly operations: readonly RestOperation[];
  readonly faults: readonly FolderFault[];
}

/** By the order of their paths. A folder that is not there has none, and says so. */
export function readRestOperations(folder: string): FolderOperations {
  let files: string[];
  try {
    files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.graphql'),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      operations: [],
      faults: [{ file: folder, line: 1, column: 1, message: `it can't be read: ${why}` }],
    };
  }
  const operations: RestOperation[] = [];
  const faults: FolderFault[] = [];
  const places = new Map<string, string>();
  for (const file of files.sort()) {
    const path = join(folder, file);
    const parsed = parseRestOperations(readFileSync(path, 'utf8'));
    for (const fault of parsed.faults) faults.push({ ...fault, file: path });
    for (const operation of parsed.operations) {
      const { line = 1, column = 1 } = operation.definition.loc?.startToken ?? {};
      const route = `${operation.method} ${operation.path.replaceAll(/\{[^}]*\}/g, '{}')}`;
      for (const [key, what] of [
        [operation.name, `an operation ${operation.name}`],
        [route, `${operation.method} ${operation.path}`],
      ] as const) {
        const other = places.get(key);
        if (other) faults.push({ file: path, line, column, message: `${what} is in ${other} already` });
        else places.set(key, file);
      }
      operations.push(operation);
    }
  }
  return { operations, faults };
}
