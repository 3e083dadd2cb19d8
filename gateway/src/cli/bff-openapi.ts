/** `frontdesk bff openapi`: the OpenAPI document of a BFF, without serving anything. */
import { dirname, resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { OpenapiSecurity } from '../handlers/bff/openapi/bff-openapi.ts';
import { bffSecurity } from '../mounts/openapi-security.ts';
import { readConfiguration } from './configuration.ts';
import { reasonOf } from './reason.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface BffOpenapiOptions {
  readonly config: string;
}

/** What is known of a BFF that a person named. */
export interface NamedBff {
  readonly package: string;
  readonly mount: string;
  readonly security: OpenapiSecurity | undefined;
}

/** `name`: a package or a mount of the configuration; left out where that has one BFF alone. */
export async function bffOpenapi(
  name: string | undefined,
  { config: file }: BffOpenapiOptions,
  terminal: Terminal,
): Promise<number> {
  const config = readConfiguration(file, terminal);
  const named = config && findBff(config, name, terminal);
  if (!named) return EXIT_FAILED;
  const { loadBff } = await import('../handlers/bff/load.ts');
  const { bindSchema } = await import('../handlers/bff/schema.ts');
  const { bffOpenapi: make } = await import('../handlers/bff/openapi/bff-openapi.ts');
  try {
    const bff = await loadBff(named.package, dirname(resolve(file)));
    const document = make(bff, await bindSchema(bff), named);
    terminal.out(`${JSON.stringify(document, undefined, 2)}\n`);
    return EXIT_OK;
  } catch (error) {
    terminal.err(`${named.package}: ${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
}

/** Says what there is where nothing is meant. */
export function findBff(config: Config, name: string | undefined, terminal: Terminal): NamedBff | undefined {
  const known = config.bffs.flatMap((entry) =>
    entry.package === undefined
      ? []
      : [{ package: entry.package, mount: entry.mount, security: bffSecurity(config, entry) }],
  );
  const found = known.filter((one) => name === undefined || one.package === name || one.mount === name);
  const [first] = found;
  if (first && found.length === 1) return first;
  const list = known.map((one) => `  ${one.package} at ${one.mount}\n`).join('');
  const why =
    known.length === 0 ? 'the configuration has no BFF with a package\n' : `which of these?\n${list}`;
  terminal.err(why);
  return undefined;
}
