/**
 * The configuration's JSON Schema, for editors: made from the schema that validates, so that the two cannot differ.
 * Run as a program it prints it; a test holds the committed `schema/frontdesk.schema.json` fresh.
 */
import { z } from 'zod';
import { configSchema } from './schema.ts';

export function configJsonSchema(): string {
  const generated = z.toJSONSchema(configSchema, {
    io: 'input',
    // What JSON cannot say (a date that YAML reads itself) is left open rather than refused.
    unrepresentable: 'any',
    reused: 'inline',
  });
  const properties = {
    include: {
      description: 'Files to join to this one, relative to it',
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    },
    ...generated.properties,
  };
  const schema = { ...generated, title: 'Frontdesk configuration', properties };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

if (import.meta.main) process.stdout.write(configJsonSchema());
