/** What is wrong with the BFFs of a configuration, as far as it shows without serving them: for `frontdesk check`. */
import { dirname, resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import { reasonOf } from './reason.ts';

/** A text for each BFF whose package can't be loaded, whose schema and operations do not fit, or whose examples are none. */
export async function bffFaults(config: Pick<Config, 'bffs'>, file: string): Promise<string[]> {
  const packages = config.bffs.flatMap((entry) => entry.package ?? []);
  if (packages.length === 0) return [];
  const { loadBff } = await import('../handlers/bff/load.ts');
  const { BffError, bindSchema } = await import('../handlers/bff/schema.ts');
  const { AnswerShapes } = await import('../handlers/bff/answer-shape.ts');
  const { exampleFaults } = await import('../handlers/bff/openapi/examples.ts');
  const faults: string[] = [];
  for (const name of packages) {
    try {
      const bff = await loadBff(name, dirname(resolve(file)));
      const schema = await bindSchema(bff);
      const wrong = exampleFaults(bff, schema, new AnswerShapes(schema));
      if (wrong.length > 0) throw new BffError(bff.name, wrong);
    } catch (error) {
      faults.push(`${name}: ${reasonOf(error)}`);
    }
  }
  return faults;
}
