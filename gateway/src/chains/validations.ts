/** Loads the descriptions to which routes hold their requests and replies, and makes the steps that do it. */
import { suggestion } from '../config/nearest.ts';
import { withPlace } from '../config/schema-faults.ts';
import type { Exchange, Middleware } from '../core/exchange.ts';
import { compileRewrite } from '../handlers/reshaping/path-rewrite.ts';
import { type PlannedMount, templateOf } from '../mounts/mount-plan.ts';
import type { Residents } from '../residents/residents.ts';
import type { ValidateConfig } from '../validation/config.ts';

export interface Validation {
  readonly request: Middleware | undefined;
  readonly reply: Middleware | undefined;
}

/** By what the configuration says of them. */
export type Validations = ReadonlyMap<ValidateConfig, Validation>;

type Parts = Pick<Residents, 'descriptions' | 'clock' | 'metrics' | 'logger'>;

/** Rejects with `DescriptionError`, its message with the place of the setting. */
export async function openValidations(mounts: readonly PlannedMount[], parts: Parts): Promise<Validations> {
  const validations = new Map<ValidateConfig, Validation>();
  for (const mount of mounts) {
    if (mount.validate) validations.set(mount.validate, await opened(mount, mount.validate, parts));
  }
  return validations;
}

async function opened(
  mount: PlannedMount,
  config: ValidateConfig,
  { descriptions, clock, metrics: meter, logger }: Parts,
): Promise<Validation> {
  // They bring ajv, which a gateway that validates nothing never loads.
  const { loadDescription } = await import('../validation/description.ts');
  const { validate } = await import('../validation/validate.ts');
  const { validateReply } = await import('../validation/validate-reply.ts');
  const loading = loadDescription(config, { kept: descriptions, clock, suggest: suggestion });
  const description = await withPlace(config, loading);
  const label = templateOf(mount.match);
  const common = { description, pathOf: pathOf(mount, config), meter, label };
  const isOpenapi = 'openapi' in config;
  const { maxBodyBytes } = mount;
  return {
    request: config.request
      ? validate({ ...common, maxBodyBytes, unknown: isOpenapi ? config.unknown : 'refuse' })
      : undefined,
    reply:
      isOpenapi && config.response !== 'off'
        ? validateReply({ ...common, mode: config.response, maxBytes: config.maxResponse, logger })
        : undefined,
  };
}

/** As the backend gets it, unless the description is of the client's paths. */
function pathOf({ answer, match }: PlannedMount, config: ValidateConfig): (exchange: Exchange) => string {
  const rewritten = answer.kind === 'proxy' ? answer.to.rewrite : undefined;
  if (!('openapi' in config) || config.path === 'client' || rewritten === undefined)
    return ({ path }) => path;
  const rewrite = compileRewrite(rewritten, typeof match.path === 'string' ? 'segments' : 'pieces');
  return ({ path, route }) => rewrite(path, route?.params ?? {});
}
