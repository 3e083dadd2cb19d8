/** What is wrong with the BFFs of a configuration, as far as it shows without serving them: for `frontdesk check`. */
import { dirname, resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import { reasonOf } from './reason.ts';

type Checked = Pick<Config, 'bffs' | 'flows' | 'state'>;

export interface BffFaults {
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * A fault for each BFF whose package can't be loaded, whose schema and operations do not fit, or whose examples are none; a
 * warning where a crash would lose the journal of its flows.
 */
export async function bffFaults(config: Checked, file: string): Promise<BffFaults> {
  const warnings: string[] = [];
  const entries = config.bffs.flatMap(({ package: name, process }) => (name ? [{ name, process }] : []));
  if (entries.length === 0) return { faults: [], warnings };
  const { loadBff } = await import('../handlers/bff/load.ts');
  const { BffError, bindSchema } = await import('../handlers/bff/schema.ts');
  const { AnswerShapes } = await import('../handlers/bff/answer-shape.ts');
  const { exampleFaults } = await import('../handlers/bff/openapi/examples.ts');
  const faults: string[] = [];
  for (const { name, process } of entries) {
    try {
      const bff = await loadBff(name, dirname(resolve(file)));
      const schema = await bindSchema(bff);
      const wrong = exampleFaults(bff, schema, new AnswerShapes(schema));
      if (wrong.length > 0) throw new BffError(bff.name, wrong);
      // The configuration of a BFF in a process of its own says where its journal is.
      if (bff.flows.length === 0 || process) continue;
      if (isInMemory(config)) warnings.push(`${name}: ${IN_MEMORY}`);
    } catch (error) {
      faults.push(`${name}: ${reasonOf(error)}`);
    }
  }
  return { faults, warnings };
}

const IN_MEMORY =
  'has flows, whose journal is in memory: what a crash leaves half done is not undone; set flows.journal.file, or a Redis under state';

function isInMemory({ flows, state }: Checked): boolean {
  return flows.journal === 'state' && (state === 'memory' || 'file' in state);
}
