/** Named operations of the graph, looked into while the configuration is loaded: each fault has its own file and line. */
import { readRestOperations } from '../graph/operations/read-operations.ts';
import { type Fault, faultAt } from './fault.ts';
import { child, type MapNode } from './tree.ts';

/** `exists`: that there is no such folder is said of every setting that names one, in one place. */
export function operationFaults(root: MapNode, exists: ((path: string) => boolean) | undefined): Fault[] {
  const folder = child(child(child(root, 'graph'), 'operations'), 'folder');
  if (folder?.kind !== 'scalar' || typeof folder.value !== 'string' || folder.faulty) return [];
  if (!exists?.(folder.value)) return [];
  return readRestOperations(folder.value).faults.map(({ file, line, column, message }) =>
    faultAt({ file, line, column }, [], message),
  );
}
