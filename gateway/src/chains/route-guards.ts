/** Makes a route's own guards of what the configuration says; one that is not asked for is `undefined`. */
import type { Authenticator } from '../auth/authenticator.ts';
import type { Config } from '../config/schema.ts';
import { compress } from '../middleware/compress.ts';
import { cors } from '../middleware/cors.ts';
import { csrf } from '../middleware/csrf.ts';
import { decompress } from '../middleware/decompress.ts';
import { ipRules } from '../middleware/ip-rules.ts';
import { loginRedirect } from '../middleware/login-redirect.ts';
import { type PlannedMount, templateOf } from '../mounts/mount-plan.ts';
import type { RouteGuards } from '../pipeline.ts';
import type { Policies } from '../policy/policies.ts';
import type { Residents } from '../residents/residents.ts';
import { compressSettingsOf } from '../wire/coding/compress-config.ts';
import { policyGuard } from './policies.ts';
import type { Validations } from './validations.ts';

export interface RouteGuardsParts {
  readonly mount: PlannedMount;
  readonly config: Config;
  readonly residents: Residents;
  readonly policies: Policies;
  readonly authenticator: Authenticator;
  readonly validations?: Validations;
}

/** One line for each guard, made by the file that it is named after. */
export function routeGuards({
  mount,
  config,
  residents,
  policies,
  authenticator,
  validations,
}: RouteGuardsParts): RouteGuards {
  const { addressFiles, metrics, codings } = residents;
  const { guards } = mount;
  const label = templateOf(mount.match);
  const validation = mount.validate && validations?.get(mount.validate);
  const crossOrigin = cors(guards?.cors, methodsOf(mount));
  return {
    preflight: crossOrigin?.preflight,
    cors: crossOrigin?.step,
    ...sessionGuards(mount, config.auth.session),
    decompress: decompress(mount.rules?.request.decompress, {
      maxBodyBytes: mount.maxBodyBytes,
      room: codings,
    }),
    compress: compress(compressSettingsOf(guards?.compress, guards && config.compress), {
      meter: metrics,
      room: codings,
    }),
    ipRules: ipRules(guards?.ip, { fileAt: (path) => addressFiles.get(path), meter: metrics, label }),
    policies: policyGuard(mount, policies, authenticator),
    validate: validation?.request,
    validateReply: validation?.reply,
  };
}

/** On routes that take sessions alone. */
function sessionGuards(
  { auth, guards }: PlannedMount,
  session: Config['auth']['session'],
): Pick<RouteGuards, 'csrf' | 'login'> {
  if (!session || !auth.schemes.includes('session')) return { csrf: undefined, login: undefined };
  return {
    csrf: csrf([session.origin, ...session.trustedOrigins]),
    login: guards?.login === 'redirect' ? loginRedirect(`${session.path}/login`) : undefined,
  };
}

/** The graph's path takes any method, to say itself which it means. */
function methodsOf({ match, answer }: PlannedMount): readonly string[] | undefined {
  return match.methods ?? (answer.kind === 'graph' ? ['GET', 'POST'] : undefined);
}
