/** What a configuration says of identity tokens, in the sections that speak of them. */
import {
  type IdentityTokensConfig,
  identityTokensConfig,
} from '../auth/to-backends/identity-token-config.ts';
import { runsApart } from './bff.ts';
import type { Config } from './schema.ts';

/** Their settings; `undefined` where no upstream gets any and nobody speaks of them. */
export function identityTokensOf({
  auth,
  upstreams,
  bffs = [],
}: Pick<Config, 'auth' | 'upstreams'> & Partial<Pick<Config, 'bffs'>>): IdentityTokensConfig | undefined {
  if (auth.identityTokens) return auth.identityTokens;
  const isAsked =
    Object.values(upstreams).some(({ identityToken }) => identityToken !== undefined) ||
    bffs.some((bff) => bff.upstream === undefined && runsApart(bff));
  return isAsked ? identityTokensConfig.parse({}) : undefined;
}

/** The fields that carry them and are no client's credential: nobody else may say anything in them. */
export function identityTokenFields(upstreams: Config['upstreams']): string[] {
  const fields = Object.values(upstreams).flatMap(({ identityToken }) => identityToken?.header ?? []);
  return [...new Set(fields)].filter((field) => field !== 'authorization');
}
